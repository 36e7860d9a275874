"""Google's limits are kept by all workers together: minute by minute, account by account, day by day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from monitor.domain.source import Source
from monitor.google.meter import GoogleCall
from monitor.intake import quota as quota_module
from monitor.intake.models import Cursor, Item, QuotaBucket, QuotaDay
from monitor.intake.poll import PollState, poll_account
from monitor.intake.quota import Allowance, Purpose, QuotaHeld, google_day, note_refusal, stand
from monitor.lib import clock
from tests.rooms.detection.marker import score_all
from tests.rooms.workers import shared_database, together  # noqa: F401 - a fixture

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
FILE = """
[prices]
"gmail.users.messages.get" = 20
[limits.gmail]
per_day = 10_000
per_minute = 6_000
per_user_per_minute = 600
[stops]
soft = 0.5
hard = 0.9
"""
GET = GoogleCall("gmail", "gmail.users.messages.get", "ada@district.example", 20, is_content=True, target="m")


@pytest.fixture
def small(settings, tmp_path):
    settings.HEED_QUOTA_FILE = tmp_path / "quota.toml"
    settings.HEED_QUOTA_FILE.write_text(FILE)


def passes(allowance: Allowance, account: str, most: int = 1000, purpose: Purpose = Purpose.LIVE) -> int:
    for number in range(most):
        try:
            allowance.spend(GET, account, purpose)
        except QuotaHeld:
            return number
    return most


@pytest.mark.django_db
def test_one_account_gets_no_more_than_a_users_minute_and_others_go_on(small):
    with clock.standing_at(NOON):
        allowance = Allowance()
        assert passes(allowance, "a") == 30
        assert passes(allowance, "b", 10) == 10
    with clock.standing_at(NOON + timedelta(seconds=30)):
        assert passes(Allowance(), "a") in range(13, 17)


@pytest.mark.django_db
def test_the_projects_minute_binds_all_accounts_together(small):
    with clock.standing_at(NOON):
        allowance = Allowance()
        passed = sum(passes(allowance, f"account-{number}", 10) for number in range(60))
    assert 290 <= passed <= 305


@pytest.mark.django_db
def test_above_the_soft_stop_only_live_reading_goes_on_and_above_the_hard_stop_nothing(small):
    with clock.standing_at(NOON):
        QuotaDay.objects.create(day=google_day(clock.now()), api="gmail", units=5_000)
        assert passes(Allowance(), "a", purpose=Purpose.SPARE) == 0
        assert passes(Allowance(), "a", 5) == 5
        QuotaDay.objects.update(units=8_990)
        with pytest.raises(QuotaHeld, match="day's share") as held:
            Allowance().spend(GET, "b")
        assert held.value.retry_after_seconds == pytest.approx(12 * 3600, abs=5)  # until midnight in California
        assert [row["stop"] for row in stand()] == ["soft"]
        assert QuotaDay.objects.get().held_back == 2
    with clock.standing_at(NOON + timedelta(hours=13)):
        assert passes(Allowance(), "b", 5) == 5


@pytest.mark.django_db
def test_what_was_set_aside_and_not_used_goes_back(small):
    with clock.standing_at(NOON):
        allowance = Allowance()
        passes(allowance, "a", 3)
        allowance.give_back()
        assert QuotaDay.objects.get().units == 60


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "others"), [("userRateLimitExceeded", 5), ("rateLimitExceeded", 0), ("dailyLimitExceeded", 0)]
)
def test_what_google_refuses_holds_every_worker_back(small, reason, others):
    with clock.standing_at(NOON):
        for account in ("a", "b"):
            passes(Allowance(), account, 1)
        note_refusal(GET, "a", reason)
        assert passes(Allowance(), "a", 5) == 0
        assert passes(Allowance(), "b", 5) == others


def test_workers_that_draw_at_the_same_moment_get_no_unit_twice(shared_database, small, monkeypatch):  # noqa: F811
    monkeypatch.setattr(quota_module, "TRIES", 1000)
    QuotaBucket.objects.create(key="gmail:a", level=200.0, filled_at=clock.now() + timedelta(hours=1))
    passed = together(*[lambda: passes(Allowance(), "a", 15)] * 4)
    assert sum(passed) <= 10
    assert QuotaBucket.objects.get(key="gmail:a").level >= 0


def test_an_item_and_a_cursor_that_wait_for_quota_count_no_attempt_and_lose_nothing(watched, monkeypatch):
    account = watched.account(0)
    poll_account(account, Source.GMAIL)
    watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "At three.")
    poll_account(account, Source.GMAIL)
    day, _ = QuotaDay.objects.get_or_create(day=google_day(clock.now()), api="gmail")
    monkeypatch.setattr(quota_module, "ALLOWANCE", Allowance())
    QuotaDay.objects.filter(pk=day.pk).update(closed_until=clock.now() + timedelta(hours=1))
    quota_module.ALLOWANCE.forget()
    from monitor.intake import ledger

    monkeypatch.setattr(ledger, "ALLOWANCE", quota_module.ALLOWANCE)
    assert score_all().scored == 0
    item = Item.objects.get()
    assert (item.state, item.attempts) == ("pending", 0)
    assert item.not_before is not None
    assert poll_account(account, Source.GMAIL).state is PollState.HELD
    assert Cursor.objects.get(source="gmail").failures == 0
    QuotaDay.objects.update(closed_until=None)
    Item.objects.update(not_before=None, attempts=F("attempts"))
    assert score_all().scored == 1
