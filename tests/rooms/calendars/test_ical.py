"""iCalendar files: what they mean, and those that are refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.calendars.ical import CalendarBroken, read_events
from monitor.domain.calendar import BreakKind, kind_of, why_not_a_break
from tests.rooms.calendars.conftest import day, ics

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
SINCE, UNTIL = datetime(2026, 8, 1, tzinfo=UTC), datetime(2027, 8, 1, tzinfo=UTC)


def spans(data: bytes, zone: ZoneInfo = LOS_ANGELES) -> list[tuple[str, str, str]]:
    found = read_events(data, zone, SINCE, UNTIL)
    return [(event.name, f"{event.starts_at:%m-%d %H:%M}", f"{event.ends_at:%m-%d %H:%M}") for event in found]


def test_whole_days_are_those_of_the_school():
    data = ics(day("20261221", "20270104", "Winter Break"))
    assert spans(data) == [("Winter Break", "12-21 08:00", "01-04 08:00")]
    assert spans(data, ZoneInfo("America/New_York")) == [("Winter Break", "12-21 05:00", "01-04 05:00")]


def test_a_day_without_an_end_is_one_day():
    assert spans(ics("DTSTART;VALUE=DATE:20270118|SUMMARY:No School")) == [("No School", "01-18 08:00", "01-19 08:00")]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("DTSTART;TZID=America/New_York:20261009T123000", "DTEND;TZID=America/New_York:20261009T160000", "16:30 20:00"),
        ("DTSTART:20261009T193000Z", "DTEND:20261009T230000Z", "19:30 23:00"),
        ("DTSTART:20261009T123000", "DTEND:20261009T160000", "19:30 23:00"),
        ("DTSTART:20261009T123000", "DURATION:PT2H", "19:30 21:30"),
    ],
    ids=["with a zone", "in UTC", "floating", "with a duration"],
)
def test_times_are_taken_in_their_own_zone_and_floating_ones_in_the_schools(start: str, end: str, expected: str):
    (event,) = read_events(ics(f"{start}|{end}|SUMMARY:Early dismissal"), LOS_ANGELES, SINCE, UNTIL)
    assert f"{event.starts_at:%H:%M} {event.ends_at:%H:%M}" == expected


def test_a_weekly_event_stays_at_its_local_hour_over_the_change_of_the_clocks():
    event = "DTSTART;TZID=America/Los_Angeles:20261028T130000|DTEND;TZID=America/Los_Angeles:20261028T150000"
    found = spans(
        ics(f"{event}|RRULE:FREQ=WEEKLY;COUNT=3|EXDATE;TZID=America/Los_Angeles:20261111T130000|SUMMARY:Half day")
    )
    assert found == [("Half day", "10-28 20:00", "10-28 22:00"), ("Half day", "11-04 21:00", "11-04 23:00")]


def test_a_moved_occurrence_is_where_it_was_moved_to():
    series = "DTSTART;VALUE=DATE:20261005|DTEND;VALUE=DATE:20261006|RRULE:FREQ=MONTHLY;COUNT=2|SUMMARY:No School"
    moved = "RECURRENCE-ID;VALUE=DATE:20261105|DTSTART;VALUE=DATE:20261110|SUMMARY:No School"
    assert [start for _, start, _ in spans(ics(series, moved, uid="one"))] == ["10-05 07:00", "11-10 08:00"]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("20261101T000000", "20261101T060000", 7),  # the hour from 1 to 2 is there twice
        ("20261101T000000", "20261101T013000", 2.5),  # up to the second half past one
        ("20261101T013000", "20261101T030000", 2.5),  # from the first half past one
        ("20270314T000000", "20270314T060000", 5),  # the hour from 2 to 3 is not there
    ],
)
def test_at_the_change_of_the_clocks_the_longer_reading_holds(start: str, end: str, hours: float):
    (event,) = read_events(ics(f"DTSTART:{start}|DTEND:{end}|SUMMARY:No School"), LOS_ANGELES, SINCE, UNTIL)
    assert event.ends_at - event.starts_at == timedelta(hours=hours)


def test_cancelled_and_empty_events_and_those_outside_the_window_are_left_out():
    data = ics(
        day("20261221", "20270104", "Winter Break") + "|STATUS:CANCELLED",
        "DTSTART:20261009T120000Z|DTEND:20261009T120000Z|SUMMARY:No School",
        day("20251221", "20260104", "Winter Break"),
    )
    assert spans(data) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>Sign in</html>", "BEGIN:VCALENDAR is missing"),
        (b"", "BEGIN:VCALENDAR is missing"),
        (ics(day("20261221", "20270104", "Winter Break"))[:-20], "cut off"),
        (ics("SUMMARY:No School"), "no start"),
        (ics("DTSTART:20261001T000000Z|RRULE:FREQ=SECONDLY|SUMMARY:x"), "more often than daily"),
        (ics("DTSTART:20261001T000000Z|RRULE:FREQ=DAILY;BYHOUR=0,1;BYMINUTE=0,1|SUMMARY:x"), "several times a day"),
        (ics("DTSTART;VALUE=DATE:18000101|RRULE:FREQ=DAILY|SUMMARY:x"), "begins before 1990"),
        (ics(*[day("20261001", "20261002", "x")] * 5001), "more than 5000 events"),
        (ics(*["DTSTART;VALUE=DATE:20261001|RRULE:FREQ=DAILY|SUMMARY:x"] * 9), "more than 2000 occurrences"),
        (ics("DTSTART;VALUE=DATE:2026-10-01|SUMMARY:x"), "cannot be read|no start"),
        (ics("DTSTART;TZID=Nowhere/Land:nonsense|SUMMARY:x"), "cannot be read|no start"),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * 4_000_001 + b"\r\nEND:VCALENDAR", "longer than 4 million"),
    ],
)
def test_what_is_no_calendar_or_asks_for_too_much_is_refused(data: bytes, words: str):
    with pytest.raises(CalendarBroken, match=words):
        read_events(data, LOS_ANGELES, SINCE, UNTIL)


def event(name: str, *, whole: bool = True):
    data = ics(day("20261221", "20270104", name) if whole else f"DTSTART:20261009T190000Z|DURATION:PT2H|SUMMARY:{name}")
    return read_events(data, LOS_ANGELES, SINCE, UNTIL)[0]


@pytest.mark.parametrize(
    ("name", "is_break", "kind"),
    [
        ("Winter Break - No School", True, BreakKind.WINTER),
        ("Spring Recess", True, BreakKind.SPRING),
        ("Summer Vacation", True, BreakKind.SUMMER),
        ("Labor Day (Schools Closed)", True, BreakKind.HOLIDAY),
        ("Teacher Work Day", True, BreakKind.HOLIDAY),
        ("Breakfast with the principal", False, None),
        ("School resumes after Winter Break", False, None),
        ("Last day before Thanksgiving break", False, None),
        ("Holiday concert", False, None),
        ("Summer break camp sign-up", False, None),
        ("Early dismissal", False, None),  # a whole day without hours
        ("Board meeting", False, None),
    ],
)
def test_the_name_of_an_event_says_whether_school_is_out(name: str, is_break: bool, kind: BreakKind | None):
    assert (why_not_a_break(event(name)) == "") is is_break
    if is_break:
        assert kind_of(name) is kind


def test_an_early_dismissal_with_hours_is_a_part_of_a_day():
    part = event("Early dismissal", whole=False)
    assert why_not_a_break(part) == ""
    assert kind_of(part.name, is_all_day=part.is_all_day) is BreakKind.PART_DAY


def test_phrases_of_the_district_decide_alone():
    assert why_not_a_break(event("Pupil-free day"), ("pupil-free",)) == ""
    assert why_not_a_break(event("Winter Break"), ("pupil-free",)) != ""
