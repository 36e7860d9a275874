"""Is school in session at an instant? For alerts and for policy; reading does not ask."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.calendars.awake import sleeping_break
from monitor.calendars.models import SchoolHours
from monitor.domain.calendar import DEFAULT_HOURS, DayHours
from monitor.roster.models import Site


def hours_of(site: Site) -> tuple[DayHours, ...]:
    """The school hours of `site`: its own, else the district's, else Monday to Friday from 8:00 to 15:30."""
    for owner in (site, None):
        rows = SchoolHours.objects.filter(site=owner)
        hours = tuple(DayHours(row.weekday, row.opens, row.closes) for row in rows)
        if hours:
            return hours
    return DEFAULT_HOURS


def is_in_session(site: Site, instant: datetime) -> bool:
    """Whether `instant` lies in the school hours of `site` and in no break of it."""
    return in_hours(hours_of(site), site.time_zone, instant) and sleeping_break(site, instant) is None


def in_hours(hours: tuple[DayHours, ...], time_zone: str, instant: datetime) -> bool:
    """Whether `instant` lies in `hours` by the clock of `time_zone`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return any(day.weekday == local.weekday() and day.opens <= local.time() < day.closes for day in hours)
