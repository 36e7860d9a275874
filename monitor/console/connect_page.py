"""Connecting a domain, step by step. Where a step stands is read from the last checks, never from what was clicked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitor.intake.scopes import wanted_scopes
from monitor.jobs.ask import latest
from monitor.jobs.models import Job, JobKind, JobState
from monitor.roster.exemptions import has_exempt_addresses
from monitor.roster.models import District, MonitoredAccount
from monitor.roster.reading import reading_of

API_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
NOT_DELEGATED = frozenset(
    {"unauthorized_client", "invalid_scope", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions",
     "insufficientScopes", "delegationDenied", "access_denied"}
)  # fmt: skip
OF_ADMIN = (
    *("google directory", "google group", "google activity", "google chat activity", "google shared drives"),
    "grade field",
)
OF_ACCOUNT = (
    *("google gmail", "google drive", "google mail and files"),
    *("google chat spaces", "google chat messages", "google chat members"),
)
OF_ROSTER = ("site ", "reading", "roster")
Checks = Sequence[Mapping[str, Any]]


class StepState(StrEnum):
    """Where a step stands."""

    DONE = "done"
    PROBLEM = "problem"  # a check found something; it says what to do
    OPEN = "open"  # nothing is known yet


STATE_WORDS: Mapping[StepState, Promise] = {
    StepState.DONE: gettext_lazy("Done"),
    StepState.PROBLEM: gettext_lazy("Needs you"),
    StepState.OPEN: gettext_lazy("Not checked yet"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the checks that speak of it, and whether it is the one to do now. `key` names its instructions."""

    key: str
    title: str
    state: StepState
    checks: Checks
    is_next: bool = False

    @property
    def word(self) -> str:
        """The state as people read it."""
        return str(STATE_WORDS[self.state])


@dataclass(frozen=True, slots=True)
class Connection:
    """The page: its steps, the jobs that its states come from, and what has to be copied into the Admin console."""

    district: District | None
    steps: Sequence[Step]
    checked: Job | None
    tried: Job | None
    client_id: str
    scopes: Sequence[tuple[str, str]]
    watched: int

    @property
    def is_working(self) -> bool:
        """Whether a check or the dry run is on its way."""
        return any(job is not None and job.is_unfinished for job in (self.checked, self.tried))

    @property
    def is_outdated(self) -> bool:
        """Whether the district file was applied since the checks ran."""
        ended = self.checked.ended_at if self.checked else None
        return bool(ended and self.district and self.district.applied_at > ended)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.state == StepState.DONE for step in self.steps)

    @property
    def scope_line(self) -> str:
        """The scopes as the Admin console takes them."""
        return ",".join(scope for scope, _switch in self.scopes)

    @property
    def is_keyless(self) -> bool:
        """Whether the client id stands on the account's page only."""
        return self.client_id.startswith("of ")


def connection() -> Connection:
    """Where connecting stands now; a fixed number of queries."""
    district = District.objects.first()
    checked, tried = latest(JobKind.CHECK_GOOGLE), latest(JobKind.TRY_ROSTER)
    checks: Checks = checked.result.get("checks", ()) if checked else ()
    was_checked = checked is not None and checked.state == JobState.DONE
    watched = MonitoredAccount.objects.filter(state="active", site__isnull=False).count()
    return Connection(
        district=district,
        steps=_with_next(_steps(district, checks, tried, was_checked=was_checked)),
        checked=checked,
        tried=tried,
        client_id=checked.result.get("client_id", "") if checked else "",
        scopes=wanted_scopes(reading_of(district), has_exempt_addresses=has_exempt_addresses()),
        watched=watched,
    )


def _steps(district: District | None, checks: Checks, tried: Job | None, *, was_checked: bool) -> list[Step]:
    google = [check for check in checks if str(check["name"]).startswith("google ") and check["name"] != "google key"]
    answered = any(check["good"] for check in google)
    off, refused = _caused(google, API_OFF), _caused(google, NOT_DELEGATED)
    others = [check for check in checks if check not in off and check not in refused]
    key = [check for check in checks if check["name"] == "google key"]
    applied = StepState.DONE if district else (StepState.PROBLEM if was_checked else StepState.OPEN)
    return [
        Step("project", _("A project with its APIs"), _state(off, is_done=answered), off),
        Step("account", _("A service account"), _state(_bad(key), is_done=bool(key)), key),
        Step("district", _("The district file"), applied, ()),
        Step("delegation", _("Domain-wide delegation"), _state(refused, is_done=answered), refused),
        _of("admin", _("The delegated administrator"), others, OF_ADMIN),
        _of("test", _("One mailbox and one Drive, tried"), others, OF_ACCOUNT),
        _roster(district, tried, _named(others, OF_ROSTER)),
    ]


def _of(key: str, title: str, checks: Checks, names: tuple[str, ...]) -> Step:
    found = _named(checks, names)
    return Step(key, title, _state(_bad(found), is_done=bool(found)), found)


def _roster(district: District | None, tried: Job | None, checks: Checks) -> Step:
    """Done once a dry run found accounts to watch, or the roster was synced."""
    is_synced = district is not None and district.roster_synced_at is not None
    found = tried is not None and tried.state == JobState.DONE and tried.result.get("monitored", 0) > 0
    bad = _bad(checks)
    if tried is not None and tried.state == JobState.FAILED and not is_synced:
        bad = [{"name": "roster", "good": False, "finding": tried.problem, "remedy": "", "cause": ""}, *bad]
    state = _state(bad, is_done=is_synced or found)
    return Step("roster", _("Who would be watched"), state, bad)


def _state(bad: Iterable[Mapping[str, Any]], *, is_done: bool) -> StepState:
    if any(not check["good"] for check in bad):
        return StepState.PROBLEM
    return StepState.DONE if is_done else StepState.OPEN


def _with_next(steps: Sequence[Step]) -> list[Step]:
    """The first step that is not done is the one to do."""
    following = next((step.key for step in steps if step.state != StepState.DONE), "")
    return [Step(one.key, one.title, one.state, one.checks, one.key == following) for one in steps]


def _named(checks: Checks, names: tuple[str, ...]) -> Checks:
    return [check for check in checks if str(check["name"]).startswith(names)]


def _caused(checks: Checks, causes: frozenset[str]) -> Checks:
    return [check for check in checks if not check["good"] and check["cause"] in causes]


def _bad(checks: Checks) -> Checks:
    return [check for check in checks if not check["good"]]
