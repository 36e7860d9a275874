"""Reads an iCalendar file: bounded, recurring events opened out, every instant aware.

Raises `CalendarBroken` for anything that is not a calendar, and for one that asks for more work than a school calendar
ever does; a calendar that is only half understood would let a school be read in its break.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from monitor.domain.calendar import CalendarEvent

MAX_BYTES = 4_000_000
MAX_EVENTS = 5_000  # components in the file
MAX_OCCURRENCES = 2_000  # inside the window
FIRST_YEAR = 1990
NAME_CHARACTERS = 120
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
TOO_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")


class CalendarBroken(Exception):
    """The data is no calendar that can be used; the message says what is wrong, without quoting the data."""


def read_events(data: bytes, zone: ZoneInfo, since: datetime, until: datetime) -> list[CalendarEvent]:
    """The occurrences of `data` (an .ics file) with a part in [since, until), by start.

    Whole days, and times without a time zone, are those of `zone`. Cancelled events are left out.
    Raises `CalendarBroken`.
    """
    calendar = _parsed(data)
    try:
        found = recurring_ical_events.of(calendar).between(since, until)
        events = [event for event in (_event(entry, zone) for entry in _bounded(found)) if event is not None]
    except CalendarBroken:
        raise
    except Exception as error:  # noqa: BLE001 - the parser's errors are of many kinds; all mean the same here
        message = f"an event of the calendar cannot be read ({type(error).__name__})"
        raise CalendarBroken(message) from None
    inside = [event for event in events if event.starts_at < until and event.ends_at > since]
    return sorted(inside, key=lambda event: (event.starts_at, event.ends_at, event.name))


def _parsed(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        message = f"the calendar is longer than {MAX_BYTES // 1_000_000} million bytes"
        raise CalendarBroken(message)
    if b"BEGIN:VCALENDAR" not in data[:4096].upper():
        raise CalendarBroken("it is not an iCalendar file: BEGIN:VCALENDAR is missing")
    if b"END:VCALENDAR" not in data[-4096:].upper():
        raise CalendarBroken("the calendar is cut off: END:VCALENDAR is missing")
    try:
        calendar = Calendar.from_ical(data)
    except Exception as error:  # noqa: BLE001 - as above
        message = f"the calendar cannot be read ({type(error).__name__})"
        raise CalendarBroken(message) from None
    events = list(calendar.walk("VEVENT"))
    if len(events) > MAX_EVENTS:
        message = f"the calendar holds more than {MAX_EVENTS} events"
        raise CalendarBroken(message)
    try:
        for event in events:
            _refuse_endless_work(event)
    except (AttributeError, ValueError) as error:  # what the parser says of a property that it could not read
        message = f"an event of the calendar cannot be read ({type(error).__name__})"
        raise CalendarBroken(message) from None
    return calendar


def _refuse_endless_work(event: Any) -> None:
    """A rule by the second, or one that began long ago, would be opened out for minutes."""
    starts = event.get("DTSTART")
    if starts is None:
        raise CalendarBroken("an event of the calendar has no start")
    if starts.dt.year < FIRST_YEAR:
        message = f"an event of the calendar begins before {FIRST_YEAR}"
        raise CalendarBroken(message)
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if not {str(value).upper() for value in rule.get("FREQ", [])} <= FREQUENCIES:
            raise CalendarBroken("an event of the calendar repeats more often than daily")
        if any(rule.get(part) for part in TOO_FINE):
            raise CalendarBroken("an event of the calendar repeats several times a day")


def _bounded(found: list[Any]) -> Iterator[Any]:
    if len(found) > MAX_OCCURRENCES:
        message = f"the calendar holds more than {MAX_OCCURRENCES} occurrences in the time that is looked at"
        raise CalendarBroken(message)
    yield from found


def _event(entry: Any, zone: ZoneInfo) -> CalendarEvent | None:
    """One occurrence, or None where it is cancelled or takes no time."""
    if str(entry.get("STATUS", "")).upper() == "CANCELLED":
        return None
    starts, ends = entry["DTSTART"].dt, entry["DTEND"].dt
    is_all_day = not isinstance(starts, datetime)
    if is_all_day and not isinstance(ends, datetime) and ends <= starts:
        ends = starts + timedelta(days=1)
    starts_at, ends_at = _instant(starts, zone, fold=0), _instant(ends, zone, fold=1)
    if ends_at <= starts_at:
        return None
    name = " ".join(str(entry.get("SUMMARY", "")).split())[:NAME_CHARACTERS]
    return CalendarEvent(str(entry.get("UID", ""))[:200], name or "Without a name", starts_at, ends_at, is_all_day)


def _instant(moment: date, zone: ZoneInfo, *, fold: int) -> datetime:
    """The instant of a day or time. Of an hour that a clock shows twice, a start is the first, an end the second."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone).astimezone(UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=fold)
    return moment.astimezone(UTC)
