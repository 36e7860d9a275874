"""Waiting items are taken oldest first, in the number asked for, and only when they may be read now."""

from datetime import timedelta

import pytest
from django.db import connection

from monitor.calendars.models import Break
from monitor.intake import queue
from monitor.intake.models import Item, ItemState
from monitor.intake.queue import finish, has_waiting, postpone, take_items
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount
from tests.rooms.factories import make_account, make_item, make_site

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def account() -> MonitoredAccount:
    return make_account(make_site())


def waiting(account: MonitoredAccount, **fields) -> Item:
    return make_item(account, **({"state": ItemState.PENDING, "finished_at": None} | fields))


def taken(limit: int = 10) -> list[Item]:
    return [item for item, _ in take_items(limit)]


def test_so_many_as_asked_for_are_taken_oldest_first_and_each_once(account):
    items = [waiting(account) for _ in range(5)]
    assert taken(2) == items[:2]
    assert taken(2) == items[2:4]
    assert taken(2) == items[4:]
    assert not has_waiting()


def test_what_is_postponed_waits_for_its_time(account):
    item = waiting(account, not_before=clock.now() + HOUR)
    assert taken() == []
    with clock.standing_at(clock.now() + HOUR + HOUR / 60):
        assert taken() == [item]


@pytest.mark.parametrize("state", [ItemState.SCORED, ItemState.PARKED, ItemState.ASLEEP])
def test_what_has_ended_is_not_taken(account, state):
    make_item(account, state=state)
    assert taken() == []


@pytest.mark.parametrize("state", [AccountState.SUSPENDED, AccountState.GONE])
def test_items_of_an_account_that_is_not_watched_wait(account, state):
    item = waiting(account)
    MonitoredAccount.objects.update(state=state)
    assert not has_waiting()
    assert taken() == []
    MonitoredAccount.objects.update(state=AccountState.ACTIVE)
    assert taken() == [item]


def test_items_of_a_sleeping_site_wait_and_those_of_another_do_not(account):
    now, other = clock.now(), make_account(make_site())
    Break.objects.create(site=account.site, name="Break", starts_at=now - HOUR, ends_at=now + HOUR)
    waiting(account)
    awake = waiting(other)
    assert taken() == [awake]


def test_google_may_ask_for_a_longer_wait_than_ours(account):
    waiting(account)
    ((item, owner),) = take_items(1)
    before = clock.now()
    assert postpone(item, owner, "busy", delay_seconds=7200) == ItemState.PENDING
    item.refresh_from_db()
    assert item.not_before >= before + 2 * HOUR
    assert (item.attempts, item.reason, item.lease_owner) == (1, "busy", "")


def test_whoever_does_not_hold_an_item_can_neither_finish_nor_postpone_it(account):
    waiting(account)
    ((item, _),) = take_items(1)
    assert not finish(item, "somebody else", ItemState.PARKED, "no")
    postpone(item, "somebody else", "no")
    item.refresh_from_db()
    assert (item.state, item.attempts, item.reason) == (ItemState.PENDING, 0, "")


def test_a_mailbox_with_thousands_waiting_holds_up_no_other(account):
    site = account.site
    Item.objects.bulk_create(
        Item(account=account, source="gmail", item_key=f"loud-{number}", direction="received", seen_at=clock.now())
        for number in range(5_000)
    )
    quiet = [waiting(make_account(site)) for _ in range(50)]
    batches = [taken(16) for _ in range(4)]
    assert {item.pk for batch in batches for item in batch} >= {item.pk for item in quiet}
    assert all(len(batch) == 16 for batch in batches)
    assert max(sum(item.account_id == account.pk for item in batch) for batch in batches[:3]) <= 1
    assert [item.account_id for item in taken(16)] == [account.pk] * 16  # alone again, it is read at full speed


def test_whose_turn_it_is_is_found_by_index_not_by_walking_the_backlog(account):
    waiting(account)
    items = queue._live_items().filter(queue._ready(), account_id__gt=0).order_by("account_id", "id")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    assert "items_by_turn" in items.values_list("account_id")[:1].explain()
