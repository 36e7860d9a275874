"""An answer that is not the one asked for is no answer: nothing is taken for empty, gone or unreadable by it."""

from datetime import timedelta

import pytest

from monitor.domain.source import Source
from monitor.intake.models import Item, ItemState
from monitor.intake.poll import PollState, poll_account
from monitor.lib import clock
from tests.rooms.detection.marker import MarkerClassifier, score_all

OUTSIDER = "pal@elsewhere.example"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def wrong(watched, kind: str, method: str) -> None:
    watched.control.do("faults", rules=[{"kind": kind, "match": method, "count": 1}])


def test_a_listing_with_another_object_is_not_an_empty_mailbox(watched):
    now = clock.now()
    with watched.at(now):
        poll_account(watched.account(0), Source.GMAIL)
        watched.control.mail(OUTSIDER, watched.addresses[0], "Hello", "Before the break.")
        watched.put_to_sleep(now + MINUTE, now + HOUR)
    with watched.at(now + 2 * HOUR):
        wrong(watched, "wrong_json", "gmail.users.messages.list")
        assert poll_account(watched.account(0), Source.GMAIL).state is PollState.READ
        assert Item.objects.count() == 1


@pytest.mark.parametrize("kind", ["wrong_json", "not_json", "truncated"])
@pytest.mark.parametrize("method", ["gmail.users.messages.get", "drive.files.get", "drive.files.export"])
def test_what_comes_instead_of_an_item_is_neither_read_nor_a_reason_to_park_it(watched, kind, method):
    for source in Source.GMAIL, Source.DRIVE:
        poll_account(watched.account(0), source)
    watched.control.mail(OUTSIDER, watched.addresses[0], "Hello", "A mail.")
    watched.control.write_file(watched.addresses[0], "Essay", "A document.")
    for source in Source.GMAIL, Source.DRIVE:
        poll_account(watched.account(0), source)
    wrong(watched, kind, method)
    classifier = MarkerClassifier()
    score_all(classifier)
    assert {"A mail.", "A document."} <= {text.strip() for text in classifier.texts}
    assert len([text for text in classifier.texts if text.strip()]) == 4  # with subject and title
    assert not Item.objects.exclude(state=ItemState.SCORED).exists()


def test_a_mail_dated_before_our_last_look_by_googles_clock_is_listed_on_waking(watched):
    now = clock.now()
    with watched.at(now):
        poll_account(watched.account(0), Source.GMAIL)
    with watched.at(now + 2 * HOUR):
        poll_account(watched.account(0), Source.GMAIL)
        watched.put_to_sleep(now + 2 * HOUR + MINUTE, now + 3 * HOUR)
    watched.control.do("move_clock", to=(now + 2 * HOUR - 5 * MINUTE).isoformat())  # Google is five minutes behind us
    watched.control.mail(OUTSIDER, watched.addresses[0], "Hello", "Late.")
    with watched.at(now + 4 * HOUR):
        poll_account(watched.account(0), Source.GMAIL)
        assert Item.objects.count() == 1


def test_a_mail_that_comes_as_the_break_ends_is_listed_by_a_poll_of_the_same_instant(watched):
    now = clock.now()
    with watched.at(now):
        poll_account(watched.account(0), Source.GMAIL)
        watched.put_to_sleep(now + MINUTE, now + HOUR)
    watched.control.do("move_clock", to=(now + HOUR).isoformat(), rate=0)
    watched.control.mail(OUTSIDER, watched.addresses[0], "Hello", "At the bell.")
    with clock.stopped_at(now + HOUR):
        poll_account(watched.account(0), Source.GMAIL)
    assert Item.objects.count() == 1
