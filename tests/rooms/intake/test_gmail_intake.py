"""A mailbox is read from its baseline on, completely and once."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.source import Source
from monitor.intake.leases import claim
from monitor.intake.models import Cursor, Item, UnitUsage
from monitor.intake.poll import Poll, PollState, poll_account

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)


def units(api: str) -> int:
    return sum(UnitUsage.objects.filter(api=api).values_list("units", flat=True))


def send(watched, number: int, text: str = "See you at practice.") -> str:
    copies = watched.control.mail("pal@elsewhere.example", watched.addresses[number], "Hello", text)["copies"]
    return copies[0]["id"]


def test_first_contact_takes_a_baseline_and_reads_nothing_old(watched):
    send(watched, 0)
    assert poll_account(watched.account(0), Source.GMAIL) == Poll(PollState.READ, 0)
    assert not Item.objects.exists()
    assert units("gmail") == 1


def test_an_idle_mailbox_costs_two_units(watched):
    account = watched.account(0)
    poll_account(account, Source.GMAIL)
    before = units("gmail")
    poll_account(account, Source.GMAIL)
    assert units("gmail") - before == 2


def test_new_messages_become_items_once(watched):
    account = watched.account(0)
    poll_account(account, Source.GMAIL)
    ids = {send(watched, 0), send(watched, 0)}
    assert poll_account(account, Source.GMAIL).items == 2
    assert poll_account(account, Source.GMAIL).items == 0
    assert set(Item.objects.values_list("item_key", flat=True)) == ids
    assert watched.content_calls() == []


def test_a_message_between_students_is_written_by_one_and_received_by_the_other(watched):
    sender, receiver = watched.account(0), watched.account(1)
    for account in (sender, receiver):
        poll_account(account, Source.GMAIL)
    watched.control.mail(watched.addresses[0], watched.addresses[1], "Hi", "Lunch?")
    for account in (sender, receiver):
        poll_account(account, Source.GMAIL)
    assert Item.objects.get(account=sender).direction == "written"
    assert Item.objects.get(account=receiver).direction == "received"


def test_an_expired_history_id_leads_to_a_full_list_without_doubles_and_without_old_mail(watched):
    account = watched.account(0)
    with watched.at(NOON - HOUR):
        send(watched, 0)  # before the baseline
    with watched.at(NOON):
        poll_account(account, Source.GMAIL)
    with watched.at(NOON + HOUR):
        first = send(watched, 0)
        poll_account(account, Source.GMAIL)
    with watched.at(NOON + 2 * HOUR):
        second = send(watched, 0)
        watched.control.do("expire_history", mailbox=watched.addresses[0])
        assert poll_account(account, Source.GMAIL).items == 1
    assert set(Item.objects.values_list("item_key", flat=True)) == {first, second}


def test_a_failure_stays_on_the_cursor_with_its_remedy_and_the_next_account_goes_on(watched):
    watched.control.do("revoke", subject=watched.addresses[0])
    assert poll_account(watched.account(0), Source.GMAIL).state is PollState.FAILED
    assert poll_account(watched.account(1), Source.GMAIL).state is PollState.READ
    error = Cursor.objects.get(account=watched.account(0), source="gmail").error
    assert "delegation" in error.lower()


def test_a_cursor_that_another_worker_holds_is_left_alone(watched):
    account = watched.account(0)
    poll_account(account, Source.GMAIL)
    assert claim(Cursor.objects, Cursor.objects.get(account=account).pk)
    assert poll_account(account, Source.GMAIL).state is PollState.LEASED


@pytest.mark.parametrize("asleep_minutes", [30, 60 * 24 * 14], ids=["short break", "fortnight"])
def test_after_a_break_only_what_lies_outside_it_is_listed(watched, asleep_minutes):
    account, end = watched.account(0), NOON + timedelta(minutes=asleep_minutes)
    with watched.at(NOON - HOUR):
        poll_account(account, Source.GMAIL)
    with watched.at(NOON - HOUR / 2):
        before = send(watched, 0)
    watched.put_to_sleep(NOON, end)
    with watched.at(NOON + HOUR / 4):
        send(watched, 0)
        assert poll_account(account, Source.GMAIL).state is PollState.ASLEEP
    with watched.at(end + HOUR / 4):
        after = send(watched, 0)
    with watched.at(end + HOUR / 2):
        assert poll_account(account, Source.GMAIL).items == 2
        assert poll_account(account, Source.GMAIL).items == 0
    assert set(Item.objects.values_list("item_key", flat=True)) == {before, after}
