"""A lease keeps a row to one worker, and a worker that is gone does not keep it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.intake.leases import LEASE, claim, extend, release, release_dead_leases
from monitor.intake.models import Item, ItemState
from monitor.intake.queue import finish, take_items
from monitor.lib import clock
from monitor.lib.owner import new_owner
from tests.rooms.factories import make_account, make_item, make_site

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def item() -> Item:
    return make_item(make_account(make_site()), state=ItemState.PENDING, finished_at=None)


def test_a_row_is_held_by_one_owner_until_it_is_given_back(item):
    owner = claim(Item.objects, item.pk)
    assert owner
    assert claim(Item.objects, item.pk) is None
    release(item, "somebody else")
    assert claim(Item.objects, item.pk) is None
    release(item, owner)
    assert claim(Item.objects, item.pk)


def test_a_lease_that_ran_out_is_taken_over_and_its_first_holder_can_neither_extend_nor_finish(item):
    first = claim(Item.objects, item.pk)
    with clock.standing_at(clock.now() + LEASE + timedelta(seconds=1)):
        ((taken, second),) = take_items(5)
        assert taken == item
        assert not extend(item, first)
        assert not finish(item, first, ItemState.PARKED, "late")
        assert extend(item, second)
        assert finish(item, second, ItemState.SCORED)
    item.refresh_from_db()
    assert (item.state, item.reason) == (ItemState.SCORED, "")


def test_an_item_is_not_taken_when_it_was_finished_since_it_was_listed(item):
    owner = claim(Item.objects, item.pk)
    finish(item, owner, ItemState.SCORED)
    assert list(take_items(5)) == []


@pytest.fixture
def stranger():
    """Another process of this machine, and the owner's name it would hold leases by."""
    code = "import time; from monitor.lib.owner import new_owner; print(new_owner(), flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_lease_of_a_killed_process_is_freed_at_once_and_that_of_a_live_one_is_not(item, stranger):
    process, owner = stranger
    Item.objects.filter(pk=item.pk).update(lease_owner=owner, leased_until=clock.now() + LEASE)
    assert release_dead_leases() == 0
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the process table
    assert release_dead_leases() == 1
    assert len(list(take_items(5))) == 1


def test_the_lease_of_a_process_on_another_machine_is_not_touched(item):
    elsewhere = "another-machine/" + new_owner().partition("/")[2]
    Item.objects.filter(pk=item.pk).update(lease_owner=elsewhere, leased_until=clock.now() + LEASE)
    assert release_dead_leases() == 0
