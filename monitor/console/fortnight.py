"""The coming fortnight of a school, day by day: the hours in which nobody is on duty, and those in which it sleeps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from monitor.calendars.models import Break
from monitor.console.words import moment_words, weekday_and_day
from monitor.roster.models import Site

DAYS = 14
HOURS = DAYS * 24
WIDTH = 240  # of a day's bar: ten units an hour
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a day as a rectangle, and what it is: alone or asleep."""

    kind: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class CoverDay:
    """One local day. `alone` are the hours without anybody on duty; `words` say what the bars show."""

    day: date
    title: str
    bars: Sequence[Bar]
    alone: float
    words: str


@dataclass(frozen=True, slots=True)
class Fortnight:
    """All of it, with the longest gap in words ("" for none)."""

    days: Sequence[CoverDay]
    alone_hours: int
    hours: int
    longest: str


def fortnight_of(site: Site, now: datetime, gaps: Sequence[Span], breaks: Iterable[Span]) -> Fortnight:
    """The fortnight of `site` from `now` on; `gaps` and `breaks` are instants within it."""
    zone = ZoneInfo(site.time_zone)
    local = {kind: _by_day(spans, zone, now) for kind, spans in (("alone", gaps), ("asleep", breaks))}
    first = now.astimezone(zone).date()
    alone = sum((end - start for start, end in gaps), timedelta())
    return Fortnight(
        [_day(first + timedelta(days=number), local) for number in range(DAYS)],
        round(alone / timedelta(hours=1)),
        HOURS,
        _longest(gaps, zone),
    )


def breaks_within(sites: Sequence[Site], now: datetime) -> dict[int, list[Span]]:
    """The breaks of each of `sites` in the fortnight; one query."""
    until = now + timedelta(hours=HOURS)
    rows = Break.objects.filter(site__in=sites, starts_at__lt=until, ends_at__gt=now)
    found: dict[int, list[Span]] = {site.pk: [] for site in sites}
    for site, starts_at, ends_at in rows.values_list("site_id", "starts_at", "ends_at"):
        found[site].append((max(starts_at, now), min(ends_at, until)))
    return found


def _by_day(spans: Iterable[Span], zone: ZoneInfo, now: datetime) -> Mapping[date, list[tuple[float, float]]]:
    """Hours of the local day, from and to."""
    found: dict[date, list[tuple[float, float]]] = {}
    for start, end in spans:
        begins, ends = max(start, now).astimezone(zone), end.astimezone(zone)
        day = begins.date()
        while day <= ends.date():
            opens = _hour(begins) if day == begins.date() else 0.0
            closes = _hour(ends) if day == ends.date() else 24.0
            if closes > opens:
                found.setdefault(day, []).append((opens, closes))
            day += timedelta(days=1)
    return found


def _day(day: date, local: Mapping[str, Mapping[date, list[tuple[float, float]]]]) -> CoverDay:
    bars = [
        Bar(kind, round(start * WIDTH / 24), max(round((end - start) * WIDTH / 24), 1))
        for kind, found in local.items()
        for start, end in found.get(day, ())
    ]
    alone = sum(end - start for start, end in local["alone"].get(day, ()))
    slept = sum(end - start for start, end in local["asleep"].get(day, ()))
    return CoverDay(day, weekday_and_day(day), bars, alone, _words(alone, slept))


def _words(alone: float, slept: float) -> str:
    if alone >= 0.05:
        return _("%(hours)s h alone") % {"hours": formats.number_format(round(alone, 1) if alone % 1 else int(alone))}
    return _("asleep") if slept > 0 else _("covered")


def _longest(gaps: Sequence[Span], zone: ZoneInfo) -> str:
    if not gaps:
        return ""
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    hours = round((end - start) / timedelta(hours=1))
    words = {"start": _moment(start, zone), "end": _moment(end, zone), "hours": hours}
    return _("The longest: %(start)s to %(end)s, %(hours)d hours.") % words


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return moment_words(local)


def _hour(local: datetime) -> float:
    moment: time = local.time()
    return moment.hour + moment.minute / 60
