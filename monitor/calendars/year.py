"""A year of a school, or of the whole district, day by day: when it sleeps, and when school is. Two queries for all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q

from monitor.calendars.models import Break, SchoolHours
from monitor.domain.calendar import DEFAULT_HOURS, BreakKind
from monitor.roster.models import Site

MONTHS = 12
SLACK = timedelta(minutes=2)  # a break that ends at 23:59 is one of the whole day


class DayKind(StrEnum):
    """What a day is. Of a district: what it is at most of those schools that are not as usual."""

    SCHOOL = "school"
    WEEKEND = "weekend"  # no school hours on this weekday, and no break
    BREAK = "break"
    HOLIDAY = "holiday"
    PART_DAY = "part-day"  # asleep for some hours of it
    SOME = "some"  # of a district: some schools are asleep and others are not


@dataclass(frozen=True, slots=True)
class YearDay:
    """One day. `names` are the breaks in it; `hours` are the local hours asleep of a part-day, "12:00-15:30"."""

    day: date
    kind: DayKind
    names: tuple[str, ...] = ()
    hours: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A break of the year by local days and hours; `schools` are the names of those that sleep, () of a single one."""

    name: str
    kind: DayKind
    starts_at: datetime
    ends_at: datetime
    schools: tuple[str, ...]

    @property
    def is_whole_days(self) -> bool:
        """Whether it begins and ends at midnight."""
        ends = self.ends_at + SLACK
        return self.starts_at.time() == time.min and ends - datetime.combine(ends, time.min) <= 2 * SLACK

    @property
    def last_day(self) -> date:
        """The last day on which somebody sleeps."""
        return (self.ends_at - timedelta(seconds=1)).date()


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months from `first` on. `days` is in order and has every day; `stretches` are its breaks, in order."""

    first: date
    after: date
    days: tuple[YearDay, ...]
    stretches: tuple[Stretch, ...]

    def count(self, kind: DayKind) -> int:
        """How many days are of this kind."""
        return sum(day.kind == kind for day in self.days)


@dataclass(frozen=True, slots=True)
class _Asleep:
    """One break on one local day of a site, from and to as seconds of that day."""

    begins: float
    ends: float
    row: Break


def year_of(sites: Sequence[Site], first: date) -> Year:
    """The twelve months from the day `first` (the first of a month) on, of all `sites` together.

    Of several, a day is a break, a holiday or a part-day where all of them sleep, and `SOME` where only some do.
    """
    after = date(first.year + 1, first.month, 1)
    asleep: dict[date, dict[int, list[_Asleep]]] = {}
    rows = list(_breaks(sites, first, after))
    zones = {site.pk: ZoneInfo(site.time_zone) for site in sites}
    for row in rows:
        for day, part in _days_of(row, zones[row.site_id]):
            asleep.setdefault(day, {}).setdefault(row.site_id, []).append(part)
    open_on = _open_weekdays(sites)
    days = (first + timedelta(days=number) for number in range((after - first).days))
    told = tuple(_day(day, asleep.get(day, {}), len(sites), is_open=day.weekday() in open_on) for day in days)
    return Year(first, after, told, tuple(_stretches(rows, sites)))


def school_year_of(day: date) -> date:
    """The first day of the school year in which `day` lies: the first of August before it."""
    return date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def _breaks(sites: Sequence[Site], first: date, after: date) -> Iterable[Break]:
    since, until = (datetime.combine(day, time.min, UTC) for day in (first, after))
    around = timedelta(days=1)  # every zone's midnight is within a day of UTC's
    rows = Break.objects.filter(site__in=sites, starts_at__lt=until + around, ends_at__gt=since - around)
    return rows.select_related("site").order_by("starts_at", "site__name", "id")


def _days_of(row: Break, zone: ZoneInfo) -> Iterable[tuple[date, _Asleep]]:
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    day = starts.date()
    while day <= ends.date():
        begins = starts.time() if day == starts.date() else time.min
        until = _seconds(ends.time()) if day == ends.date() else 86_400.0
        if until > _seconds(begins):
            yield day, _Asleep(_seconds(begins), until, row)
        day += timedelta(days=1)


def _day(day: date, asleep: dict[int, list[_Asleep]], sites: int, *, is_open: bool) -> YearDay:
    if not asleep:
        return YearDay(day, DayKind.SCHOOL if is_open else DayKind.WEEKEND)
    parts = [part for found in asleep.values() for part in found]
    names = tuple(dict.fromkeys(part.row.name for part in parts))
    kinds = {_kind(found) for found in asleep.values()}
    if len(asleep) < sites:
        return YearDay(day, DayKind.SOME, names)
    if DayKind.PART_DAY in kinds:
        hours = f"{_clock(min(p.begins for p in parts))}-{_clock(max(p.ends for p in parts))}" if sites == 1 else ""
        return YearDay(day, DayKind.PART_DAY, names, hours)
    return YearDay(day, DayKind.BREAK if DayKind.BREAK in kinds else DayKind.HOLIDAY, names)


def _kind(parts: Sequence[_Asleep]) -> DayKind:
    """What a day is at one school."""
    reached = 0.0
    for part in sorted(parts, key=lambda part: part.begins):
        if part.begins > reached + SLACK.total_seconds():
            return DayKind.PART_DAY
        reached = max(reached, part.ends)
    if reached < 86_400 - SLACK.total_seconds():
        return DayKind.PART_DAY
    is_holiday = all(part.row.kind == BreakKind.HOLIDAY for part in parts)
    return DayKind.HOLIDAY if is_holiday else DayKind.BREAK


def _open_weekdays(sites: Sequence[Site]) -> frozenset[int]:
    """The weekdays on which one of `sites` has school: by its own hours, else the district's, else the usual ones."""
    found: dict[int | None, set[int]] = {}
    for site, weekday in SchoolHours.objects.filter(Q(site__in=sites) | Q(site=None)).values_list("site_id", "weekday"):
        found.setdefault(site, set()).add(weekday)
    usual = found.get(None) or {hours.weekday for hours in DEFAULT_HOURS}
    return frozenset(day for site in sites for day in found.get(site.pk, usual)) or frozenset(usual)


def _stretches(rows: Iterable[Break], sites: Sequence[Site]) -> Iterable[Stretch]:
    """The breaks; those of several schools with the same name and local times are one."""
    zones = {site.pk: ZoneInfo(site.time_zone) for site in sites}
    together: dict[tuple[str, datetime, datetime], tuple[Break, list[str]]] = {}
    for row in rows:
        local = tuple(at.astimezone(zones[row.site_id]).replace(tzinfo=None) for at in (row.starts_at, row.ends_at))
        together.setdefault((row.name, local[0], local[1]), (row, []))[1].append(row.site.name)
    for (name, starts_at, ends_at), (row, schools) in together.items():
        found = Stretch(name, DayKind.BREAK, starts_at, ends_at, tuple(sorted(set(schools))) if len(sites) > 1 else ())
        kind = DayKind.HOLIDAY if row.kind == BreakKind.HOLIDAY else DayKind.BREAK
        if not found.is_whole_days and ends_at - starts_at < timedelta(days=1):
            kind = DayKind.PART_DAY
        yield Stretch(name, kind, starts_at, ends_at, found.schools)


def _seconds(moment: time) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _clock(seconds: float) -> str:
    return "24:00" if seconds >= 86_400 else f"{int(seconds) // 3600:02d}:{int(seconds) % 3600 // 60:02d}"
