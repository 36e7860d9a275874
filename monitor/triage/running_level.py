"""How much has been found about one student lately: a running level that fades, for those who look after the student.

Each case weighs by its severity and by what people concluded: a false alarm weighs nothing, what turned out to be no
concern little, everything else fully. The weight halves every `level_half_days` of the policy, counted from the case's
last finding. The level is computed when it is asked for and stands in no table, so it can neither leak nor lag; it
decides nothing by itself. It is shown only to the roles in `SEES_LEVELS`: no teacher, whatever roles come later.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.accounts.models import Role, User
from monitor.detection.policy import current_policy
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from monitor.triage.access import cases_for
from monitor.triage.models import Case, Outcome

SEES_LEVELS = frozenset({Role.SITE_ADMINISTRATOR, Role.COUNSELOR, Role.SAFETY_LEAD})
ACCOUNTS_AT_ONCE = 200
CASES_AT_ONCE = 5_000
PARTS_SHOWN = 100
HALVINGS = 6  # after so many half-times a case weighs under 2 % and is no longer read

SEVERITY_WEIGHTS = {Severity.LOW: 0.25, Severity.CONCERN: 1.0, Severity.SEVERE: 3.0, Severity.IMMINENT: 8.0}
OUTCOME_WEIGHTS = {Outcome.FALSE_ALARM.value: 0.0, Outcome.NO_CONCERN.value: 0.25}  # all others, and none yet: 1
FROM_HIGH, FROM_RAISED, FROM_SOME = 6.0, 2.5, 0.5


class LevelBand(StrEnum):
    """The running level in a word. One imminent case is `high`, one severe case `raised`, one concern `some`."""

    QUIET = "quiet"
    SOME = "some"
    RAISED = "raised"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class RunningLevel:
    """The level of one student among the cases that the person who asks may see.

    `value` has no unit: 1 is one concern of today. `cases` is how many cases it was made of, `falls_on` when it will
    be in the next milder band if nothing comes; None where it is quiet.
    """

    value: float
    band: LevelBand
    cases: int
    falls_on: datetime | None


@dataclass(frozen=True, slots=True)
class LevelPart:
    """One case and what it adds to the running level now."""

    case: Case
    adds: float


def sees_levels(user: User) -> bool:
    """Whether the role of `user` is one that running levels are shown to."""
    return user.is_active and user.role in SEES_LEVELS


def running_levels(user: User, accounts: Iterable[MonitoredAccount]) -> dict[int, RunningLevel]:
    """Account key to running level for up to `ACCOUNTS_AT_ONCE` accounts, in one query.

    Only cases at sites of `user` count. Empty for everybody who may not see levels. Raises `PolicyError`.
    """
    if not sees_levels(user):
        return {}
    keys = [account.pk for account in accounts][:ACCOUNTS_AT_ONCE]
    now, half = clock.now(), timedelta(days=current_policy().triage.level_half_days)
    recent = cases_for(user).filter(account__in=keys, last_finding_at__gt=now - half * HALVINGS)
    rows = recent.order_by("-last_finding_at").values_list("account_id", "severity", "outcome", "last_finding_at")
    weighed: dict[int, list[float]] = {key: [] for key in keys}
    for account, severity, outcome, last in rows[:CASES_AT_ONCE]:
        weighed[account].append(weight(Severity(severity), outcome, now - last, half))
    return {key: _level(weights, now, half) for key, weights in weighed.items()}


def level_parts(user: User, account: MonitoredAccount) -> list[LevelPart]:
    """What the running level of `account` is made of, newest first, in one query; the names stay unread.

    Empty for everybody who may not see levels. Raises `PolicyError`.
    """
    if not sees_levels(user):
        return []
    now, half = clock.now(), timedelta(days=current_policy().triage.level_half_days)
    recent = cases_for(user).filter(account=account, last_finding_at__gt=now - half * HALVINGS)
    rows = recent.select_related("site").order_by("-last_finding_at", "-id")[:PARTS_SHOWN]
    return [
        LevelPart(case, weight(Severity(case.severity), case.outcome, now - case.last_finding_at, half))
        for case in rows
    ]


def weight(severity: Severity, outcome: str, age: timedelta, half: timedelta) -> float:
    """What one case adds: its severity's weight, less by its outcome, halved for every `half` of its `age`."""
    faded: float = 0.5 ** (max(age, timedelta(0)) / half)
    return SEVERITY_WEIGHTS[severity] * OUTCOME_WEIGHTS.get(outcome, 1.0) * faded


def band_of(value: float) -> LevelBand:
    """The word for a level."""
    for lowest, band in ((FROM_HIGH, LevelBand.HIGH), (FROM_RAISED, LevelBand.RAISED), (FROM_SOME, LevelBand.SOME)):
        if value >= lowest:
            return band
    return LevelBand.QUIET


def _level(weights: Sequence[float], now: datetime, half: timedelta) -> RunningLevel:
    value = sum(weights)
    band = band_of(value)
    counted = sum(1 for one in weights if one > 0)
    return RunningLevel(value, band, counted, _falls_on(value, band, now, half))


def _falls_on(value: float, band: LevelBand, now: datetime, half: timedelta) -> datetime | None:
    lowest = {LevelBand.HIGH: FROM_HIGH, LevelBand.RAISED: FROM_RAISED, LevelBand.SOME: FROM_SOME}.get(band)
    return None if lowest is None else now + half * math.log2(value / lowest)
