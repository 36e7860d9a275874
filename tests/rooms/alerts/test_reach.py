"""Can somebody be reached? Coverage, the weekly check, bounces, receipts, and what IT is told."""

import json
import logging
from argparse import Namespace
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage

import pytest

from monitor.accounts.models import Role
from monitor.alerts.bounces import take_bounce
from monitor.alerts.checks import check_contacts
from monitor.alerts.coverage import broken_ways, coverage_now, coverage_of, unreachable_sites
from monitor.alerts.duty import presence_at
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState, Duty, Shift
from monitor.alerts.notices import tell_staff
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.receipts import check_receipts
from monitor.alerts.send import send_due
from monitor.audit.models import AuditEvent
from monitor.calendars.models import CalendarFeed
from monitor.commands.contacts import run
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from tests.fakes.web import Call, Web, web_server
from tests.rooms import factories
from tests.rooms.alerts.conftest import ADA, NOON, Mailbox, make_case

NIGHT = datetime(2026, 11, 25, 5, tzinfo=UTC)


@pytest.fixture
def web(settings):
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with web_server() as server:
        settings.HEED_TWILIO_ENDPOINT, settings.HEED_TWILIO_ACCOUNT = server.url, "AC1"
        settings.HEED_TWILIO_TOKEN, settings.HEED_TWILIO_FROM = "token", "+15055550000"
        yield server


def test_coverage_says_who_is_told_first_and_what_is_missing(site: Site):
    assert coverage_of(site, NOON).problem == "nobody would be told"
    ada = factories.make_contact(site, email=ADA, name="Ada", quiet_from=time(21), quiet_until=time(6), disturb_from="")
    factories.make_contact(site, name="Bo", order=2)
    assert coverage_of(site, NOON).told_first == ("Ada",)
    assert coverage_of(site, NIGHT).told_first == ("Bo",)
    assert "no last responder" in coverage_of(site, NOON).problem
    factories.make_contact(None, name="Lee", is_last_responder=True)
    assert coverage_of(site, NOON).problem == ""
    Contact.objects.filter(site=site).update(broken_since=NOON)
    found = coverage_of(site, NOON)
    assert (found.told_first, found.problem) == ((), "only the last responder can be reached now")
    Channel.objects.create(contact=ada, kind="sms", address="+15055550101", floor="severe")
    assert coverage_of(site, NOON).told_first == ("Ada",)
    Channel.objects.update(broken_since=NOON)
    Contact.objects.update(broken_since=NOON)
    assert coverage_of(site, NOON).problem == "nobody can be reached now"
    assert [found.site_code for found in unreachable_sites()] == ["oak-high"] == [s.site_code for s in coverage_now()]
    assert len(broken_ways()) == 4


def test_nobody_is_on_duty_without_school_and_without_a_shift(site: Site):
    contact = factories.make_contact(site)
    monday = datetime(2026, 11, 23, 6, tzinfo=UTC)  # midnight in Chicago
    hours = [monday + timedelta(hours=number) for number in range(24)]
    assert [presence_at(site, hour).duty is Duty.NOBODY for hour in hours] == [True] * 8 + [False] * 8 + [True] * 8
    Shift.objects.create(contact=contact, starts_at=monday, ends_at=monday + timedelta(hours=8), time_zone="UTC")
    assert [presence_at(site, hour).duty is Duty.NOBODY for hour in hours] == [False] * 16 + [True] * 8


def test_the_check_finds_addresses_and_numbers_that_cannot_work_without_telling_anybody(
    site: Site, web: Web, mailbox: Mailbox
):
    web.answer = lambda call: (200, {}, json.dumps({"valid": "0102" not in call.path}).encode())
    mailbox.to_recipient["gone@oak.example"] = "550 no such person"
    mailbox.to_recipient["full@oak.example"] = "451 later"
    good = factories.make_contact(site, email=ADA)
    factories.make_contact(site, email="gone@oak.example", name="Gone")
    factories.make_contact(site, email="full@oak.example")
    for kind, address in [
        ("sms", "+15055550101"),
        ("voice", "+15055550102"),
        ("slack", web.url),
        ("teams", "http://x"),
    ]:
        Channel.objects.create(contact=good, kind=kind, address=address)
    tally = check_contacts()
    assert (tally.good, tally.broken, tally.unknown) == (3, 3, 1)
    assert {(way.contact, way.way) for way in broken_ways()} == {
        ("Gone", "email"), (good.name, "voice"), (good.name, "teams"),
    }  # fmt: skip
    assert mailbox.mails == []
    assert all(call.method == "GET" for call in web.calls)


def test_what_cannot_be_looked_at_now_stays_as_it_was(site: Site, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    contact = factories.make_contact(site)
    Channel.objects.create(contact=contact, kind="sms", address="+15055550101")
    Channel.objects.create(contact=contact, kind="webhook", address="https://hooks.invalid/x")
    assert check_contacts().unknown == 3
    assert broken_ways() == []


def bounce(message_id: str, address: str = ADA, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A report as a mail server writes it."""
    return (
        "From: MAILER-DAEMON@relay.example\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt came back.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: heed@localhost\r\nMessage-ID: {message_id}\r\nSubject: A case\r\n\r\n--b--\r\n"
    ).encode()


def test_a_mail_that_comes_back_marks_the_contact_and_brings_the_next_step_at_once(sent: Delivery):
    assert take_bounce(bounce(sent.message_id)) == 1
    sent.refresh_from_db()
    assert (sent.state, sent.last_error) == (DeliveryState.FAILED, "the mail came back: 5.1.1")
    assert AuditEvent.objects.get().tag == "alert:delivery:bounce"
    assert [way.way for way in broken_ways()] == ["email"]
    with clock.standing_at(NOON + timedelta(minutes=1)):
        assert prepare_deliveries() == 1
    assert take_bounce(bounce(sent.message_id)) == 0


def test_a_report_that_is_not_about_our_alert_changes_nothing(sent: Delivery):
    plain = EmailMessage()
    plain.set_content("Out of office until Monday")
    wrong = [
        bounce("<other@localhost>"),
        bounce(sent.message_id, address="bo@oak.example"),
        bounce(sent.message_id, action="delayed", status="4.4.1"),
        bounce(sent.message_id, status="4.2.2"),
        plain.as_bytes(),
        b"\xff\x00 no mail at all",
        b"",
        bounce(sent.message_id) + b"x" * 2_000_001,
    ]
    assert [take_bounce(raw) for raw in wrong] == [0] * len(wrong)
    sent.refresh_from_db()
    assert sent.state == DeliveryState.SENT


def test_the_command_takes_bounces_and_lists_who_can_be_reached(sent: Delivery, tmp_path, capsys):
    path = tmp_path / "bounce.eml"
    path.write_bytes(bounce(sent.message_id))
    assert run(Namespace(action="bounce", file=[str(path)])) == 0
    assert "1 deliveries came back" in capsys.readouterr().out
    assert run(Namespace(action="bounce", file=[str(tmp_path / "none.eml")])) == 1
    assert run(Namespace(action="list", file=[])) == 1
    out = capsys.readouterr().out
    assert "oak-high: told first now: Contact" in out
    assert "email: the mail came back: 5.1.1" in out


@pytest.mark.parametrize(
    ("status", "state", "is_broken"),
    [
        ("delivered", DeliveryState.SENT, False),
        ("completed", DeliveryState.SENT, False),
        ("sent", DeliveryState.SENT, False),
        ("undelivered", DeliveryState.FAILED, True),
        ("no-answer", DeliveryState.FAILED, False),
    ],
)
def test_a_text_or_call_that_reached_nobody_counts_as_failed(
    site: Site, web: Web, status: str, state: str, is_broken: bool
):
    def answer(call: Call):
        return 200, {}, json.dumps({"sid": "CA1", "status": status}).encode()

    web.answer = answer
    contact = factories.make_contact(site, email=ADA)
    Channel.objects.create(contact=contact, kind="voice", address="+15055550101", floor="imminent")
    make_case(site, Severity.IMMINENT)
    with clock.standing_at(NOON):
        prepare_deliveries()
        send_due()
        assert check_receipts() == 0
    with clock.standing_at(NOON + timedelta(minutes=1)):
        assert check_receipts() == (state == DeliveryState.FAILED)
        asked = len(web.calls)
        check_receipts()
    assert web.calls[-1].path.endswith("/Calls/CA1.json")
    assert (len(web.calls) > asked) is (status == "sent"), "what ended is not asked again"
    assert Delivery.objects.get(channel__isnull=False).state == state
    assert bool(broken_ways()) is is_broken


def test_receipts_that_cannot_be_asked_for_change_nothing(site: Site, web: Web, settings, caplog):
    contact = factories.make_contact(site, email=ADA)
    channel = Channel.objects.create(contact=contact, kind="sms", address="+15055550101")
    case = make_case(site)
    Delivery.objects.create(
        case=case, contact=contact, channel=channel, step=1, severity="severe", state=DeliveryState.SENT,
        message_id="m", created_at=NOON, not_before=NOON, sent_at=NOON, receipt="SM1",
    )  # fmt: skip
    web.say(500)
    with clock.standing_at(NOON + timedelta(minutes=2)), caplog.at_level(logging.WARNING):
        assert check_receipts() == 0
        settings.HEED_TWILIO_FROM = ""
        assert check_receipts() == 0
        settings.HEED_TWILIO_ACCOUNT = ""
        assert check_receipts() == 0
    assert caplog.text.count("cannot be looked up") == 2
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_it_is_told_once_a_day_what_it_must_mend(site: Site, mailbox: Mailbox):
    factories.make_district()
    factories.make_user("it@district.example", role=Role.IT)
    with clock.standing_at(NOON):
        CalendarFeed.objects.create(name="District", location="x", last_error="the server answered 500")
        assert tell_staff() == 2  # the calendar, and a school without contacts
        assert tell_staff() == 0
        contact = factories.make_contact(site, email=ADA, broken_since=NOON, broken_reason="550 no such person")
        assert tell_staff() == 1
    with clock.standing_at(NOON + timedelta(days=1)):
        Contact.objects.filter(pk=contact.pk).update(broken_since=None)
        assert tell_staff() == 1
    first, second, third = mailbox.read()
    assert first["To"] == "it@district.example"
    assert "the server answered 500" in first.get_content()
    assert "Oak High School: nobody would be told" in first.get_content()
    assert "550 no such person" in second.get_content()
    assert "District" in third.get_content()


def test_without_it_people_the_administrator_is_told_and_a_mail_that_fails_is_tried_again(
    site: Site, mailbox: Mailbox, caplog
):
    factories.make_district()
    mailbox.to_sender = "451 later"
    assert tell_staff() == 0
    mailbox.to_sender = ""
    assert tell_staff() == 1
    assert mailbox.read()[0]["To"] == "admin@district.example"
