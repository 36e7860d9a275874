"""The stretches of time in which somebody was expected to be there for a school: in school hours, or on a shift."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from monitor.alerts.models import Shift
from monitor.calendars.hours import hours_of_each
from monitor.domain.calendar import DayHours
from monitor.insights.scope import Scope
from monitor.roster.models import Site

Span = tuple[datetime, datetime]

WEEK = timedelta(days=7)
MOST_WEEKS = 1_000  # of one weekly shift: longer than any period
SHIFTS_READ = 5_000


def spans_on_duty(scope: Scope, windows: Mapping[int, Span]) -> dict[int, list[Span]]:
    """For each site the spans in its window (site key to beginning and end) in which somebody is there; two queries.

    Spans may overlap. Breaks are not taken out: whoever asks does that.
    """
    hours = hours_of_each(scope.keys)
    shifts = list(_shifts(scope, windows))
    return {
        site.pk: [
            *_sessions(site, hours[site.pk], windows[site.pk]),
            *(
                span
                for shift in shifts
                if shift.contact.site_id in (None, site.pk)
                for span in _occurrences(shift, windows[site.pk])
            ),
        ]
        for site in scope.sites
    }


def length_of(spans: Iterable[Span]) -> timedelta:
    """How long `spans` are together, with what overlaps counted once."""
    total, reached = timedelta(0), None
    for start, end in sorted(spans):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total


def clipped(start: datetime, end: datetime, window: Span) -> Span:
    """The part of [start, end) in `window`; where there is none, it ends before it starts."""
    return max(start, window[0]), min(end, window[1])


def _sessions(site: Site, hours: tuple[DayHours, ...], window: Span) -> Iterator[Span]:
    zone = ZoneInfo(site.time_zone)
    day, last = (instant.astimezone(zone).date() for instant in window)
    while day <= last:
        for one in hours:
            if one.weekday == day.weekday():
                opens, closes = (datetime.combine(day, moment, zone) for moment in (one.opens, one.closes))
                yield clipped(opens.astimezone(UTC), closes.astimezone(UTC), window)
        day += timedelta(days=1)


def _shifts(scope: Scope, windows: Mapping[int, Span]) -> Iterable[Shift]:
    if not windows:
        return []
    last = max(end for _, end in windows.values())
    ours = Q(contact__site__in=scope.keys) | Q(contact__site=None)
    rows = Shift.objects.filter(ours, contact__is_active=True, starts_at__lt=last).select_related("contact")
    return rows.order_by("-starts_at")[:SHIFTS_READ]


def _occurrences(shift: Shift, window: Span) -> Iterator[Span]:
    """`shift` and its weekly repetitions in `window`; repeated at the same local hours, as `alerts.duty` has it."""
    zone = ZoneInfo(shift.time_zone)
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (shift.starts_at, shift.ends_at))
    start = window[0].astimezone(zone).replace(tzinfo=None)
    skipped = max((start - last) // WEEK, 0) if shift.is_weekly else 0
    for number in range(skipped, skipped + MOST_WEEKS):
        begins, ends = first + number * WEEK, last + number * WEEK
        span = clipped(
            begins.replace(tzinfo=zone).astimezone(UTC), ends.replace(tzinfo=zone, fold=1).astimezone(UTC), window
        )
        if span[0] >= window[1] or (number and shift.until is not None and begins.date() > shift.until):
            return
        if span[0] < span[1]:
            yield span
        if not shift.is_weekly:
            return
