"""Google's units have limits that are configured, and no call goes beyond them, whoever makes it."""

import pytest

from monitor.domain.source import Source
from monitor.intake import ledger
from monitor.intake.models import Item, ItemState, QuotaDay, UnitUsage
from monitor.intake.poll import PollState, poll_account
from monitor.intake.quota import Allowance
from tests.rooms.detection.marker import score_all

PER_DAY = 400


@pytest.fixture
def bounded(watched, settings, tmp_path, monkeypatch):
    """A district whose day has 400 Gmail units, 360 of them before the hard stop."""
    text = settings.HEED_QUOTA_FILE.read_text().replace("per_day = 80_000_000", f"per_day = {PER_DAY}")
    text = text.replace("hard = 0.95", "hard = 0.9")
    settings.HEED_QUOTA_FILE = tmp_path / "quota.toml"
    settings.HEED_QUOTA_FILE.write_text(text)
    monkeypatch.setattr(ledger, "ALLOWANCE", Allowance())
    return watched


def spent() -> int:
    return sum(UnitUsage.objects.filter(api="gmail").values_list("units", flat=True))


def test_the_day_ends_at_its_hard_stop_and_what_waits_is_read_the_next_day(bounded):
    accounts = [bounded.account(number) for number in range(3)]
    for account in accounts:
        poll_account(account, Source.GMAIL)
    for number in range(30):
        bounded.control.mail("pal@elsewhere.example", bounded.addresses[number % 3], "Hi", f"Practice {number}.")
    states = [poll_account(account, Source.GMAIL).state for account in accounts]
    assert PollState.FAILED not in states
    score_all()
    calls = [call for call in bounded.control.calls() if call["api"] == "gmail"]
    assert spent() <= PER_DAY * 0.9
    assert len([call for call in calls if call["method"] == "gmail.users.messages.get"]) * 20 <= PER_DAY * 0.9
    waiting = Item.objects.filter(state=ItemState.PENDING)
    assert waiting.exists()
    assert not waiting.exclude(attempts=0).exists()
    assert QuotaDay.objects.get(api="gmail").held_back > 0

    QuotaDay.objects.all().delete()  # the next of Google's days
    ledger.ALLOWANCE.forget()
    Item.objects.filter(state=ItemState.PENDING).update(not_before=None)
    before = Item.objects.filter(state=ItemState.SCORED).count()
    score_all()
    assert Item.objects.filter(state=ItemState.SCORED).count() > before


def test_an_idle_account_costs_two_gmail_units_and_no_drive_unit_while_the_stream_tells(watched):
    from monitor.intake.activity import read_activity
    from monitor.intake.poll import due_cursors

    read_activity()
    for source in (Source.GMAIL, Source.DRIVE):
        poll_account(watched.account(0), source)
    assert watched.account(0).pk not in due_cursors(Source.DRIVE, 100)
    before = spent()
    poll_account(watched.account(0), Source.GMAIL)
    assert spent() - before == 2
