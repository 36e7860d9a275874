"""Is school in session at an instant? For alerts and for policy; reading does not ask."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from monitor.calendars.awake import sleeping_break
from monitor.calendars.models import SchoolHours
from monitor.domain.calendar import DEFAULT_HOURS, DayHours
from monitor.roster.models import Site


def hours_of(site: Site) -> tuple[DayHours, ...]:
    """The school hours of `site`: its own, else the district's, else Monday to Friday from 8:00 to 15:30."""
    return hours_of_each([site.pk])[site.pk]


def hours_of_each(sites: Collection[int]) -> dict[int, tuple[DayHours, ...]]:
    """The school hours of the sites with these keys; one question for all of them."""
    found: dict[int | None, list[DayHours]] = {}
    for row in SchoolHours.objects.filter(Q(site__in=sites) | Q(site=None)):
        found.setdefault(row.site_id, []).append(DayHours(row.weekday, row.opens, row.closes))
    usual = tuple(found.get(None, ())) or DEFAULT_HOURS
    return {key: tuple(found.get(key, ())) or usual for key in sites}


def is_in_session(site: Site, instant: datetime) -> bool:
    """Whether `instant` lies in the school hours of `site` and in no break of it."""
    return in_hours(hours_of(site), site.time_zone, instant) and sleeping_break(site, instant) is None


def in_hours(hours: tuple[DayHours, ...], time_zone: str, instant: datetime) -> bool:
    """Whether `instant` lies in `hours` by the clock of `time_zone`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return any(day.weekday == local.weekday() and day.opens <= local.time() < day.closes for day in hours)
