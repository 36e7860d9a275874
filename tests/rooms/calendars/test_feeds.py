"""Imported calendars: previews, changes at the next reading, and everything that must not wake anybody."""

from argparse import Namespace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.calendars.apply import apply_breaks, apply_feeds
from monitor.calendars.awake import sleeping_break
from monitor.calendars.feeds import feeds_in_trouble, preview_feed, sync_due_feeds, sync_feed
from monitor.calendars.models import Break, CalendarFeed
from monitor.commands.calendar import run
from monitor.domain.district import BreakSpec, FeedSpec
from monitor.lib import clock
from monitor.roster.models import Site
from tests.fakes.web import Web
from tests.rooms.calendars.conftest import day, ics

AUTUMN = datetime(2026, 11, 2, 12, tzinfo=UTC)
IN_BREAK = datetime(2026, 12, 23, 12, tzinfo=UTC)
WINTER = day("20261221", "20270104", "Winter Break")
THANKS = day("20261125", "20261130", "Thanksgiving Break")
SPRING = day("20270329", "20270405", "Spring Break")


@pytest.fixture
def feed(oak: Site, elm: Site, web: Web) -> CalendarFeed:
    web.say(200, ics(WINTER, THANKS, SPRING, day("20261101", "20261102", "Bake sale")))
    apply_feeds([FeedSpec("District", f"{web.url}/district.ics?key=secret")], actor="command")
    return CalendarFeed.objects.get()


def sync_at(feed: CalendarFeed, instant: datetime, confirmed: str = ""):
    with clock.standing_at(instant):
        return sync_feed(CalendarFeed.objects.get(pk=feed.pk), confirmed=confirmed)


def rows(code: str = "oak") -> list[tuple[str, str, str]]:
    found = Break.objects.filter(site__code=code).order_by("starts_at")
    return [(row.name, f"{row.starts_at:%m-%d %H}", f"{row.ends_at:%m-%d %H}") for row in found]


def test_a_preview_changes_nothing_and_says_what_would(feed: CalendarFeed):
    with clock.standing_at(AUTUMN):
        preview = preview_feed(feed)
    assert [spec.name for spec in preview.added if spec.site_code == "oak"] == [
        "Thanksgiving Break", "Winter Break", "Spring Break",
    ]  # fmt: skip
    assert [(event.name, reason) for event, reason in preview.ignored] == [
        ("Bake sale", "does not say that school is out")
    ]
    assert not Break.objects.exists()


def test_each_school_sleeps_by_its_own_clock_and_reading_again_changes_nothing(feed: CalendarFeed):
    sync_at(feed, AUTUMN)
    assert rows("oak")[1] == ("Winter Break", "12-21 08", "01-04 08")
    assert rows("elm")[1] == ("Winter Break", "12-21 05", "01-04 05")
    events = AuditEvent.objects.count()
    assert not sync_at(feed, AUTUMN).is_change
    assert AuditEvent.objects.count() == events


def test_a_change_of_the_calendar_is_there_after_the_next_reading(feed: CalendarFeed, web: Web):
    sync_at(feed, AUTUMN)
    web.say(200, ics(day("20261219", "20270111", "Winter Break"), THANKS))
    assert sync_at(feed, AUTUMN).hold == ""
    assert rows() == [("Thanksgiving Break", "11-25 08", "11-30 08"), ("Winter Break", "12-19 08", "01-11 08")]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b"", "answered 500"),
        (404, b"", "answered 404"),
        (302, b"", "give the address that it moved to"),
        (200, b"<html>Sign in</html>", "BEGIN:VCALENDAR is missing"),
        (200, ics(WINTER)[:-30], "cut off"),
    ],
)
def test_a_broken_calendar_leaves_the_last_good_reading_and_is_seen(
    feed: CalendarFeed, web: Web, status: int, body: bytes, words: str
):
    sync_at(feed, AUTUMN)
    before = rows()
    web.say(status, body)
    assert sync_at(feed, IN_BREAK) is None
    assert rows() == before
    feed.refresh_from_db()
    assert words in feed.last_error
    assert "secret" not in feed.last_error
    assert feed.read_at is not None
    assert abs(feed.failing_since - IN_BREAK) < timedelta(minutes=1)
    assert feeds_in_trouble() == [feed]
    with clock.standing_at(IN_BREAK):
        assert sleeping_break(Site.objects.get(code="oak"), IN_BREAK) is not None
    web.say(200, ics(WINTER, THANKS, SPRING))
    sync_at(feed, IN_BREAK)
    assert feeds_in_trouble() == []


def test_an_unreachable_calendar_wakes_nobody(feed: CalendarFeed):
    sync_at(feed, AUTUMN)
    CalendarFeed.objects.update(location="https://calendar.invalid/secret.ics")
    assert sync_at(feed, IN_BREAK) is None
    feed.refresh_from_db()
    assert feed.last_error == "calendar.invalid is not known to the name server"
    assert len(rows()) == 3


@pytest.mark.parametrize("left", [ics(THANKS, SPRING), ics(), ics(day("20270102", "20270104", "Winter Break"), SPRING)])
def test_a_calendar_that_would_wake_a_sleeping_school_is_held_until_a_person_confirms(
    feed: CalendarFeed, web: Web, left: bytes
):
    sync_at(feed, AUTUMN)
    web.say(200, left)
    preview = sync_at(feed, IN_BREAK)
    assert preview.wakes == ("elm", "oak")
    assert len(rows()) == 3
    feed.refresh_from_db()
    assert feed.held == "it would wake elm, oak in the middle of a break"
    assert AuditEvent.objects.filter(tag="config:calendar:hold").count() == 1
    sync_at(feed, IN_BREAK, confirmed="another change")
    assert len(rows()) == 3
    assert AuditEvent.objects.filter(tag="config:calendar:hold").count() == 1
    sync_at(feed, IN_BREAK, confirmed=feed.held_digest)
    oak = Site.objects.get(code="oak")
    assert sleeping_break(oak, IN_BREAK + timedelta(minutes=5)) is None
    assert sleeping_break(oak, IN_BREAK - timedelta(minutes=5)) is not None, "what was slept stays slept"
    feed.refresh_from_db()
    assert feed.held == ""


def test_a_school_that_sleeps_by_a_typed_break_is_not_woken_by_a_calendar(feed: CalendarFeed, web: Web):
    apply_breaks(
        [
            BreakSpec(code, "Typed", IN_BREAK - timedelta(days=1), IN_BREAK + timedelta(days=9))
            for code in ("oak", "elm")
        ],
        actor="command",
    )
    sync_at(feed, AUTUMN)
    web.say(200, ics(THANKS, SPRING))
    assert sync_at(feed, IN_BREAK).hold == ""
    assert sleeping_break(Site.objects.get(code="oak"), IN_BREAK + timedelta(minutes=5)).name == "Typed"


def test_a_calendar_that_lost_most_of_its_breaks_is_held(feed: CalendarFeed, web: Web):
    sync_at(feed, AUTUMN)
    web.say(200, ics())
    assert "3 of 3 breaks to come" in sync_at(feed, AUTUMN).hold
    assert len(rows()) == 3


def test_a_break_that_is_over_stays_whatever_the_calendar_says_later(feed: CalendarFeed, web: Web):
    sync_at(feed, AUTUMN)
    later = datetime(2027, 1, 10, tzinfo=UTC)
    web.say(200, ics(SPRING, day("20261221", "20261222", "Winter Break")))
    sync_at(feed, later)
    assert ("Winter Break", "12-21 08", "01-04 08") in rows()


def test_a_calendar_taken_out_wakes_nobody_but_plans_nothing_more(feed: CalendarFeed):
    sync_at(feed, AUTUMN)
    with clock.standing_at(IN_BREAK):
        apply_feeds([], actor="command")
    assert [name for name, _, _ in rows()] == ["Thanksgiving Break", "Winter Break"]
    assert rows()[1][2] == "01-04 08"


def test_calendars_are_read_every_six_hours_and_sooner_after_a_failure(feed: CalendarFeed, web: Web):
    def tried_at(minutes: int) -> int:
        with clock.standing_at(AUTUMN + timedelta(minutes=minutes)):
            return sync_due_feeds()

    assert [tried_at(minutes) for minutes in (0, 10, 359, 361)] == [1, 0, 0, 1]
    web.say(503)
    assert [tried_at(minutes) for minutes in (722, 740, 753)] == [1, 0, 1]


def test_a_calendar_may_be_a_file_of_this_machine(oak: Site, tmp_path):
    path = tmp_path / "board.ics"
    apply_feeds([FeedSpec("Board", str(path), ("oak",))], actor="command")
    feed = CalendarFeed.objects.get()
    assert sync_at(feed, AUTUMN) is None
    path.write_bytes(ics(WINTER))
    assert len(sync_at(feed, AUTUMN).added) == 1


def command(action: str, name: str = "", confirm: str = "") -> int:
    return run(Namespace(action=action, name=name, file=None, confirm=confirm))


def test_the_command_previews_holds_and_confirms(feed: CalendarFeed, web: Web, capsys):
    with clock.standing_at(AUTUMN):
        assert command("preview") == 0
        assert (
            "+ oak: Winter Break [winter], Monday, December 21, 2026 to Sunday, January 3, 2027"
            in capsys.readouterr().out
        )
        assert command("sync", "District") == 0
    web.say(200, ics(THANKS, SPRING))
    with clock.standing_at(IN_BREAK):
        assert command("sync") == 1
        out = capsys.readouterr().out
        assert "HELD: it would wake elm, oak" in out
        code = out.rpartition("--confirm ")[2].split()[0]
        assert command("list") == 1
        assert command("sync", confirm="wrong-code-here") == 1
        assert command("sync", confirm=code) == 0
        assert command("list") == 0
    assert command("sync", "Distrikt") == 2
    assert "there are District" in capsys.readouterr().err
    web.say(500)
    assert command("sync") == command("preview") == command("sync", confirm=code) == 1
    assert "last good reading holds" in capsys.readouterr().err
