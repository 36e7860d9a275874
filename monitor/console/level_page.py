"""What the page of a student's running level shows: no name, no word of any text."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from monitor.accounts.models import User
from monitor.console.rows import Row, build_rows
from monitor.detection.policy import current_policy
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount
from monitor.triage.running_level import (
    FROM_HIGH,
    FROM_RAISED,
    FROM_SOME,
    LevelBand,
    LevelPart,
    RunningLevel,
    level_parts,
    running_levels,
)

FULL = 10.0  # the value at which the drawing is full


@dataclass(frozen=True, slots=True)
class LevelLine:
    """One case in the running level: its row, what it adds, and the same in percent of the drawing's width."""

    row: Row
    adds: str
    width: int


@dataclass(frozen=True, slots=True)
class LevelPage:
    """The running level of one student. `steps` are the lower ends of the bands, in percent of the drawing's width."""

    account: MonitoredAccount
    level: RunningLevel
    value: str
    width: int
    steps: Sequence[tuple[str, int]]
    lines: Sequence[LevelLine]
    half_days: int


def build_level_page(account: MonitoredAccount, user: User) -> LevelPage:
    """Gather the page in a fixed number of queries. The caller has asked whether `user` may see levels."""
    level = running_levels(user, [account])[account.pk]
    parts = level_parts(user, account)
    return LevelPage(
        account=account,
        level=level,
        value=f"{level.value:.1f}",
        width=_width(level.value),
        steps=[
            (_("some"), _width(FROM_SOME)),
            (_("raised"), _width(FROM_RAISED)),
            (_("high"), _width(FROM_HIGH)),
        ],
        lines=_lines(parts),
        half_days=current_policy().triage.level_half_days,
    )


def band_words(band: LevelBand) -> str:
    """A band as people say it."""
    return {
        LevelBand.QUIET: _("Quiet"),
        LevelBand.SOME: _("Some"),
        LevelBand.RAISED: _("Raised"),
        LevelBand.HIGH: _("High"),
    }[band]


def _lines(parts: Sequence[LevelPart]) -> list[LevelLine]:
    rows = build_rows([part.case for part in parts], clock.now())
    return [LevelLine(row, f"{part.adds:.2f}", _width(part.adds)) for row, part in zip(rows, parts, strict=True)]


def _width(value: float) -> int:
    return round(100 * min(value, FULL) / FULL)
