"""Counts what was read, day by day. Counting a day again gives the same row."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Min, Q

from monitor.insights.models import DailyReading
from monitor.insights.periods import Period
from monitor.intake.models import Item, ItemState
from monitor.lib import clock
from monitor.roster.models import District, Site

CATCH_UP_DAYS = 31  # days counted at one go, when the installation stood still or is new
SETTLED_AFTER = timedelta(hours=6)  # by then no lease can still be writing into a day that is over


def count_readings() -> int:
    """Count today, and every recent day that was not counted since it ended; how many days were counted."""
    zone = district_zone()
    days = _open_days(clock.now().astimezone(zone).date(), zone)
    for day in days:
        _count(day, zone)
    return len(days)


def district_zone() -> ZoneInfo:
    """The district's own time zone, by which days of the whole district are told."""
    district = District.objects.first()
    return ZoneInfo(district.time_zone if district else "UTC")


def _open_days(today: date, zone: ZoneInfo) -> list[date]:
    """The days without a row, and those that were last counted when they could still change; today is one of them."""
    earliest = today - timedelta(days=CATCH_UP_DAYS - 1)
    rows = DailyReading.objects.filter(day__gte=earliest).order_by()
    counted_at = dict(rows.values_list("day").annotate(Min("counted_at")))
    first = Item.objects.filter(finished_at__isnull=False).order_by("id").values_list("finished_at", flat=True).first()
    if first is not None:
        earliest = max(earliest, first.astimezone(zone).date())
    days = [earliest + timedelta(days=number) for number in range((today - earliest).days + 1)]
    settled = {day: at for day, at in counted_at.items() if at >= _bounds(day, zone)[1] + SETTLED_AFTER}
    return [day for day in days if day not in settled]


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return Period(day, day).bounds(zone)


def _count(day: date, zone: ZoneInfo) -> None:
    start, end = _bounds(day, zone)
    now = clock.now()
    ended = Item.objects.filter(finished_at__gte=start, finished_at__lt=end, account__site__isnull=False)
    states = (ItemState.SCORED, ItemState.PARKED, ItemState.ASLEEP)
    # The state is named, so that the index by state and instant serves.
    counts = {state.value: Count("id", filter=Q(state=state)) for state in states}
    rows = ended.filter(state__in=states).order_by().values_list("account__site").annotate(**counts)
    found = {site: dict(zip(counts, numbers, strict=True)) for site, *numbers in rows}
    with transaction.atomic():
        for site in Site.objects.filter(Q(is_active=True) | Q(pk__in=found)):
            nothing = {state.value: 0 for state in states}
            numbers = {**found.get(site.pk, nothing), "counted_at": now}
            DailyReading.objects.update_or_create(site=site, day=day, defaults=numbers)
