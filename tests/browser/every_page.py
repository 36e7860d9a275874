"""Every address of the console, who sees a page there, and an estate in which each page has something to show.

No page is named here: they are found from the addresses themselves, so that a new one is visited without being asked
for. An address with an id in it needs its line in `furnish`, else nobody sees a page there, and the test says so.
"""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from monitor.alerts.drills import do_start_drill
from monitor.console.insight_pages import SECTIONS
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.jobs.ask import ask_for
from monitor.jobs.models import Job, JobKind, JobState
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Cluster, Outcome, SetAside, ThresholdProposal
from monitor.triage.proposals import Evidence
from monitor.triage.reasons import ReasonCode
from tests.browser.looks import signed_in
from tests.browser.seed import Valley
from tests.rooms.factories import make_account, make_finding
from tests.rooms.handovers.forms import draft, signed
from tests.rooms.tips.reporting import make_web_tip

POEM = "Is this a dagger which I see before me, the handle toward my hand? Come, let me clutch thee."
SONG = "And all our yesterdays have lighted fools the way to dusty death. Out, out, brief candle, out."
SITE = "cedar-high"
# Who looks first is whom axe looks for; the others' pages mostly differ in nothing.
ROLES = ("lead", "administrator", "counselor", "it", "auditor", "board", "")
# No page of their own, or one only in the middle of something that other tests of this folder walk through.
BETWEEN = {
    "jobs:file": "gives a file that the worker made",
    "console:sign_in_code": "the second step of signing in, after a password",
    "console:sign_in_google": "leads to Google, where that is set up",
    "console:sign_in_google_back": "where Google sends people back to",
    "console:context": "a piece of the case page, read from Google",
}
UNKNOWN = {"int": 0, "slug": "0" * 12}  # by converter: nothing stands there
Ids = dict[str, list[dict[str, object]]]  # what stands at an address with ids in it, by the address's name


@dataclass(frozen=True)
class Page:
    """One address that shows a page, and how its pictures are called."""

    address: str
    label: str


@dataclass(frozen=True)
class Estate:
    """What stands at the addresses."""

    valley: Valley
    ids: Ids


def furnish(valley: Valley) -> Estate:
    """A tip, hand-overs, a text in many accounts, one put aside, a drill, a proposal, and jobs that run and ended."""
    high = Site.objects.get(code=SITE)
    tip = make_web_tip(high, "She says she does not want to be here any more.")
    handover, unsigned = signed(valley.urgent, valley.counselor), draft(valley.urgent, valley.counselor)
    decided = Case.objects.get(state="decided").public_id
    aside = _aside(high, valley)
    _copies(high, POEM, 4)
    drill = do_start_drill(high, Severity.IMMINENT, actor=valley.administrator.actor)
    _proposal()
    urgent = valley.urgent.public_id
    return Estate(
        valley,
        {
            "console:case": [{"public_id": urgent}, {"public_id": decided}],
            "work:level": [{"public_id": urgent}],
            "work:export": [{"public_id": urgent}],
            "handovers:choose": [{"case_id": urgent}],
            "handovers:new": [{"case_id": urgent, "kind": kind} for kind in ("threat", "screening")],
            "handovers:show": [{"public_id": handover.public_id}],
            "handovers:edit": [{"public_id": unsigned.public_id}],
            "tips:show": [{"public_id": tip.public_id}],
            "texts:cluster": [{"public_id": Cluster.objects.latest("pk").public_id}],
            "texts:text": [{"public_id": aside.text.public_id}],
            "drills:show": [{"public_id": drill.public_id}],
            "jobs:show": [{"public_id": job.public_id} for job in _jobs(valley)],
            "report:form": [{"code": SITE}, {"code": "lakeside"}],  # the second sleeps
            "insights:section": [{"name": name} for name in SECTIONS],
            "insights:export": [{"name": "trends"}],
        },
    )


def pages_of(estate: Estate, whose: tuple[str, ...] = ROLES, *, is_whole: bool = True) -> dict[Page, list[str]]:
    """Every page with the roles that may open it; an address that only answers a post, or gives a file, has none.

    Raises `AssertionError` for an address that answers nobody, where the estate `is_whole`.
    """
    logging.disable(logging.WARNING)  # each refusal would be written down with its whole trace
    clients = {who: signed_in(getattr(estate.valley, who)) if who else Client() for who in whose}
    found: dict[Page, list[str]] = {}
    for name, kinds in all_addresses():
        given = estate.ids.get(name, [{key: UNKNOWN[kind] for key, kind in kinds.items()}])
        answered: set[int] = set()
        for number, one in enumerate(given, start=1):
            page = Page(reverse(name, kwargs=one), _label(name, one, number))
            for who, client in clients.items():
                with closing(client.get(page.address)) as answer:
                    answered.add(answer.status_code)
                    if answer.status_code == 200 and not answer.streaming and b"</html>" in answer.content:
                        found.setdefault(page, []).append(who)
            if "" in found.get(page, []):
                found[page] = [""]  # public: the same for everybody
        assert answered & {200, 405} or name in BETWEEN or not is_whole, f"{name} answers nobody: `furnish` it"
    logging.disable(logging.NOTSET)
    return found


def _label(name: str, one: dict[str, object], number: int) -> str:
    words = name.replace("console:", "").replace(":", "-").replace("_", "-")
    which = next((str(value) for key, value in one.items() if key in {"name", "kind"}), str(number))
    return words if number == 1 and which == "1" else f"{words}-{which}"


def all_addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """The name of every address of the console, with the ids in it: which key is which kind."""
    for found in (resolver or get_resolver()).url_patterns:
        if isinstance(found, URLResolver):
            yield from all_addresses(found, f"{found.namespace}:" if found.namespace else space)
        elif isinstance(found, URLPattern):
            kinds = {
                key: type(one).__name__.removesuffix("Converter").lower()
                for key, one in found.pattern.converters.items()
            }
            yield f"{space}{found.name}", kinds


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


def _proposal() -> None:
    evidence = Evidence("2026-08-27", "2026-11-25", 64, 14, 0.135, 0.334, avoided=31, lost=1, lost_severe=0)
    ThresholdProposal.objects.create(
        category=Category.BULLYING.value, present="standard", proposed="lower", evidence=asdict(evidence),
        classifier_id="heed-minilm-2-338c368b", policy_version="2026-11-shipped", made_at=clock.now(), reason="",
    )  # fmt: skip


def _jobs(valley: Valley) -> list[Job]:
    """Checks of Google that failed in part, an export that runs, and the dry run of a policy that ended."""
    ended = {"asked_at": clock.now(), "ended_at": clock.now(), "state": JobState.DONE}
    checks = [
        {"name": "google key", "good": True, "finding": "client id 1", "remedy": "", "cause": ""},
        {"name": "google gmail", "good": False, "finding": "no", "remedy": "grant it", "cause": "unauthorized_client"},
    ]  # fmt: skip
    checked = Job.objects.create(
        kind=JobKind.CHECK_GOOGLE, asked_by=valley.it, result={"checks": checks, "client_id": "104857600000000000000"},
        **ended,
    )  # fmt: skip
    running = ask_for(JobKind.EXPORT_AUDIT, {}, actor=valley.lead)
    Job.objects.filter(pk=running.pk).update(state=JobState.RUNNING, done=3, total=9)
    policy = {"alerts_before": 9, "alerts_after": 4, "before": {"severe": 5}, "after": {"low": 5}, "is_whole": True,
              "possible_more": 2, "token": "", "document": {}}  # fmt: skip
    tried = Job.objects.create(
        kind=JobKind.TRY_POLICY, asked={"kind": "site", "key": SITE, "toml": "[a]\nb = 1\n"}, asked_by=valley.lead,
        result=policy, **ended,
    )  # fmt: skip
    return [tried, running, checked]
