"""What is read and what is not: accounts, items, hours asleep, hours with nobody on duty."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts.models import Shift
from monitor.calendars.models import Break, SchoolHours
from monitor.insights.coverage import coverage
from monitor.insights.models import DailyReading
from monitor.insights.periods import Period, last_days
from monitor.insights.readings import CATCH_UP_DAYS, count_readings
from monitor.insights.scope import Scope, coverage_scope_for, scope_for
from monitor.insights.tasks import count_readings as task
from monitor.intake.models import ItemState
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount
from tests.rooms import factories
from tests.rooms.insights.conftest import Cast

NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)
MONTH = Period(date(2026, 11, 1), date(2026, 11, 30))
QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30))  # the last that was over on that day
IN_QUARTER = date(2026, 9, 8)


@pytest.fixture(autouse=True)
def _now():
    with clock.standing_at(NOW):
        yield


def both(cast: Cast) -> Scope:
    return scope_for(cast.administrator)


def test_coverage_counts_accounts_items_hours_and_who_is_told(cast: Cast):
    for state in (AccountState.ACTIVE, AccountState.ACTIVE, AccountState.SUSPENDED):
        account = factories.make_account(cast.oak)
        MonitoredAccount.objects.filter(pk=account.pk).update(state=state)
        factories.make_item(account)
    factories.make_item(account, state=ItemState.PARKED)
    factories.make_item(account, state=ItemState.ASLEEP)
    factories.make_item(account, state=ItemState.PENDING, finished_at=None)
    Break.objects.create(site=cast.oak, name="a", starts_at=NOW - timedelta(hours=9), ends_at=NOW - timedelta(hours=3))
    Break.objects.create(site=cast.oak, name="b", starts_at=NOW - timedelta(hours=5), ends_at=NOW + timedelta(hours=9))
    factories.make_contact(cast.oak)
    assert count_readings() == 1
    elm, oak = coverage(coverage_scope_for(cast.it), last_days(NOW.date(), 2)).sites
    assert (oak.watched, oak.not_watched, oak.scored, oak.parked, oak.asleep) == (2, 1, 3, 1, 1)
    assert oak.hours_asleep == pytest.approx(9, abs=0.01)  # overlapping hours once, those to come not at all
    assert oak.hours == pytest.approx(24 + 12, abs=0.01)  # it is noon in Chicago
    assert (elm.watched, elm.scored, elm.hours_asleep) == (0, 0, 0)
    assert (oak.has_contact, elm.has_contact) == (True, False)
    assert coverage(both(cast), last_days(NOW.date(), 2)).parked_share == 0.25
    factories.make_contact(None)
    assert all(row.has_contact for row in coverage(both(cast), MONTH).sites)


def test_hours_with_nobody_on_duty_are_outside_school_breaks_and_shifts(cast: Cast):
    week = Period(date(2026, 11, 2), date(2026, 11, 8))  # Monday to Sunday, past
    usual = 7 * 24 - 5 * 7.5  # nobody entered hours: 8:00 to 15:30

    def alone() -> dict[str, float]:
        return {row.site.code: row.hours_nobody_on_duty for row in coverage(both(cast), week).sites}

    assert alone() == {"oak-high": usual, "elm-school": usual}
    monday = datetime(2026, 11, 2, tzinfo=ZoneInfo("America/Chicago"))
    Break.objects.create(site=cast.oak, name="x", starts_at=monday, ends_at=monday + timedelta(days=1))
    assert alone() == {"oak-high": usual - 16.5, "elm-school": usual}
    october = monday - timedelta(days=21)  # before clocks were changed: the same local hours all the same
    evening = {
        "starts_at": october.replace(hour=15),
        "ends_at": october.replace(hour=20),
        "time_zone": monday.tzinfo.key,
    }
    Shift.objects.create(contact=factories.make_contact(cast.elm), is_weekly=True, **evening)
    assert alone() == {"oak-high": usual - 16.5, "elm-school": usual - 4.5}
    Shift.objects.update(until=date(2026, 10, 31))
    assert alone()["elm-school"] == usual
    whole = {"starts_at": monday, "ends_at": monday + timedelta(days=30), "time_zone": "UTC"}
    Shift.objects.create(contact=factories.make_contact(None), **whole)  # the district's own, for all schools
    assert alone() == {"oak-high": 0, "elm-school": 0}
    SchoolHours.objects.create(site=None, weekday=5, opens=time(8), closes=time(10))
    assert alone() == {"oak-high": 0, "elm-school": 0}


def test_the_night_on_which_clocks_change_has_its_own_length(cast: Cast):
    autumn = Period(date(2026, 11, 1), date(2026, 11, 1))
    assert [row.hours for row in coverage(both(cast), autumn).sites] == [25, 25]


def test_readings_are_counted_again_while_a_day_is_young_and_then_never_more(cast: Cast):
    account = factories.make_account(cast.oak)
    factories.make_item(account)
    assert count_readings() == 1
    factories.make_item(account)
    task.run()
    assert DailyReading.objects.get(site=cast.oak).scored == 2
    with clock.standing_at(NOW + timedelta(days=2)):
        assert count_readings() == 3  # the day itself, which was young when it was counted last, and two more
        factories.make_item(account, finished_at=NOW)
        assert count_readings() == 1
    assert DailyReading.objects.get(site=cast.oak, day=date(2026, 11, 25)).scored == 2


def test_counting_catches_up_but_not_for_ever(cast: Cast):
    factories.make_item(factories.make_account(cast.oak), finished_at=NOW - timedelta(days=400))
    assert count_readings() == CATCH_UP_DAYS
