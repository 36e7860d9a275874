"""The year of a school or of the district as twelve small months and a list that says the same."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import formats
from django.utils.dates import MONTHS, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from monitor.calendars.year import DayKind, Stretch, Year, YearDay
from monitor.console.words import weekday_and_day

KIND_WORDS: Mapping[DayKind, Promise] = {
    DayKind.SCHOOL: _("School day"),
    DayKind.WEEKEND: _("Weekend"),
    DayKind.BREAK: _("Break"),
    DayKind.HOLIDAY: _("Holiday"),
    DayKind.PART_DAY: _("Part of a day"),
    DayKind.SOME: _("Some schools only"),
}
PLAIN = frozenset({DayKind.SCHOOL, DayKind.WEEKEND})  # said by the look of the day alone
SCHOOLS_NAMED = 6


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day in a month. `says` is what a screen reader adds to its number, "" for a usual day."""

    number: int
    kind: str
    says: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class MonthGrid:
    """A month: weeks of seven cells, None for days of its neighbours."""

    key: str
    title: str
    weeks: Sequence[Sequence[DayCell | None]]


@dataclass(frozen=True, slots=True)
class Line:
    """A break as the list has it."""

    name: str
    kind: DayKind
    word: str
    begins: str
    ends: str
    length: str
    schools: str
    is_over: bool


def weekday_heads() -> list[tuple[str, str]]:
    """(short, full) names of the weekdays, in the order of the reader's language."""
    first = _first_weekday()
    return [(str(WEEKDAYS_ABBR[(first + n) % 7]), str(WEEKDAYS[(first + n) % 7])) for n in range(7)]


def month_grids(year: Year, today: date) -> list[MonthGrid]:
    """The twelve months."""
    days = {day.day: day for day in year.days}
    pages = calendar.Calendar(_first_weekday())
    return [
        MonthGrid(
            f"{number:%Y-%m}",
            f"{MONTHS[number.month]} {number.year}",
            [
                [_cell(days[day], today) if day.month == number.month else None for day in week]
                for week in pages.monthdatescalendar(number.year, number.month)
            ],
        )
        for number in _months(year)
    ]


def lines_of(year: Year, now: datetime) -> list[Line]:
    """The breaks as a list; `now` is local and says which are over."""
    return [
        Line(
            name=one.name,
            kind=one.kind,
            word=str(KIND_WORDS[one.kind]),
            begins=_when(one.starts_at, is_whole=one.is_whole_days),
            ends=_last_day(one) if one.is_whole_days else _when(one.ends_at, is_whole=False),
            length=_length(one),
            schools=_schools(one.schools),
            is_over=one.ends_at <= now,
        )
        for one in year.stretches
    ]


def counts_of(year: Year, *, is_district: bool) -> list[tuple[DayKind, str, int]]:
    """(kind, word, how many days) for the legend; what only a district can have is left out of a school's."""
    kinds = [kind for kind in DayKind if is_district or kind != DayKind.SOME]
    return [(kind, str(KIND_WORDS[kind]), year.count(kind)) for kind in kinds]


def title_of(year: Year) -> str:
    """The years in which it lies, such as 2026-2027."""
    last = year.after.year if year.after.month > 1 else year.first.year
    return f"{year.first.year}" if last == year.first.year else f"{year.first.year}\u2013{last}"


def _first_weekday() -> int:
    """As Python counts, 0 is Monday; Django's formats count from Sunday."""
    return (int(formats.get_format("FIRST_DAY_OF_WEEK")) - 1) % 7


def _months(year: Year) -> Iterator[date]:
    for number in range(12):
        place = year.first.month - 1 + number
        yield date(year.first.year + place // 12, place % 12 + 1, 1)


def _cell(day: YearDay, today: date) -> DayCell:
    words = [] if day.kind in PLAIN else [str(KIND_WORDS[day.kind]), *day.names]
    words += [day.hours] if day.hours else []
    words += [gettext("today")] if day.day == today else []
    return DayCell(day.day.day, day.kind.value, ", ".join(words), day.day == today)


def _when(at: datetime, *, is_whole: bool) -> str:
    words = f"{weekday_and_day(at.date())} {at.year}"
    return words if is_whole or at.time() == time.min else f"{words}, {at:%H:%M}"


def _last_day(one: Stretch) -> str:
    return f"{weekday_and_day(one.last_day)} {one.last_day.year}"


def _length(one: Stretch) -> str:
    if one.is_whole_days:
        days = (one.last_day - one.starts_at.date()).days + 1
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    hours = round((one.ends_at - one.starts_at).total_seconds() / 3600)
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _schools(names: Sequence[str]) -> str:
    if len(names) <= SCHOOLS_NAMED:
        return ", ".join(names)
    return gettext("%(count)d schools") % {"count": len(names)}
