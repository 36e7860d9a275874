"""Asleep means asleep, for calendars nobody thought of: random breaks, time zones, edits, imports and polls.

The oracle knows nothing of instants: it compares the day on the school's own wall with the days of its breaks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.calendars.apply import apply_breaks, apply_feeds
from monitor.calendars.awake import awake_accounts, awake_windows, is_awake, sleeping_break
from monitor.calendars.feeds import sync_feed
from monitor.calendars.models import CalendarFeed
from monitor.domain.district import BreakSpec, FeedSpec
from monitor.google.meter import GoogleCall
from monitor.intake.ledger import AccountMeter, Asleep, UsageTally
from monitor.intake.models import ContentCall
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site
from tests.rooms import factories

ZONES = ["America/Los_Angeles", "America/New_York", "America/Phoenix", "Pacific/Auckland", "Asia/Kolkata",
         "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "UTC"]  # fmt: skip
FIRST = date(2026, 10, 20)  # the clocks change in most of the zones within the days that follow
DAYS = 45
CONTENT_CALL = GoogleCall("gmail", "gmail.users.messages.get", "student", 5, is_content=True, target="m1")
QUERY = """
SELECT count(*) FROM intake_contentcall AS c
JOIN roster_monitoredaccount AS a ON a.id = c.account_id
JOIN calendars_break AS b ON b.site_id = a.site_id
WHERE c.at >= b.starts_at AND c.at < b.ends_at
"""  # the one that docs/promises.md gives to everybody

Span = tuple[int, int]
spans = st.lists(st.tuples(st.integers(0, DAYS), st.integers(0, 8)), max_size=4)
poll = st.tuples(st.just("poll"), st.integers(1, 60 * 40))  # after so many minutes
retype = st.tuples(st.just("type"), spans)
reimport = st.tuples(st.just("import"), spans)
broken = st.tuples(st.just("break"), st.sampled_from([b"", b"<html>", b"BEGIN:VCALENDAR\r\n"]))


@dataclass
class School:
    """One school, its calendar file, and what the oracle knows: days typed and days imported."""

    site: Site
    account: MonitoredAccount
    file: Path
    typed: list[Span] = field(default_factory=list)
    imported: list[Span] = field(default_factory=list)
    slept: list[datetime] = field(default_factory=list)

    def sleeps(self, instant: datetime) -> bool:
        """By the wall calendar alone."""
        day = (instant.astimezone(ZoneInfo(self.site.time_zone)).date() - FIRST).days
        return any(first <= day <= first + more for first, more in [*self.typed, *self.imported])

    def today(self, instant: datetime) -> int:
        return (instant.astimezone(ZoneInfo(self.site.time_zone)).date() - FIRST).days

    def retype(self, wanted: list[Span], now: datetime) -> None:
        """Breaks that begin after today; those that have begun go on as they were."""
        begun = [span for span in self.typed if span[0] <= self.today(now)]
        self.typed = begun + apart([span for span in wanted if span[0] > self.today(now)])
        zone = ZoneInfo(self.site.time_zone)
        specs = [
            BreakSpec(self.site.code, f"typed {first}", midnight(first, zone), midnight(first + more + 1, zone))
            for first, more in self.typed
        ]
        apply_breaks(specs, actor="command")

    def reimport(self, wanted: list[Span], now: datetime) -> None:
        begun = [span for span in self.imported if span[0] <= self.today(now)]
        fresh = begun + apart([span for span in wanted if span[0] > self.today(now)])
        events = "".join(
            f"BEGIN:VEVENT\r\nUID:{first}\r\nDTSTART;VALUE=DATE:{FIRST + timedelta(first):%Y%m%d}\r\n"
            f"DTEND;VALUE=DATE:{FIRST + timedelta(first + more + 1):%Y%m%d}\r\nSUMMARY:No School\r\nEND:VEVENT\r\n"
            for first, more in fresh
        )
        self.file.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n")
        preview = sync_feed(CalendarFeed.objects.get())
        if preview is not None and not preview.hold:
            self.imported = fresh

    def poll(self, instant: datetime) -> None:
        """Try a content call; it goes through exactly when the wall says that the school is in no break."""
        before = ContentCall.objects.count()
        expected = self.sleeps(instant)
        try:
            AccountMeter(self.account, UsageTally()).before(CONTENT_CALL)
        except Asleep:
            assert expected
            assert ContentCall.objects.count() == before
            self.slept.append(instant)
        else:
            assert not expected
        assert is_awake(self.account, instant) is not expected
        assert MonitoredAccount.objects.filter(awake_accounts(instant), pk=self.account.pk).exists() is not expected


def midnight(day: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(FIRST + timedelta(day), time(), zone)


def apart(wanted: list[Span]) -> list[Span]:
    """Those of `wanted` that begin on days of their own: one break a start, as the tables have it."""
    return list({first: (first, more) for first, more in wanted}.values())


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
@given(
    zone=st.sampled_from(ZONES),
    first_typed=spans,
    first_imported=spans,
    doings=st.lists(st.one_of(poll, poll, poll, retype, reimport, broken), min_size=4, max_size=25),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_call_leaves_in_a_break_and_what_was_slept_stays_slept(
    zone: str, first_typed: list[Span], first_imported: list[Span], doings: list
):
    with rolled_back(), TemporaryDirectory() as folder:
        site = Site.objects.create(code="oak", name="Oak", time_zone=zone)
        school = School(site, factories.make_account(site), Path(folder) / "school.ics")
        now = datetime.combine(FIRST, time(), UTC) - timedelta(days=1)
        with clock.standing_at(now):
            apply_feeds([FeedSpec("District", str(school.file))], actor="command")
            school.retype(first_typed, now)
            school.reimport(first_imported, now)
        for what, value in doings:
            now += timedelta(minutes=value if what == "poll" else 1)
            with clock.standing_at(now):
                act(school, what, value, now)
        assert all(sleeping_break(site, instant) is not None for instant in school.slept)
        begin = datetime.combine(FIRST, time(), UTC) - timedelta(days=2)
        windows = awake_windows(site, begin, now + timedelta(days=1))
        assert not [t for t in school.slept if any(start <= t < end for start, end in windows)]
        with connection.cursor() as cursor:
            cursor.execute(QUERY)
            assert cursor.fetchone()[0] == 0


def act(school: School, what: str, value, now: datetime) -> None:
    if what == "poll":
        school.poll(now)
    elif what == "type":
        school.retype(value, now)
    elif what == "import":
        school.reimport(value, now)
    else:
        school.file.write_bytes(value)
        assert sync_feed(CalendarFeed.objects.get()) is None
