"""Signed hand-overs to a webhook: a real HTTP server that checks the signature itself."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.handovers.access import HandoverNotFound
from monitor.handovers.actions import NotReleased
from monitor.handovers.models import Kind, Sending
from monitor.handovers.send import GIVE_UP_AFTER, NoWebhook, do_send, send_handovers
from monitor.lib import clock
from tests.fakes.web import web_server
from tests.rooms.handovers.forms import draft, signed

SECRET = "a shared secret"


@pytest.fixture
def webhook(settings):
    with web_server() as web:
        settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
        settings.HEED_HANDOVER_WEBHOOK_URL = f"{web.url}/hook"
        settings.HEED_HANDOVER_WEBHOOK_SECRET = SECRET
        yield web


@pytest.mark.parametrize(("kind", "media"), [(Kind.FAMILY, "application/json"), (Kind.CRISIS, "application/cap+xml")])
def test_a_signed_hand_over_is_sent_once_and_its_signature_fits(school, case, webhook, kind, media):
    handover = signed(case, school.counselor, kind)
    assert do_send(handover, actor=school.counselor) == do_send(handover, actor=school.counselor)
    assert send_handovers() == 1
    assert send_handovers() == 0
    (call,) = webhook.calls
    assert (call.path, call.headers["content-type"], call.headers["heed-id"]) == ("/hook", media, handover.public_id)
    parts = dict(part.split("=") for part in call.headers["heed-signature"].split(","))
    wanted = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + call.body, hashlib.sha256).hexdigest()
    assert parts["v1"] == wanted
    if kind is Kind.FAMILY:
        assert json.loads(call.body)["digest"] == handover.digest
    tags = [Tag.HANDOVER_SENDING.value, Tag.HANDOVER_SENT.value]
    assert list(AuditEvent.objects.filter(tag__in=tags).values_list("tag", flat=True)) == tags


def test_a_webhook_that_answers_500_for_an_hour_is_tried_again_with_the_same_id(school, case, webhook):
    handover, now = signed(case, school.counselor, Kind.CRISIS), clock.now()
    do_send(handover, actor=school.counselor)
    webhook.say(500)
    for minutes in (0, 2, 10, 30):
        with clock.standing_at(now + timedelta(minutes=minutes + 1)):
            send_handovers()
    webhook.say(204, b"")
    with clock.standing_at(now + timedelta(hours=1, minutes=30)):
        send_handovers()
    assert Sending.objects.get().state == "sent"
    assert len(webhook.calls) >= 4
    assert {call.headers["heed-id"] for call in webhook.calls} == {handover.public_id}


def test_one_that_cannot_be_sent_is_given_up_visibly(school, case, webhook, caplog):
    handover, now = signed(case, school.counselor, Kind.FAMILY), clock.now()
    do_send(handover, actor=school.counselor)
    webhook.say(403)
    for hours in range(1, GIVE_UP_AFTER + 2):
        with clock.standing_at(now + timedelta(hours=hours)):
            send_handovers()
    sending = Sending.objects.get()
    assert (sending.state, sending.attempts, sending.last_error) == (
        "failed",
        GIVE_UP_AFTER,
        "the webhook answered 403",
    )
    assert AuditEvent.objects.filter(tag=Tag.HANDOVER_SEND_FAILED.value).count() == 1
    assert "Zinnia" not in caplog.text


def test_an_address_inside_the_network_is_not_called(school, case, webhook, settings):
    settings.HEED_INTERNAL_HOSTS = frozenset()
    do_send(signed(case, school.counselor, Kind.CRISIS), actor=school.counselor)
    send_handovers()
    assert webhook.calls == []
    assert "https://" in Sending.objects.get().last_error


def test_only_what_is_signed_and_meant_for_it_is_sent_by_whoever_may_see_it(school, case, webhook, settings):
    with pytest.raises(NotReleased):
        do_send(draft(case, school.counselor, Kind.CRISIS), actor=school.counselor)
    with pytest.raises(NoWebhook):
        do_send(signed(case, school.counselor, Kind.THREAT), actor=school.counselor)
    crisis = signed(case, school.counselor, Kind.CRISIS)
    for person in (school.stranger, school.it):
        with pytest.raises(HandoverNotFound):
            do_send(crisis, actor=person)
    settings.HEED_HANDOVER_WEBHOOK_SECRET = ""
    with pytest.raises(NoWebhook):
        do_send(crisis, actor=school.counselor)
    assert not Sending.objects.exists()
    assert send_handovers() == 0
