"""A year day by day: what sleeps, for one school and for all of them together."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.calendars.models import Break, SchoolHours
from monitor.calendars.year import DayKind, school_year_of, year_of
from monitor.domain.calendar import BreakKind
from tests.rooms.factories import make_site

FIRST = date(2026, 8, 1)


@pytest.fixture
def pine(db):
    return make_site("pine")


def _sleep(site, starts, ends, name="Break", kind=BreakKind.OTHER):
    zone = ZoneInfo(site.time_zone)
    starts_at, ends_at = (datetime.fromisoformat(moment).replace(tzinfo=zone) for moment in (starts, ends))
    Break.objects.create(site=site, name=name, kind=kind.value, starts_at=starts_at, ends_at=ends_at)


def _days(sites, first=FIRST):
    return {day.day: day for day in year_of(sites, first).days}


def test_a_year_has_every_day_once_and_weekends_are_where_no_school_hours_are(pine):
    year = year_of([pine], FIRST)
    assert len(year.days) == 365
    assert (year.days[0].day, year.days[-1].day) == (date(2026, 8, 1), date(2027, 7, 31))
    assert {day.kind for day in year.days} == {DayKind.SCHOOL, DayKind.WEEKEND}
    assert all((day.kind == DayKind.WEEKEND) == (day.day.weekday() > 4) for day in year.days)
    SchoolHours.objects.create(site=pine, weekday=5, opens=time(9), closes=time(12))
    assert _days([pine])[date(2026, 8, 8)].kind == DayKind.SCHOOL
    assert _days([pine])[date(2026, 8, 3)].kind == DayKind.WEEKEND  # its own hours hold, and they are Saturday's only


def test_breaks_holidays_and_parts_of_days_are_told_apart(pine):
    _sleep(pine, "2026-12-21", "2027-01-04", "Winter", BreakKind.WINTER)
    _sleep(pine, "2026-09-07", "2026-09-08", "Labor Day", BreakKind.HOLIDAY)
    _sleep(pine, "2026-10-09 12:00", "2026-10-10", "Early release", BreakKind.PART_DAY)
    _sleep(pine, "2026-10-12", "2026-10-12 23:59", "To the minute")
    days = _days([pine])
    assert days[date(2026, 12, 20)].kind == DayKind.WEEKEND
    assert {days[date(2026, 12, number)].kind for number in range(21, 32)} == {DayKind.BREAK}
    assert days[date(2027, 1, 3)].names == ("Winter",)
    assert days[date(2027, 1, 4)].kind == DayKind.SCHOOL
    assert days[date(2026, 9, 7)].kind == DayKind.HOLIDAY
    assert days[date(2026, 10, 9)].kind == DayKind.PART_DAY
    assert days[date(2026, 10, 9)].hours == "12:00-24:00"
    assert days[date(2026, 10, 12)].kind == DayKind.BREAK


def test_two_parts_that_meet_are_a_whole_day_and_two_that_do_not_are_a_part(pine):
    _sleep(pine, "2026-09-09", "2026-09-09 12:00", "Morning")
    _sleep(pine, "2026-09-09 12:00", "2026-09-10", "Afternoon")
    _sleep(pine, "2026-09-16", "2026-09-16 10:00", "Morning")
    _sleep(pine, "2026-09-16 14:00", "2026-09-17", "Afternoon")
    days = _days([pine])
    assert days[date(2026, 9, 9)].kind == DayKind.BREAK
    assert days[date(2026, 9, 16)].kind == DayKind.PART_DAY


def test_days_are_those_of_the_school_s_own_clock(pine):
    east = make_site("east", time_zone="America/New_York")
    _sleep(pine, "2026-09-07", "2026-09-08", "Labor Day", BreakKind.HOLIDAY)
    _sleep(east, "2026-09-07", "2026-09-08", "Labor Day", BreakKind.HOLIDAY)
    assert Break.objects.values_list("starts_at", flat=True).distinct().count() == 2
    days = _days([pine, east])
    assert days[date(2026, 9, 7)].kind == DayKind.HOLIDAY
    assert days[date(2026, 9, 8)].kind == DayKind.SCHOOL
    stretches = year_of([pine, east], FIRST).stretches
    assert [one.schools for one in stretches] == [("East", "Pine")]


def test_a_clock_that_is_changed_in_a_break_moves_no_day(pine):
    _sleep(pine, "2026-10-30", "2026-11-03", "Fall")  # an hour longer than four days
    kinds = [_days([pine])[day].kind for day in (date(2026, 10, 30), date(2026, 11, 1), date(2026, 11, 2))]
    assert kinds == [DayKind.BREAK] * 3
    assert _days([pine])[date(2026, 11, 3)].kind == DayKind.SCHOOL
    assert year_of([pine], FIRST).stretches[0].is_whole_days


def test_of_a_district_a_day_on_which_only_some_sleep_is_said_so(pine):
    oak = make_site("oak")
    _sleep(pine, "2026-09-07", "2026-09-08", "Labor Day", BreakKind.HOLIDAY)
    assert _days([pine, oak])[date(2026, 9, 7)].kind == DayKind.SOME
    assert _days([oak])[date(2026, 9, 7)].kind == DayKind.SCHOOL


@pytest.mark.parametrize(("ends", "kind"), [("2026-09-08", DayKind.HOLIDAY), ("2026-09-07 12:00", DayKind.PART_DAY)])
def test_a_stretch_says_what_it_is_and_its_last_day(pine, ends, kind):
    _sleep(pine, "2026-09-07", ends, "Labor Day", BreakKind.HOLIDAY)
    found = year_of([pine], FIRST).stretches[0]
    assert (found.kind, found.last_day, found.schools) == (kind, date(2026, 9, 7), ())


def test_a_year_asks_the_same_number_of_questions_for_one_school_as_for_twenty(pine):
    def questions(sites):
        with CaptureQueriesContext(connection) as asked:
            year_of(sites, FIRST)
        return len(asked)

    sites = [pine, *(make_site() for _ in range(19))]
    for site in sites:
        for month in range(9, 13):
            _sleep(site, f"2026-{month:02d}-07", f"2026-{month:02d}-09")
    assert questions([pine]) == questions(sites) == 2


@pytest.mark.parametrize(
    ("day", "first"),
    [(date(2026, 8, 1), date(2026, 8, 1)), (date(2026, 7, 31), date(2025, 8, 1)), (date(2027, 1, 1), date(2026, 8, 1))],
)
def test_a_school_year_begins_in_august(day, first):
    assert school_year_of(day) == first


def test_before_there_is_a_school_a_year_is_empty_of_breaks(db):
    assert year_of([], FIRST).count(DayKind.BREAK) == 0
