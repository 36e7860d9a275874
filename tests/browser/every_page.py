"""Every address of the console that shows a page, who visits it, and an estate in which each page has something."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from monitor.alerts.drills import do_start_drill
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.jobs.ask import ask_for
from monitor.jobs.models import Job, JobKind, JobState
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Cluster, Outcome, SetAside
from monitor.triage.reasons import ReasonCode
from tests.browser.seed import Valley
from tests.rooms.factories import make_account, make_finding
from tests.rooms.handovers.forms import draft, signed
from tests.rooms.tips.reporting import make_web_tip

POEM = "Is this a dagger which I see before me, the handle toward my hand? Come, let me clutch thee."
SONG = "And all our yesterdays have lighted fools the way to dusty death. Out, out, brief candle, out."
SITE = "cedar-high"
# What answers a post, or gives a file and no page; the pages that they lead to are visited.
_ACTS = """
    console:look console:claim console:release console:decide console:seen console:note console:sign_out
    console:end_session console:end_sessions console:invite console:remove_person console:audit_export
    console:sign_in_google console:sign_in_google_back office:put_in_calendar office:accept_calendar
    office:retire_calendar office:exempt office:end_exemption office:preview office:confirm office:check
    office:try_roster
    jobs:estimate jobs:cancel_old_mail jobs:try_policy jobs:cancel jobs:file jobs:start jobs:apply insights:export
    work:reopen work:try work:save_view work:delete_view work:reading work:close_proposal console:language
    report:sms tips:look tips:answer tips:student tips:move tips:staff tips:give_back tips:number tips:close
    drills:answer texts:end
    texts:look_aside texts:restore texts:look texts:decide handovers:meet handovers:done handovers:remove
    handovers:sign handovers:second handovers:export handovers:send handovers:log handovers:step handovers:close
"""
ACTS = frozenset(_ACTS.split())
# Pages that other tests of this folder visit with axe, or that are made of the answer to a post.
ELSEWHERE = {
    "console:queue": "test_console_access", "console:decided": "test_console_access",
    "console:case": "test_console_access", "console:sign_in": "test_console_access",
    "console:sign_in_code": "the second step of signing in; the same form as second_factor",
    "console:context": "a piece of the case page, read from Google",
    "work:level": "test_work_pages", "work:several": "test_work_pages", "work:proposals": "test_work_pages",
    "work:export": "asks for proof first; the same form as console:confirm",
}  # fmt: skip


@dataclass(frozen=True)
class Estate:
    """What stands at the addresses."""

    valley: Valley
    ids: dict[str, dict[str, object]]  # keyword arguments by name of the address


def furnish(valley: Valley) -> Estate:
    """A tip, a hand-over, a text in many accounts, one that is put aside, a drill, and jobs that run and ended."""
    high = Site.objects.get(code=SITE)
    tip = make_web_tip(high, "She says she does not want to be here any more.")
    handover = signed(valley.urgent, valley.counselor)
    unsigned = draft(valley.urgent, valley.counselor)
    aside = _aside(high, valley)
    _copies(high, POEM, 4)
    cluster = Cluster.objects.order_by("-id").first()
    drill = do_start_drill(high, Severity.IMMINENT, actor=valley.administrator.actor)
    job = _jobs(valley)
    case = {"case_id": valley.urgent.public_id}
    ids: dict[str, dict[str, object]] = {
        "tips:show": {"public_id": tip.public_id},
        "handovers:show": {"public_id": handover.public_id},
        "handovers:edit": {"public_id": unsigned.public_id},
        "handovers:choose": case,
        "handovers:new": {**case, "kind": "threat"},
        "texts:cluster": {"public_id": cluster.public_id},
        "texts:text": {"public_id": aside.text.public_id},
        "drills:show": {"public_id": drill.public_id},
        "jobs:show": {"public_id": job.public_id},
        "report:form": {"code": SITE},
        "insights:section": {"name": "trends"},
    }
    return Estate(valley, ids)


VISITORS = {
    "administrator": [
        "tips:list", "tips:show", "handovers:list", "handovers:care", "handovers:recipients", "handovers:choose",
        "handovers:new", "handovers:show", "handovers:edit", "texts:clusters",
        "texts:cluster", "texts:aside", "texts:text",
        "drills:show",
    ],
    "lead": [
        "console:health", "console:people", "console:audit", "console:account", "console:second_factor",
        "console:confirm", "console:district_figures", "insights:section", "office:contacts", "office:calendars",
        "office:year", "office:policy", "office:levels", "office:units", "office:connect", "jobs:list", "jobs:show",
    ],
    "": ["report:schools", "report:form", "report:talk", "insights:public"],
}  # fmt: skip


def address_of(estate: Estate, name: str) -> str:
    """Where the page `name` stands."""
    return reverse(name, kwargs=estate.ids.get(name, {}))


def all_names(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The name of every address of the console."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from all_names(found, f"{found.namespace}:" if found.namespace else space)
        elif isinstance(found, URLPattern):
            yield f"{space}{found.name}"


def _copies(site: Site, text: str, number: int) -> None:
    for _ in range(number):
        make_finding(make_account(site), category=Category.VIOLENCE, text=text, marks=[[0, len(text)]])
    group_findings()


def _aside(site: Site, valley: Valley) -> SetAside:
    known = set(Case.objects.values_list("pk", flat=True))
    _copies(site, SONG, 3)
    for case in Case.objects.exclude(pk__in=known):
        do_decide_case(
            case, actor=valley.administrator, outcome=Outcome.FALSE_ALARM, reason="a play",
            reason_code=ReasonCode.CLASS_TEXT,
        )  # fmt: skip
    _copies(site, SONG, 1)
    return SetAside.objects.select_related("text").get()


def _jobs(valley: Valley) -> Job:
    now = clock.now()
    checks = [
        {"name": "google key", "good": True, "finding": "client id 1", "remedy": "", "cause": ""},
        {"name": "google gmail", "good": False, "finding": "no", "remedy": "grant it", "cause": "unauthorized_client"},
    ]  # fmt: skip
    Job.objects.create(
        kind=JobKind.CHECK_GOOGLE, asked_by=valley.it, asked_at=now, ended_at=now, state=JobState.DONE,
        result={"checks": checks, "client_id": "104857600000000000000"},
    )  # fmt: skip
    running = ask_for(JobKind.EXPORT_AUDIT, {}, actor=valley.lead)
    Job.objects.filter(pk=running.pk).update(state=JobState.RUNNING, done=3, total=9)
    policy = {"alerts_before": 9, "alerts_after": 4, "before": {"severe": 5}, "after": {"low": 5}, "is_whole": True,
              "possible_more": 2, "token": "", "document": {}}  # fmt: skip
    return Job.objects.create(
        kind=JobKind.TRY_POLICY, asked={"kind": "site", "key": SITE, "toml": "[a]\nb = 1\n"}, asked_by=valley.lead,
        asked_at=now, ended_at=now, state=JobState.DONE, result=policy,
    )  # fmt: skip
