"""School hours, the banner and the notice for families."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.calendars.apply import apply_hours, apply_notice
from monitor.calendars.hours import hours_of, is_in_session
from monitor.calendars.models import Break
from monitor.calendars.notice import banner_of, crisis_lines, family_notice, local_words, span_words
from monitor.domain.calendar import DayHours
from monitor.domain.district import HoursSpec, NoticeSpec
from monitor.roster.models import Site

NOON = datetime(2026, 12, 16, 20, tzinfo=UTC)  # a Wednesday, noon at Oak High


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ((2026, 12, 16, 15, 59), False),
        ((2026, 12, 16, 16, 0), True),  # 8:00 by the school's clock
        ((2026, 12, 16, 23, 29), True),
        ((2026, 12, 16, 23, 30), False),
        ((2026, 12, 19, 20, 0), False),  # a Saturday
        ((2026, 7, 1, 15, 0), True),  # 8:00 in daylight-saving time
    ],
)
def test_without_hours_school_is_monday_to_friday_in_the_day(oak: Site, instant: tuple[int, ...], is_open: bool):
    assert is_in_session(oak, datetime(*instant, tzinfo=UTC)) is is_open


def test_a_school_has_its_own_hours_before_the_districts(oak: Site, elm: Site):
    early, late = DayHours(2, time(7), time(8)), DayHours(2, time(9), time(17))
    apply_hours([HoursSpec("oak", early), HoursSpec(None, late)])
    assert (hours_of(oak), hours_of(elm)) == ((early,), (late,))
    assert not is_in_session(oak, NOON)
    assert is_in_session(elm, NOON)
    apply_hours([])
    assert is_in_session(oak, NOON)


def test_a_break_is_out_of_session(oak: Site):
    Break.objects.create(site=oak, name="B", starts_at=NOON, ends_at=NOON.replace(hour=22))
    assert not is_in_session(oak, NOON)


def test_the_banner_says_on_which_day_somebody_is_back_over_breaks_that_join(oak: Site):
    assert banner_of(oak, NOON) is None
    for name, start, end in (("Early dismissal", 20, 32), ("Winter break", 32, 400), ("Another", 500, 600)):
        Break.objects.create(site=oak, name=name, starts_at=hour(start), ends_at=hour(end))
    banner = banner_of(oak, NOON)
    assert (banner.site_code, banner.break_name) == ("oak", "Early dismissal")
    assert banner.wakes_at == hour(400)
    assert banner.wakes_on == "Friday, January 1, 2027, 08:00"


def hour(number: int) -> datetime:
    return datetime(2026, 12, 16, tzinfo=UTC) + timedelta(hours=number)


def test_midnight_is_named_by_the_day_that_begins(oak: Site):
    assert local_words(datetime(2027, 1, 4, 8, tzinfo=UTC), oak.time_zone) == "Monday, January 4, 2027"


@pytest.mark.parametrize(
    ("first", "after", "words"),
    [
        ((4, 5), (4, 10), "Monday, April 5, 2027 to Friday, April 9, 2027"),
        ((4, 5), (4, 6), "Monday, April 5, 2027"),
        ((3, 14), (3, 15), "Sunday, March 14, 2027"),  # the day on which clocks are changed
        ((4, 5, 12, 30), (4, 6), "Monday, April 5, 2027, 12:30 to Tuesday, April 6, 2027"),
    ],
)
def test_whole_days_of_a_break_are_named_by_the_last_of_them(first, after, words):
    zone = ZoneInfo("America/Los_Angeles")
    spans = [datetime(2027, *moment, tzinfo=zone).astimezone(UTC) for moment in (first, after)]
    assert span_words(*spans, "America/Los_Angeles") == words


def test_families_are_told_who_is_there_instead(oak: Site):
    assert family_notice(oak, NOON) is None
    Break.objects.create(site=oak, name="winter break", starts_at=NOON, ends_at=datetime(2027, 1, 4, 8, tzinfo=UTC))
    shipped = family_notice(oak, NOON)
    assert shipped.text.startswith("Oak High is on winter break until Monday, January 4, 2027.")
    assert "988 Suicide & Crisis Lifeline, call or text: 988" in shipped.plain
    apply_notice(NoticeSpec("Back on {until}; {unknown} {site}", (("County line", "+1 505 555 0111"),)))
    own = family_notice(oak, NOON)
    assert own.text == "Back on Monday, January 4, 2027; {unknown} Oak High"
    assert own.lines == crisis_lines() == (("County line", "+1 505 555 0111"),)
