"""Answers go out by Twilio's REST call: a real HTTP server stands in for it."""

from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.tips.actions import do_reply
from monitor.tips.models import TipMessage
from monitor.tips.send import GIVE_UP_AFTER, send_replies
from tests.fakes.web import web_server
from tests.rooms.tips.reporting import LINE, NUMBER, TOKEN, make_sms_tip, make_web_tip


@pytest.fixture
def twilio(settings):
    with web_server() as web:
        settings.HEED_TWILIO_ENDPOINT = web.url
        web.say(201, b'{"sid": "SM1"}')
        yield web


def answered(school, line) -> TipMessage:
    return do_reply(make_sms_tip(line), actor=school.counselor, text="Where are you?", external_id="n")


def test_an_answer_goes_to_the_number_from_the_line_once(school, line, twilio):
    message = answered(school, line)
    assert send_replies() == 1
    assert send_replies() == 0
    (call,) = twilio.calls
    assert call.path == f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
    assert call.form == {"To": NUMBER, "From": LINE, "Body": "Where are you?"}
    assert call.headers["authorization"].startswith("Basic ")
    message.refresh_from_db()
    assert (message.state, message.attempts, message.lease_owner) == ("sent", 1, "")


def test_an_answer_on_the_web_waits_for_its_code(school, twilio):
    do_reply(make_web_tip(school.site), actor=school.counselor, text="Thanks", external_id="w")
    assert send_replies() == 0
    assert twilio.calls == []


def test_a_server_in_trouble_is_tried_again_later_and_given_up_visibly(school, line, twilio, caplog):
    twilio.say(500)
    message, now = answered(school, line), clock.now()
    for number in range(GIVE_UP_AFTER):
        with clock.standing_at(now + timedelta(hours=number + 1)):
            assert send_replies() == 1
            assert send_replies() == 0
    message.refresh_from_db()
    assert (message.state, message.last_error, len(twilio.calls)) == (
        "failed",
        "Twilio answered 500: error None",
        GIVE_UP_AFTER,
    )
    assert AuditEvent.objects.filter(tag=Tag.TIP_REPLY_FAILED.value).count() == 1
    for secret in (NUMBER, unquote_plus(NUMBER), "Where are you", TOKEN):
        assert secret not in caplog.text


def test_a_number_that_takes_no_messages_fails_at_once(school, line, twilio):
    twilio.say(400, b'{"code": 21610, "message": "unsubscribed"}')
    message = answered(school, line)
    send_replies()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 1)


def test_nobody_there_and_no_account_wait(school, line, settings):
    message = answered(school, line)
    settings.HEED_TWILIO_ENDPOINT = "http://127.0.0.1:9"
    send_replies()
    message.refresh_from_db()
    assert message.state == "pending"
    assert "cannot be reached" in message.last_error
    settings.HEED_TWILIO_ACCOUNT = ""
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        send_replies()
    message.refresh_from_db()
    assert "HEED_TWILIO_ACCOUNT" in message.last_error


def test_a_lease_that_ran_out_is_taken_over(school, line, twilio):
    message = answered(school, line)
    TipMessage.objects.filter(pk=message.pk).update(
        lease_owner="another/1/1/x", leased_until=clock.now() + timedelta(minutes=5)
    )
    assert send_replies() == 0
    with clock.standing_at(clock.now() + timedelta(minutes=6)):
        assert send_replies() == 1
