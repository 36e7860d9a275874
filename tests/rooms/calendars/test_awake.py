"""When an account is awake, told as situations."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.calendars.apply import apply_breaks
from monitor.calendars.awake import awake_accounts, awake_windows, is_awake, sleeping_break
from monitor.calendars.models import Break
from monitor.domain.district import BreakSpec
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def oak() -> Site:
    return Site.objects.create(code="oak", name="Oak", time_zone="America/Los_Angeles")


@pytest.fixture
def account(oak) -> MonitoredAccount:
    return MonitoredAccount.objects.create(
        google_id="1", address="a@x.example", address_index="i", full_name="A", org_unit_path="/S", site=oak,
        first_seen_at=NOON, changed_at=NOON,
    )  # fmt: skip


def spec(starts: datetime, ends: datetime, name: str = "Winter") -> BreakSpec:
    return BreakSpec("oak", name, starts, ends)


@pytest.mark.parametrize(
    ("starts", "ends", "is_awake_at_noon"),
    [
        (NOON - HOUR, NOON + HOUR, False),
        (NOON, NOON + HOUR, False),
        (NOON - HOUR, NOON, True),
        (NOON + HOUR, NOON + 2 * HOUR, True),
    ],
    ids=["inside", "at its first instant", "at its end", "before it"],
)
def test_an_account_sleeps_from_the_first_instant_of_a_break_up_to_its_end(
    oak, account, starts, ends, is_awake_at_noon
):
    Break.objects.create(site=oak, name="B", starts_at=starts, ends_at=ends)
    assert is_awake(account, NOON) is is_awake_at_noon
    assert MonitoredAccount.objects.filter(awake_accounts(NOON)).exists() is is_awake_at_noon


@pytest.mark.parametrize(
    "change", [{"state": "suspended"}, {"state": "gone"}, {"site": None}], ids=["suspended", "gone", "no site"]
)
def test_an_account_that_is_not_watched_is_never_awake(account, change):
    MonitoredAccount.objects.filter(pk=account.pk).update(**change)
    account.refresh_from_db()
    assert not is_awake(account, NOON)
    assert not MonitoredAccount.objects.filter(awake_accounts(NOON)).exists()


def test_an_inactive_site_sleeps(oak, account):
    oak.is_active = False
    oak.save()
    assert not is_awake(MonitoredAccount.objects.get(), NOON)


def test_the_break_of_another_site_does_not_matter(account):
    elm = Site.objects.create(code="elm", name="Elm", time_zone="UTC")
    Break.objects.create(site=elm, name="B", starts_at=NOON - HOUR, ends_at=NOON + HOUR)
    assert is_awake(account, NOON)
    assert sleeping_break(elm, NOON) is not None


def test_awake_windows_are_what_breaks_leave(oak):
    for start, hours in ((1, 2), (2, 3), (8, 1)):
        Break.objects.create(
            site=oak, name=str(start), starts_at=NOON + start * HOUR, ends_at=NOON + (start + hours) * HOUR
        )
    windows = awake_windows(oak, NOON, NOON + 10 * HOUR)
    hours = [((start - NOON) // HOUR, (end - NOON) // HOUR) for start, end in windows]
    assert hours == [(0, 1), (5, 8), (9, 10)]


def test_applying_the_same_breaks_twice_changes_nothing(oak):
    wanted = [spec(NOON, NOON + HOUR)]
    apply_breaks(wanted, actor="command")
    events = AuditEvent.objects.count()
    apply_breaks(wanted, actor="command")
    assert Break.objects.count() == 1
    assert AuditEvent.objects.count() == events


def test_a_break_under_way_that_is_taken_out_ends_now_and_stays_on_record(oak):
    with clock.standing_at(NOON):
        apply_breaks([spec(NOON - HOUR, NOON + HOUR)], actor="command")
        apply_breaks([], actor="command")
    row = Break.objects.get()
    assert abs(row.ends_at - NOON) < timedelta(seconds=5)


def test_a_break_under_way_cannot_be_cut_to_the_past(oak):
    with clock.standing_at(NOON):
        apply_breaks([spec(NOON - 2 * HOUR, NOON + HOUR)], actor="command")
        apply_breaks([spec(NOON - 2 * HOUR, NOON - HOUR)], actor="command")
    assert abs(Break.objects.get().ends_at - NOON) < timedelta(seconds=5)


def test_a_past_break_stays_when_it_is_no_longer_named(oak):
    with clock.standing_at(NOON):
        apply_breaks([spec(NOON - 3 * HOUR, NOON - HOUR)], actor="command")
        apply_breaks([], actor="command")
    assert Break.objects.get().ends_at == NOON - HOUR


def test_a_break_to_come_that_is_taken_out_goes(oak):
    with clock.standing_at(NOON):
        apply_breaks([spec(NOON + HOUR, NOON + 2 * HOUR)], actor="command")
        apply_breaks([], actor="command")
    assert not Break.objects.exists()
    assert AuditEvent.objects.filter(tag="config:break:end").count() == 1


def test_a_break_can_be_made_longer(oak):
    apply_breaks([spec(NOON, NOON + HOUR)], actor="command")
    apply_breaks([spec(NOON, NOON + 5 * HOUR)], actor="command")
    assert Break.objects.get().ends_at == NOON + 5 * HOUR
