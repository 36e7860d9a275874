"""Texts and calls in doubt: the worker dies between Twilio's answer and our row, or no answer ever comes."""

import os
import signal
from datetime import timedelta

import pytest
from django.db import connections

from monitor.alerts import send
from monitor.alerts.models import Channel, Delivery, DeliveryState
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import SendTally, send_due
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from tests.fakes.twilio import Twilio
from tests.rooms import factories
from tests.rooms.alerts.conftest import NOON, make_case

NUMBER = "+15055550101"


class Killed(BaseException):
    """The worker's process ends here."""


def alert(site: Site, kind: str = "sms", number: str = NUMBER, at=NOON) -> Delivery:
    """An imminent case of which one contact is told by text or call, due at noon."""
    contact = factories.make_contact(site)
    Channel.objects.create(contact=contact, kind=kind, address=number, floor="severe")
    case = make_case(site, Severity.IMMINENT, at)
    with clock.standing_at(at):
        prepare_deliveries()
    Delivery.objects.filter(channel=None).update(state=DeliveryState.SENT)
    return Delivery.objects.get(case=case, channel__kind=kind, contact=contact)


def send_at(minutes: float) -> SendTally:
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        return send_due()


def die_at_recording(minutes: float) -> None:
    """A pass whose worker ends when Twilio's answer is there and the row is about to say so."""

    def die(*_: object, **__: object) -> bool:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send, "_settle", die)
        with pytest.raises(Killed):
            send_at(minutes)


def taken(twilio: Twilio) -> int:
    return sum(map(len, twilio.rows.values()))


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_what_twilio_has_is_not_sent_again_when_the_worker_died(site: Site, twilio: Twilio, kind: str):
    row = alert(site, kind)
    die_at_recording(1)
    assert send_at(2) == SendTally(), "the lease still runs"
    assert send_at(7) == SendTally(sent=1)
    assert taken(twilio) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.in_doubt_since) == (DeliveryState.SENT, 2, None)
    assert row.receipt == row.provider_id == (twilio.rows["Messages"] + twilio.rows["Calls"])[0]["sid"]


def test_a_process_killed_by_the_system_at_that_very_moment_texts_once(shared_database: None, twilio: Twilio, tmp_path):
    row = alert(factories.make_site("oak-high"))
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        twilio.web.calls.clear()
        try:
            connections.close_all()
            with clock.standing_at(NOON + timedelta(minutes=1)):
                twilio_dies(twilio, os.getpid())
                send_due()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    row.refresh_from_db()
    assert (row.state, row.in_doubt_since is not None) == (DeliveryState.PENDING, True)
    assert taken(twilio) == 1, "Twilio had taken it over"
    twilio.after_taking = lambda: None
    assert send_at(2) == SendTally(sent=1), "the dead worker's lease is freed at once"
    assert taken(twilio) == 1


def twilio_dies(_twilio: Twilio, pid: int) -> None:
    """In the child: end when the answer has come and before it is written down."""
    original = send._settle

    def die(*arguments: object, **values: object) -> bool:
        os.kill(pid, signal.SIGKILL)
        return original(*arguments, **values)

    send._settle = die


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_a_worker_that_died_before_twilio_had_it_sends_it(site: Site, twilio: Twilio, kind: str):
    row = alert(site, kind)
    Delivery.objects.filter(pk=row.pk).update(in_doubt_since=NOON, attempts=1)
    assert send_at(1) == SendTally(sent=1)
    assert taken(twilio) == 1


def test_twilio_is_not_asked_before_its_list_can_have_it(site: Site, twilio: Twilio):
    row = alert(site)
    Delivery.objects.filter(pk=row.pk).update(in_doubt_since=NOON)
    assert send_at(0.1) == SendTally()
    assert send_at(0.2) == SendTally(sent=1)


def test_no_answer_is_a_doubt_and_an_error_is_a_no(site: Site, twilio: Twilio):
    row = alert(site)

    def hang_up() -> None:
        raise ConnectionAbortedError

    twilio.after_taking = hang_up
    assert send_at(1) == SendTally(postponed=1)
    row.refresh_from_db()
    assert row.in_doubt_since is not None
    twilio.after_taking = lambda: None
    assert send_at(3) == SendTally(sent=1)
    assert taken(twilio) == 1
    other = alert(factories.make_site("elm-high"), number="+15055550102")
    twilio.web.say(500)
    assert send_at(4) == SendTally(postponed=1)
    other.refresh_from_db()
    assert other.in_doubt_since is None


def test_a_server_that_nobody_reached_leaves_no_doubt(site: Site, twilio: Twilio, settings):
    row = alert(site)
    settings.HEED_TWILIO_ENDPOINT = "http://127.0.0.1:1"
    assert send_at(1) == SendTally(postponed=1)
    row.refresh_from_db()
    assert (row.in_doubt_since, row.last_error.startswith("Twilio: 127.0.0.1 cannot be reached")) == (None, True)


def test_where_twilio_cannot_be_reached_the_doubt_waits_and_where_it_does_not_say_it_is_sent_again(
    site: Site, twilio: Twilio, settings
):
    alert(site)
    die_at_recording(1)
    url, settings.HEED_TWILIO_ENDPOINT = settings.HEED_TWILIO_ENDPOINT, "http://127.0.0.1:1"
    assert send_at(7) == SendTally(postponed=1)
    settings.HEED_TWILIO_ENDPOINT, twilio.refuses_lists = url, True
    assert send_at(12) == SendTally(sent=1)
    assert taken(twilio) == 2, "twice rather than never"


@pytest.mark.parametrize(
    ("words", "minutes", "direction"),
    [
        ("Another message of the district", 1, "outbound-api"),
        ("", -30, "outbound-api"),
        ("", 1, "inbound"),
    ],
)
def test_what_is_not_this_text_does_not_stand_for_it(
    site: Site, twilio: Twilio, words: str, minutes: int, direction: str
):
    alert(site)
    die_at_recording(1)
    mine = twilio.rows["Messages"].pop()
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        twilio.put("Messages", NUMBER, words or mine["body"], direction=direction)
    assert send_at(7) == SendTally(sent=1)
    assert taken(twilio) == 2


def test_a_call_that_another_alert_made_does_not_stand_for_this_one(site: Site, twilio: Twilio):
    first = alert(site, "voice")
    assert send_at(1) == SendTally(sent=1)
    second = alert(factories.make_site("elm-high"), "voice")
    Delivery.objects.filter(pk=second.pk).update(in_doubt_since=NOON + timedelta(minutes=1))
    assert send_at(3) == SendTally(sent=1)
    assert taken(twilio) == 2
    first.refresh_from_db(), second.refresh_from_db()
    assert first.provider_id != second.provider_id


@pytest.mark.parametrize(("calls", "in_all"), [(2, 2), (1, 3), (0, 2)])
def test_two_calls_in_doubt_are_both_taken_for_made_only_when_two_were_made(
    site: Site, twilio: Twilio, calls: int, in_all: int
):
    rows = [alert(site, "voice"), alert(factories.make_site("elm-high"), "voice")]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(in_doubt_since=NOON)
    with clock.standing_at(NOON):
        for _ in range(calls):
            twilio.put("Calls", NUMBER)
    assert send_at(3) == SendTally(sent=2)
    assert len(twilio.rows["Calls"]) == in_all


def test_a_trial_account_puts_its_own_words_before_ours(site: Site, twilio: Twilio):
    alert(site)
    die_at_recording(1)
    twilio.rows["Messages"][0]["body"] = "Sent from your Twilio trial account - " + twilio.bodies[0]
    assert send_at(7) == SendTally(sent=1)
    assert taken(twilio) == 1


def test_a_lease_that_ran_out_before_the_request_leaves_it_to_its_new_holder(site: Site, twilio: Twilio):
    row = alert(site)
    mine = Delivery.objects.select_related("case__site", "contact", "channel").get(pk=row.pk)
    mine.lease_owner = "too slow"
    assert send._send([mine], send.current_policy()) == []
    assert taken(twilio) == 0
