"""Every channel against a real HTTP server: what arrives, what a refusal means, and that nothing personal is in it."""

import base64
import hashlib
import hmac
import json
import sys
import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import SendTally, send_due
from monitor.audit.models import AuditEvent
from monitor.domain.channel import ChannelKind, address_problem
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.actions import do_decide_case
from monitor.triage.models import Case, Outcome
from tests.fakes.web import Web, web_server
from tests.rooms import factories
from tests.rooms.alerts.conftest import NOON, Mailbox, make_case

MORNING = datetime(2026, 11, 24, 13, 40, tzinfo=UTC)  # 7:40 in Chicago, after the first digest
PLACES = {
    ChannelKind.GOOGLE_CHAT: "/v1/spaces/A/messages?key=k&token=secret",
    ChannelKind.SLACK: "/services/T/B/secret",
    ChannelKind.TEAMS: "/webhookb2/secret",
    ChannelKind.WEBHOOK: "/heed?token=secret",
}


@pytest.fixture
def web(settings) -> Iterator[Web]:
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.HEED_WEBHOOK_SECRET = "a secret of the district"
    with web_server() as server:
        settings.HEED_TWILIO_ENDPOINT = server.url
        settings.HEED_TWILIO_ACCOUNT, settings.HEED_TWILIO_TOKEN = "AC1", "token"
        settings.HEED_TWILIO_FROM = "+15055550000"
        server.say(201, b'{"sid": "SM123"}')
        yield server


def alert(site: Site, kind: ChannelKind, address: str) -> Case:
    """A case of which one contact is told this way and by mail."""
    contact = factories.make_contact(site, email="ada@x.example")
    Channel.objects.create(contact=contact, kind=kind.value, address=address)
    case = make_case(site, Severity.IMMINENT)
    with clock.standing_at(NOON):
        prepare_deliveries()
    Delivery.objects.filter(channel=None).update(state=DeliveryState.SENT)
    return case


def send_at(minutes: float = 1) -> SendTally:
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        return send_due()


def delivery() -> Delivery:
    return Delivery.objects.get(channel__isnull=False)


def test_a_text_message_arrives_with_the_link_and_its_receipt_is_kept(site: Site, web: Web, settings):
    case = alert(site, ChannelKind.SMS, "+15055550101")
    assert send_at() == SendTally(sent=1)
    (call,) = web.calls
    assert call.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert call.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:token").decode()
    assert (call.form["To"], call.form["From"]) == ("+15055550101", "+15055550000")
    link = f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/"
    assert call.form["Body"] == f"Heed: A case at Oak High School needs you (imminent). Please look at it now. {link}"
    assert len(call.form["Body"]) <= 160
    assert delivery().receipt == "SM123"


def test_a_messaging_service_may_stand_for_the_sender(site: Site, web: Web, settings):
    settings.HEED_TWILIO_FROM = "MG99"
    alert(site, ChannelKind.SMS, "+15055550101")
    send_at()
    assert web.calls[0].form["MessagingServiceSid"] == "MG99"


def test_a_call_says_three_times_that_a_school_needs_somebody(site: Site, web: Web):
    Site.objects.update(name="Oak & Elm <High>")
    alert(site, ChannelKind.VOICE, "+15055550101")
    assert send_at() == SendTally(sent=1)
    spoken = web.calls[0].form["Twiml"]
    assert web.calls[0].path.endswith("/Calls.json")
    assert spoken.count("<Say>Heed: A case at Oak &amp; Elm &lt;High&gt; needs you (imminent).") == 3
    assert "http" not in spoken


def test_chat_rooms_get_one_line_and_the_link(site: Site, web: Web):
    web.say(200, b"ok")
    contact = factories.make_contact(site, email="ada@x.example")
    for kind, path in PLACES.items():
        Channel.objects.create(contact=contact, kind=kind.value, address=web.url + path)
    case = make_case(site, Severity.SEVERE)
    with clock.standing_at(NOON):
        prepare_deliveries()
    Delivery.objects.filter(channel=None).update(state=DeliveryState.SENT)
    assert send_at() == SendTally(sent=4)
    bodies = {call.path.partition("?")[0]: call for call in web.calls}
    chat = bodies["/v1/spaces/A/messages"]
    assert "messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD" in chat.path
    assert "token=secret" in chat.path
    assert chat.json["thread"]["threadKey"].startswith(case.public_id)
    assert bodies["/services/T/B/secret"].json["text"].startswith("Heed: A case at Oak High School needs you")
    card = bodies["/webhookb2/secret"].json["attachments"][0]["content"]
    assert card["actions"][0]["url"].endswith(f"/cases/{case.public_id}/")
    assert all(case.public_id in call.body.decode() for call in web.calls)


def test_a_webhook_is_signed_with_its_time(site: Site, web: Web, settings):
    case = alert(site, ChannelKind.WEBHOOK, web.url + "/heed")
    send_at(1)
    (call,) = web.calls
    parts = dict(part.split("=") for part in call.headers["heed-signature"].split(","))
    assert abs(int(parts["t"]) - (NOON + timedelta(minutes=1)).timestamp()) < 30
    wanted = hmac.new(b"a secret of the district", f"{parts['t']}.".encode() + call.body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], wanted)
    assert call.json == {
        "id": delivery().message_id.strip("<>"),
        "event": "alert",
        "site": "oak-high",
        "severity": "imminent",
        "text": "Heed: A case at Oak High School needs you (imminent). Please look at it now.",
        "link": f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/",
    }


def test_without_a_secret_no_webhook_leaves(site: Site, web: Web, settings):
    settings.HEED_WEBHOOK_SECRET = ""
    alert(site, ChannelKind.WEBHOOK, web.url + "/heed")
    assert send_at() == SendTally(postponed=1)
    assert "HEED_WEBHOOK_SECRET" in delivery().last_error
    assert web.calls == []


@pytest.mark.parametrize(
    ("kind", "status", "body", "words", "is_permanent"),
    [
        (ChannelKind.SMS, 400, {"code": 21211}, "error 21211", True),
        (ChannelKind.SMS, 400, {"code": 21610}, "error 21610", True),
        (ChannelKind.SMS, 429, {"code": 20429}, "error 20429", False),
        (ChannelKind.SMS, 401, {"code": 20003}, "check HEED_TWILIO_ACCOUNT", False),
        (ChannelKind.SMS, 503, [], "answered 503", False),
        (ChannelKind.VOICE, 400, {"code": 21217}, "error 21217", True),
        (ChannelKind.SLACK, 404, {}, "Slack answered 404", True),
        (ChannelKind.SLACK, 500, {}, "Slack answered 500", False),
        (ChannelKind.TEAMS, 410, {}, "Teams answered 410", True),
        (ChannelKind.GOOGLE_CHAT, 429, {}, "Google Chat answered 429", False),
        (ChannelKind.WEBHOOK, 302, {}, "answered 302", False),
        (ChannelKind.SLACK, 200, {"no": "ok"}, "did not answer ok", False),
    ],
)
def test_what_a_server_answers_decides_whether_to_try_again(
    site: Site, web: Web, kind: ChannelKind, status: int, body: object, words: str, is_permanent: bool
):
    web.say(status, json.dumps(body).encode(), Location=web.url + "/elsewhere")
    alert(site, kind, "+15055550101" if kind in {ChannelKind.SMS, ChannelKind.VOICE} else web.url + "/secret-path")
    assert send_at() == (SendTally(failed=1) if is_permanent else SendTally(postponed=1))
    row = delivery()
    assert words in row.last_error
    assert "secret-path" not in row.last_error
    assert "+1505" not in row.last_error
    assert len(web.calls) == 1
    assert (row.channel.broken_since is not None) is is_permanent
    assert AuditEvent.objects.count() == is_permanent


def test_a_channel_that_works_again_is_whole_again(site: Site, web: Web):
    alert(site, ChannelKind.SMS, "+15055550101")
    Channel.objects.update(broken_since=NOON, broken_reason="error 30003")
    send_at()
    channel = Channel.objects.get()
    assert (channel.broken_since, channel.broken_reason) == (None, "")


def test_an_address_inside_our_network_is_refused_for_good(site: Site, web: Web, settings):
    settings.HEED_INTERNAL_HOSTS = frozenset()
    alert(site, ChannelKind.WEBHOOK, "https://169.254.169.254/latest/meta-data")
    assert send_at() == SendTally(failed=1)
    assert "inside a private network" in delivery().last_error


def test_nobody_there_is_tried_again(site: Site, web: Web):
    with web_server() as other:
        gone = other.url
    alert(site, ChannelKind.SLACK, gone + "/x")
    assert send_at() == SendTally(postponed=1)


def test_twilio_that_is_not_set_up_says_what_to_set(site: Site, web: Web, settings):
    settings.HEED_TWILIO_TOKEN = ""
    alert(site, ChannelKind.SMS, "+15055550101")
    assert send_at() == SendTally(postponed=1)
    assert "HEED_TWILIO_TOKEN" in delivery().last_error


def test_apprise_carries_it_where_it_is_installed(site: Site, monkeypatch: pytest.MonkeyPatch):
    alert(site, ChannelKind.APPRISE, "pover://user@token")
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert send_at(1) == SendTally(postponed=1)
    assert "pip install apprise" in delivery().last_error
    said: list[str] = []

    class Apprise:
        def add(self, address: str) -> bool:
            return address == "pover://user@token"

        def notify(self, title: str, body: str, body_format: str) -> bool:
            assert body_format == "text"
            said.extend([title, body])
            return len(said) > 2

    monkeypatch.setitem(sys.modules, "apprise", types.SimpleNamespace(Apprise=Apprise))
    assert send_at(3) == SendTally(postponed=1)
    assert send_at(10) == SendTally(sent=1)
    assert said[0] == "A case at Oak High School needs you (imminent)"


def test_the_first_concern_is_told_at_once_and_those_after_it_together(site: Site, mailbox: Mailbox):
    elm = factories.make_site("elm", name="Elm Middle")
    for where in (site, elm, None):
        factories.make_contact(where, email="ada@x.example")
    for where in (site, elm):
        make_case(where, Severity.CONCERN, MORNING)
    with clock.standing_at(MORNING):
        assert prepare_deliveries() == 2
        assert send_due() == SendTally(sent=2)
    mailbox.mails.clear()
    cases = [make_case(where, Severity.CONCERN, MORNING) for where in (site, site, elm)]
    with clock.standing_at(MORNING + timedelta(minutes=1)):
        assert prepare_deliveries() == 3
        assert send_due() == SendTally()
    with clock.standing_at(MORNING + timedelta(hours=1)):
        late = make_case(site, Severity.CONCERN, MORNING)
        prepare_deliveries()
        do_decide_case(cases[0], actor=factories.make_user("", site), outcome=Outcome.SUPPORT, reason="Spoke.")
    with clock.standing_at(MORNING + timedelta(hours=5)):  # 12:40
        assert send_due() == SendTally(sent=3, not_needed=1)
    said = [(mail["Subject"], mail.get_body(("plain",)).get_content()) for mail in mailbox.read()]
    assert [subject for subject, _ in sorted(said)] == ["1 case needs you today", "2 cases need you today"]
    assert "Oak High School: 2" in dict(said)["2 cases need you today"]
    assert late.public_id not in dict(said)["2 cases need you today"]
    assert len({mail["Message-ID"] for mail in mailbox.read()}) == 2


def test_a_digest_that_fails_is_tried_again_whole_under_one_id(site: Site, mailbox: Mailbox):
    factories.make_contact(site, email="ada@x.example")
    with clock.standing_at(MORNING):
        for _ in range(3):
            make_case(site, Severity.CONCERN, MORNING)
            prepare_deliveries()
        assert send_due() == SendTally(sent=1)
    mailbox.mails.clear()
    mailbox.to_data = "451 later"
    with clock.standing_at(MORNING + timedelta(hours=5)):
        assert send_due() == SendTally(postponed=2)
    mailbox.to_data = ""
    with clock.standing_at(MORNING + timedelta(hours=5, minutes=2)):
        assert send_due() == SendTally(sent=2)
    (mail,) = mailbox.read()
    assert mail["Subject"] == "2 cases need you today"


def test_a_digest_waits_for_the_end_of_quiet_days(site: Site):
    factories.make_contact(site, email="ada@x.example", quiet_days=[5, 6])
    saturday = datetime(2026, 11, 28, 16, tzinfo=UTC)
    make_case(site, Severity.CONCERN, saturday)
    with clock.standing_at(saturday):
        prepare_deliveries()
    assert Delivery.objects.get().not_before == datetime(2026, 11, 30, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "address", "is_good"),
    [
        (ChannelKind.SMS, "+15055550101", True),
        (ChannelKind.SMS, "505-555-0101", False),
        (ChannelKind.VOICE, "+1505555010199999", False),
        (ChannelKind.SLACK, "https://hooks.slack.com/services/x", True),
        (ChannelKind.SLACK, "hooks.slack.com/services/x", False),
        (ChannelKind.WEBHOOK, "https://", False),
        (ChannelKind.APPRISE, "pover://x", True),
        (ChannelKind.APPRISE, "pover", False),
        (ChannelKind.EMAIL, "ada at x", False),
    ],
)
def test_an_address_of_the_wrong_form_is_seen_when_it_is_typed(kind: ChannelKind, address: str, is_good: bool):
    assert (address_problem(kind, address) == "") is is_good


def test_no_message_of_any_channel_holds_anything_personal(site: Site, web: Web, mailbox: Mailbox):
    web.say(200, b"ok")
    contact = factories.make_contact(site, email="ada@x.example")
    for kind, path in PLACES.items():
        Channel.objects.create(contact=contact, kind=kind.value, address=web.url + path)
    for kind in (ChannelKind.SMS, ChannelKind.VOICE):
        Channel.objects.create(contact=contact, kind=kind.value, address="+15055550101")
    severities = (Severity.IMMINENT, Severity.SEVERE, Severity.CONCERN)
    accounts = [make_case(site, severity).account for severity in severities]
    make_case(site, Severity.CONCERN)
    with clock.standing_at(NOON):
        prepare_deliveries()
    with clock.standing_at(NOON + timedelta(days=1)):
        assert send_due().sent == Delivery.objects.count()
    said = "".join(call.body.decode() + call.path for call in web.calls)
    said += "".join(part.get_content() for mail in mailbox.read() for part in mail.iter_parts())
    said += "".join(str(mail["Subject"]) for mail in mailbox.read())
    private = {
        word for account in accounts for word in [*account.full_name.split(), account.address, account.google_id]
    }
    private |= {word.strip(".,") for word in factories.EXCERPT.split() if len(word) > 6} | {"student.", "bullying"}
    assert not [word for word in private if word.lower() in said.lower()]
    assert Contact.objects.get().broken_since is None
