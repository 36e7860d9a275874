"""Gmail's watch with Pub/Sub: mailboxes that tell are polled more rarely, and nothing rests on their telling."""

from datetime import timedelta

import pytest

from monitor.domain.source import Source
from monitor.intake.activity import PUSH_STREAM
from monitor.intake.models import ActivityStream, Cursor, GmailWatch, Item, UnitUsage
from monitor.intake.poll import PollState, due_cursors, poll_account
from monitor.intake.watches import pull_changes, renew_watches
from monitor.lib import clock
from monitor.simulator.pubsub_state import SUBSCRIPTION, TOPIC

HOUR = timedelta(hours=1)


def read(watched, *numbers: int) -> int:
    polls = [poll_account(watched.account(number), Source.GMAIL) for number in numbers or range(6)]
    assert all(poll.state is PollState.READ for poll in polls)
    return sum(poll.items for poll in polls)


def due() -> list[int]:
    return due_cursors(Source.GMAIL, 100)


@pytest.fixture
def told(watched, settings):
    """Every mailbox was contacted, is watched, and was polled once since."""
    settings.HEED_GMAIL_TOPIC, settings.HEED_GMAIL_SUBSCRIPTION = TOPIC, SUBSCRIPTION
    read(watched)
    assert renew_watches(100) == 6
    pull_changes()
    assert ActivityStream.objects.get(pk=PUSH_STREAM).error == ""
    read(watched)
    return watched


def test_without_a_topic_nothing_is_asked(watched):
    read(watched)
    before = len(watched.control.calls())
    assert (renew_watches(100), pull_changes()) == (0, 0)
    assert len(watched.control.calls()) == before


def test_a_watched_mailbox_is_left_alone_until_gmail_tells(told):
    with told.at(clock.now() + timedelta(minutes=15)):
        assert due() == []
        told.control.mail("pal@elsewhere.example", told.addresses[2], "Hello", "New.")
        assert pull_changes() == 1
        assert due() == [told.account(2).pk]
        assert read(told, 2) == 1
        assert (pull_changes(), due()) == (0, [])


def test_what_is_never_told_is_found_within_the_bound(told):
    told.control.do("topic", name=TOPIC, allowed=True, delete=True)
    with told.at(clock.now() + timedelta(minutes=31)):
        told.control.mail("pal@elsewhere.example", told.addresses[2], "Hello", "New.")
        pull_changes()
        assert len(due()) == 6
        read(told)
    assert Item.objects.count() == 1


def test_once_the_subscription_fails_mailboxes_are_polled_as_ever(told):
    told.control.do("faults", rules=[{"kind": "503", "match": "pubsub"}])
    pull_changes()
    assert "pubsub" in ActivityStream.objects.get(pk=PUSH_STREAM).error
    with told.at(clock.now() + timedelta(minutes=6)):
        assert len(due()) == 6
        read(told)
    with told.at(clock.now() + timedelta(minutes=13)):
        assert len(due()) == 6


def test_a_watch_is_renewed_daily_and_only_of_accounts_that_are_awake(told):
    assert renew_watches(100) == 0
    spent = UnitUsage.objects.get(method="gmail.users.watch").units
    assert spent == 600
    later = clock.now() + 25 * HOUR
    told.put_to_sleep(later, later + HOUR)
    with told.at(later):
        assert (renew_watches(100), pull_changes()) == (0, 0)
    with told.at(later + HOUR):
        assert renew_watches(100) == 6


def test_a_topic_that_gmail_may_not_use_is_not_tried_for_every_mailbox(watched, settings):
    settings.HEED_GMAIL_TOPIC, settings.HEED_GMAIL_SUBSCRIPTION = TOPIC, SUBSCRIPTION
    read(watched)
    watched.control.do("topic", name=TOPIC, allowed=False)
    assert renew_watches(100) == 0
    assert GmailWatch.objects.exclude(error="").count() == 3
    pull_changes()
    read(watched)
    with watched.at(clock.now() + timedelta(minutes=6)):
        assert len(due()) == 6  # nobody counts on a watch that is none


def test_what_others_publish_is_acknowledged_and_calls_for_nothing(told):
    Cursor.objects.update(next_poll_at=clock.now() + HOUR)
    told.control.mail("pal@elsewhere.example", told.addresses[0], "Hello", "New.")
    Cursor.objects.filter(account=told.account(0)).update(failures=3)
    assert pull_changes() == 1
    assert due() == []  # a mailbox in trouble keeps its growing delay
    assert pull_changes() == 0
