"""An answer by text message whose worker died, or that Twilio never answered to, goes out once."""

from datetime import timedelta

import pytest

from monitor.lib import clock
from monitor.tips import send
from monitor.tips.actions import do_reply
from monitor.tips.models import TipMessage
from monitor.tips.send import send_replies
from tests.fakes.twilio import twilio_server
from tests.rooms.tips.reporting import LINE, NUMBER, make_sms_tip


class Killed(BaseException):
    """The worker's process ends here."""


@pytest.fixture
def twilio(settings):
    with twilio_server() as server:
        settings.HEED_TWILIO_ENDPOINT = server.web.url
        yield server


@pytest.fixture
def tip(school, line):
    return make_sms_tip(line)


def answered(school, tip, text="Where are you?", external_id="n") -> TipMessage:
    return do_reply(tip, actor=school.counselor, text=text, external_id=external_id)


def die_at_recording() -> None:
    def die(*_: object, **__: object) -> bool:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send, "_settle", die)
        with pytest.raises(Killed):
            send_replies()


def later(minutes: float) -> int:
    with clock.standing_at(clock.now() + timedelta(minutes=minutes)):
        return send_replies()


def test_an_answer_that_twilio_has_is_not_sent_again(school, tip, twilio):
    message = answered(school, tip)
    die_at_recording()
    assert later(6) == 1
    message.refresh_from_db()
    assert twilio.bodies == ["Where are you?"]
    assert (message.state, message.in_doubt_since) == ("sent", None)
    assert message.provider_id == twilio.rows["Messages"][0]["sid"]


def test_an_answer_that_twilio_does_not_have_is_sent(school, tip, twilio):
    message = answered(school, tip)
    TipMessage.objects.filter(pk=message.pk).update(in_doubt_since=clock.now())
    twilio.put("Messages", NUMBER, "Where are you?", direction="inbound")
    assert send_replies() == 0, "its list may not have it yet"
    assert later(1) == 1
    assert twilio.bodies == ["Where are you?"] * 2
    assert twilio.rows["Messages"][0]["from"] == LINE


def test_the_same_words_sent_before_do_not_stand_for_a_second_answer(school, tip, twilio):
    answered(school, tip)
    assert send_replies() == 1
    second = answered(school, tip, external_id="m")
    TipMessage.objects.filter(pk=second.pk).update(in_doubt_since=clock.now())
    assert later(1) == 1
    assert len(twilio.bodies) == 2


def test_no_answer_is_a_doubt(school, tip, twilio):
    message = answered(school, tip)

    def hang_up() -> None:
        raise ConnectionAbortedError

    twilio.after_taking = hang_up
    assert send_replies() == 1
    message.refresh_from_db()
    assert (message.state, message.in_doubt_since is not None) == ("pending", True)
    twilio.after_taking = lambda: None
    assert later(3) == 1
    assert len(twilio.bodies) == 1


def test_where_twilio_does_not_say_it_is_sent_again(school, tip, twilio, settings):
    answered(school, tip)
    die_at_recording()
    url, settings.HEED_TWILIO_ENDPOINT = settings.HEED_TWILIO_ENDPOINT, "http://127.0.0.1:1"
    assert later(6) == 1
    assert TipMessage.objects.get(direction="out").state == "pending"
    settings.HEED_TWILIO_ENDPOINT, twilio.refuses_lists = url, True
    assert later(15) == 1
    assert len(twilio.bodies) == 2
