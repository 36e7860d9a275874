"""Alerts over a real SMTP server: taken, refused, postponed, and sent again after a crash under the same id."""

import logging
import socket
from datetime import timedelta

import pytest

from monitor.alerts import send
from monitor.alerts.compose import compose, message_id
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import SendTally, send_due
from monitor.alerts.subjects import Subject
from monitor.alerts.transports.email import transport as email
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.lib.owner import new_owner
from monitor.roster.models import Site
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Outcome
from tests.rooms import factories
from tests.rooms.alerts.conftest import NOON, Mailbox, make_case
from tests.rooms.workers import together

CONTACT = "ada@oak.example"


@pytest.fixture
def case(site: Site) -> Case:
    """A case with one delivery that is due at noon."""
    factories.make_contact(site, email=CONTACT)
    case = make_case(site)
    with clock.standing_at(NOON):
        prepare_deliveries()
    return case


def send_at(minutes: float) -> SendTally:
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        return send_due()


def test_an_alert_arrives_and_is_recorded(case: Case, mailbox: Mailbox, settings):
    assert send_at(1) == SendTally(sent=1)
    (mail,) = mailbox.read()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.lease_owner) == (DeliveryState.SENT, 1, "")
    assert mail["To"] == CONTACT
    assert mail["Subject"] == "A case at Oak High School needs you (severe)"
    assert mail["Message-ID"] == delivery.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    link = f"{settings.HEED_CONSOLE_URL}/cases/{case.public_id}/"
    assert link in mail.get_body(("plain",)).get_content()
    assert f'href="{link}"' in mail.get_body(("html",)).get_content()
    assert send_at(2) == SendTally()
    assert len(mailbox.mails) == 1


def test_nothing_personal_is_in_the_mail(case: Case, mailbox: Mailbox):
    send_at(1)
    (raw,) = mailbox.mails
    (mail,) = mailbox.read()
    said = raw.decode() + "".join(part.get_content() for part in mail.iter_parts()) + mail["Subject"]
    said = said.lower()
    account = case.account
    private = [*account.full_name.split(), account.address, account.reference, account.google_id]
    private += [word for word in factories.EXCERPT.strip(".").split() if len(word) > 5] + factories.TITLE.split()[:1]
    private += ["bullying", "harm", "violence", "grooming", "student", factories.STUDENT_ADDRESS]
    assert not [word for word in private if word.lower() in said]


def test_the_mails_of_one_case_are_one_conversation(site: Site, mailbox: Mailbox):
    factories.make_contact(site, email=CONTACT)
    factories.make_contact(site, email="bo@oak.example", order=2)
    make_case(site, Severity.IMMINENT), make_case(site, Severity.SEVERE)
    for minutes in (0, 11):
        with clock.standing_at(NOON + timedelta(minutes=minutes)):
            prepare_deliveries()
        send_at(minutes + 1)
    mails = mailbox.read()
    assert len({mail["Message-ID"] for mail in mails}) == 3
    assert len({mail["References"] for mail in mails}) == 2
    assert all(mail["References"] == mail["In-Reply-To"] for mail in mails)
    assert "nobody who was told before" in mails[-1].get_body(("plain",)).get_content()


def test_an_alert_composed_twice_is_the_same_alert(case: Case):
    delivery = Delivery.objects.select_related("case__site", "contact").get()
    contact_id, severity = delivery.contact_id, Severity(delivery.severity)
    assert compose([delivery]) == compose([delivery])
    subject = Subject(case, None, severity)
    assert message_id(subject, contact_id=contact_id, channel=None, step=1) == delivery.message_id


def test_a_site_with_an_awkward_name_is_written_safely(case: Case, mailbox: Mailbox):
    Site.objects.update(name="Ærø <Nord>\r\nBcc: x@example.org")
    send_at(1)
    (mail,) = mailbox.read()
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("A case at Ærø <Nord> Bcc: x@example.org needs you")
    assert "Ærø &lt;Nord&gt; Bcc" in mail.get_body(("html",)).get_content()


def test_a_refused_recipient_fails_for_good_visibly(case: Case, mailbox: Mailbox, caplog: pytest.LogCaptureFixture):
    mailbox.to_recipient[CONTACT] = "550 no such person"
    assert send_at(1) == SendTally(failed=1)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.FAILED, 1)
    assert "550 no such person" in delivery.last_error
    event = AuditEvent.objects.get()
    assert (event.tag, event.subject, event.site_code) == (Tag.ALERT_FAILED, case.public_id, "oak-high")
    assert event.detail == {"delivery": delivery.pk, "contact": delivery.contact_id, "step": 1, "attempts": 1}
    assert CONTACT not in caplog.text
    assert send_at(60) == SendTally()


@pytest.mark.parametrize(
    ("answers", "words", "is_permanent"),
    [
        ({"to_recipient": {CONTACT: "451 try later"}}, "451 try later", False),
        ({"to_data": "554 not this mail"}, "554 not this mail", True),
        ({"to_data": "452 disk full"}, "452 disk full", False),
        ({"to_sender": "553 who are you"}, "check HEED_MAIL_FROM", False),
        ({"to_data": "421 closing"}, "421 closing", False),
    ],
)
def test_what_the_server_answers_decides_whether_to_try_again(
    case: Case, mailbox: Mailbox, answers: dict, words: str, is_permanent: bool
):
    for name, answer in answers.items():
        setattr(mailbox, name, answer)
    assert send_at(1) == (SendTally(failed=1) if is_permanent else SendTally(postponed=1))
    assert words in Delivery.objects.get().last_error
    assert mailbox.mails == []


def test_a_refused_sign_in_is_tried_again_and_says_what_to_check(case: Case, mailbox: Mailbox, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "heed", "wrong"
    assert send_at(1) == SendTally(postponed=1)
    assert "HEED_SMTP_PASSWORD" in Delivery.objects.get().last_error


def test_a_server_that_is_away_or_deaf_postpones(case: Case, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.2
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.EMAIL_PORT = deaf.getsockname()[1]
        assert send_at(1) == SendTally(postponed=1)
    assert send_at(3) == SendTally(postponed=1)
    assert "cannot be reached" in Delivery.objects.get().last_error


def test_waits_grow_to_half_an_hour_and_then_it_is_given_up(case: Case, mailbox: Mailbox):
    mailbox.to_recipient[CONTACT] = "451 try later"
    minute, waits = 1.0, []
    for _ in range(7):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            assert send_due() == SendTally(postponed=1)
            assert send_due() == SendTally()
        wait = Delivery.objects.get().not_before - NOON - timedelta(minutes=minute)
        waits.append(round(wait.total_seconds() / 60))
        minute += waits[-1] + 0.5
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert send_at(minute) == SendTally(failed=1)
    assert Delivery.objects.get().attempts == 8  # give_up_after_attempts in config/policy.toml
    assert AuditEvent.objects.get().tag == Tag.ALERT_FAILED


@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("what", ["decided", "claimed", "claim ran out"])
def test_an_escalation_is_not_sent_when_somebody_has_the_case(case: Case, mailbox: Mailbox, what: str, step: int):
    Delivery.objects.update(step=step)
    person = factories.make_user("", case.site)
    with clock.standing_at(NOON - timedelta(minutes=40 if what == "claim ran out" else 1)):
        if what == "decided":
            do_decide_case(case, actor=person, outcome=Outcome.SUPPORT, reason="Spoke with the student.")
        else:
            do_claim_case(case, actor=person)
    is_sent = step == 1 or what == "claim ran out"
    assert send_at(1) == (SendTally(sent=1) if is_sent else SendTally(not_needed=1))
    assert len(mailbox.mails) == is_sent


def test_somebody_who_is_no_contact_any_more_gets_no_mail(case: Case, mailbox: Mailbox):
    Contact.objects.update(is_active=False)
    assert send_at(1) == SendTally(failed=1)
    assert mailbox.mails == []


class Killed(BaseException):
    """The worker's process ends here."""


def test_a_worker_that_dies_after_sending_sends_again_under_the_same_id(
    case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    def die(*_: object, **__: object) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(send, "_settle", die)
        with pytest.raises(Killed):
            send_at(1)
    assert send_at(2) == SendTally(), "the lease still runs"
    assert send_at(7) == SendTally(sent=1)
    first, second = mailbox.read()
    assert first["Message-ID"] == second["Message-ID"]
    assert Delivery.objects.get().attempts == 2


def test_a_worker_that_dies_before_sending_loses_nothing(case: Case, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch):
    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(email, "send", die)
        with pytest.raises(Killed):
            send_at(1)
    assert send_at(7) == SendTally(sent=1)


def test_a_row_that_kills_every_worker_is_given_up(case: Case, mailbox: Mailbox):
    Delivery.objects.update(attempts=8)
    assert send_at(1) == SendTally(failed=1)
    assert mailbox.mails == []


def test_the_lease_of_a_dead_process_is_freed_at_once(case: Case, mailbox: Mailbox):
    host, _, started, token = new_owner().split("/")
    until = NOON + timedelta(hours=1)
    Delivery.objects.update(lease_owner=f"{host}/999999999/{started}/{token}", leased_until=until)
    assert send_at(1) == SendTally(sent=1)


def test_an_unexpected_error_holds_up_only_its_own_row(
    case: Case, site: Site, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    factories.make_contact(site, email="bo@oak.example")
    make_case(site)
    with clock.standing_at(NOON):
        prepare_deliveries()
    real = email.send

    def stumble(message: object) -> None:
        if case.public_id in message.text:
            raise LookupError(message.subject)
        return real(message)

    monkeypatch.setattr(email, "send", stumble)
    assert send_at(1) == SendTally(sent=2, postponed=1)
    assert Delivery.objects.get(case=case).last_error.startswith("unexpected: LookupError")


def test_the_most_urgent_case_is_told_first(site: Site, mailbox: Mailbox):
    factories.make_contact(site, email=CONTACT)
    for severity in (Severity.CONCERN, Severity.IMMINENT, Severity.SEVERE):
        make_case(site, severity)
    with clock.standing_at(NOON):
        prepare_deliveries()
    with clock.standing_at(NOON + timedelta(minutes=1)):
        assert send_due(limit=2) == SendTally(sent=2)
    assert [mail["Subject"].rpartition("(")[2] for mail in mailbox.read()] == ["imminent)", "severe)"]


def test_workers_at_once_send_each_alert_once(shared_database: None, mailbox: Mailbox):
    site = factories.make_site("oak-high")
    factories.make_contact(site, email=CONTACT)
    for _ in range(12):
        make_case(site)
    with clock.standing_at(NOON):
        prepare_deliveries()
        tallies = together(*[send_due] * 4)
    assert sum(tally.sent for tally in tallies) == len(mailbox.mails) == 12
    assert len({mail["Message-ID"] for mail in mailbox.read()}) == 12


def test_a_lost_lease_is_left_to_its_new_holder(case: Case, caplog: pytest.LogCaptureFixture):
    delivery = Delivery.objects.select_related("case__site", "contact").get()
    delivery.lease_owner = "somebody who was too slow"
    Delivery.objects.update(lease_owner="the new holder")
    with caplog.at_level(logging.WARNING):
        send._settle(delivery, DeliveryState.SENT)
    assert Delivery.objects.get().state == DeliveryState.PENDING
    assert "taken over" in caplog.text


def test_a_case_that_grew_more_urgent_says_so_in_a_second_mail(case: Case, mailbox: Mailbox):
    send_at(1)
    with clock.standing_at(NOON + timedelta(minutes=2)):
        factories.make_finding(case.account, severity=Severity.IMMINENT)
        group_findings()
        prepare_deliveries()
    send_at(3)
    assert [mail["Subject"].rpartition("(")[2] for mail in mailbox.read()] == ["severe)", "imminent)"]
