"""Apprise itself, where it is installed, against a real HTTP server."""

import logging

import pytest

from monitor.alerts.models import Channel, Delivery, DeliveryState
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import SendTally, send_due
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from tests.fakes.web import Web, web_server
from tests.rooms import factories
from tests.rooms.alerts.conftest import NOON, make_case

pytest.importorskip("apprise", reason="the extra `apprise` is not installed")


@pytest.fixture
def web():
    with web_server() as server:
        yield server


def send_to(site: Site, address: str) -> SendTally:
    contact = factories.make_contact(site)
    Channel.objects.create(contact=contact, kind="apprise", address=address)
    make_case(site, Severity.IMMINENT)
    with clock.standing_at(NOON):
        prepare_deliveries()
        Delivery.objects.filter(channel=None).update(state=DeliveryState.SENT)
        return send_due()


def test_a_message_arrives_as_it_was_written(site: Site, web: Web, settings):
    Site.objects.update(name="Oak & Elm <High>")
    assert send_to(site, f"json://127.0.0.1:{web.port}/hook") == SendTally(sent=1)
    (call,) = web.calls
    assert call.json["title"] == "A case at Oak & Elm <High> needs you (imminent)"
    assert call.json["message"].startswith("Heed: A case at Oak & Elm <High> needs you (imminent).")
    assert f"{settings.HEED_CONSOLE_URL}/cases/" in call.json["message"]


def test_a_server_in_trouble_is_tried_again_and_its_address_is_nowhere(site: Site, web: Web, caplog):
    web.say(500)
    with caplog.at_level(logging.DEBUG):
        assert send_to(site, f"json://user:secret-word@127.0.0.1:{web.port}/secret-path") == SendTally(postponed=1)
    assert len(web.calls) == 1
    row = Delivery.objects.get(channel__isnull=False)
    assert row.last_error == "Apprise could not deliver it"
    assert "secret-word" not in caplog.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense://x", "does not know this address"),
        ("json://", "does not know this address"),
        ("json://127.0.0.1/a, json://127.0.0.1/b", "more than one"),
    ],
)
def test_an_address_that_cannot_work_fails_for_good(site: Site, web: Web, address: str, words: str):
    assert send_to(site, address) == SendTally(failed=1)
    assert words in Delivery.objects.get(channel__isnull=False).last_error
    assert web.calls == []
