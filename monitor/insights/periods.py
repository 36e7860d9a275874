"""The stretches of days that figures are asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import dateformat
from django.utils.translation import gettext, pgettext

LONGEST_DAYS = 800  # two school years and a bit


class PeriodError(Exception):
    """The days make no period; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` to `until`, both included. Raises `PeriodError` when turned round or too long."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if not 0 <= (self.until - self.since).days < LONGEST_DAYS:
            message = (
                f"a period runs forward and over at most {LONGEST_DAYS} days, not from {self.since} to {self.until}"
            )
            raise PeriodError(message)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days + 1

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The instants at which it begins and ends on a clock in `zone`."""
        end = datetime.combine(self.until + timedelta(days=1), time(), zone)
        return datetime.combine(self.since, time(), zone), end

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


def period_words(period: Period) -> str:
    """`2026-07-01 to 2026-09-30` in the language of whoever reads it."""
    return gettext("{first} to {last}").format(first=f"{period.since:%Y-%m-%d}", last=f"{period.until:%Y-%m-%d}")


def month_words(period: Period) -> str:
    """`Jul to Sep 2026` likewise."""
    first, last = dateformat.format(period.since, _month()), dateformat.format(period.until, f"{_month()} Y")
    return gettext("{first} to {last}").format(first=first, last=last)


def _month() -> str:
    return pgettext("date format", "M")


def last_days(today: date, days: int) -> Period:
    """The `days` days up to and with `today`."""
    return Period(today - timedelta(days=days - 1), today)


def quarter_of(day: date) -> Period:
    """The calendar quarter in which `day` lies."""
    month = 3 * ((day.month - 1) // 3) + 1
    after = date(day.year + (month == 10), month + 3 if month < 10 else 1, 1)
    return Period(date(day.year, month, 1), after - timedelta(days=1))


def finished_quarters(today: date, count: int = 8) -> list[Period]:
    """The last `count` quarters that are over, newest first."""
    quarters, day = [], quarter_of(today).since
    for _ in range(count):
        quarters.append(quarter_of(day - timedelta(days=1)))
        day = quarters[-1].since
    return quarters
