"""The worker reads the mailbox of returned mail: late bounces bring the next step, and a mailbox in trouble is seen."""

from argparse import Namespace
from datetime import timedelta

import pytest

from monitor.accounts.models import Role
from monitor.alerts.bounces import QUIET_FOR, mend, take_report
from monitor.alerts.coverage import broken_ways
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState, ReturnMailbox
from monitor.alerts.notices import tell_staff
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.returns import ReturnTally, read_returns
from monitor.alerts.send import send_due
from monitor.audit.models import AuditEvent
from monitor.commands.contacts import run
from monitor.console.figures import gather
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.lib.owner import new_owner
from monitor.roster.models import Site
from tests.fakes.imap import Imap, imap_server, letter
from tests.fakes.web import Web, web_server
from tests.rooms import factories
from tests.rooms.alerts.conftest import ADA, NOON, Mailbox, make_case
from tests.rooms.alerts.test_reach import bounce


@pytest.fixture
def imap(settings):
    with imap_server() as server:
        settings.HEED_IMAP_HOST, settings.HEED_IMAP_PORT = "127.0.0.1", server.port
        settings.HEED_IMAP_ENCRYPTION, settings.HEED_IMAP_SECONDS = "none", 5
        settings.HEED_IMAP_USER, settings.HEED_IMAP_PASSWORD = server.user, server.password
        yield server


def read_at(minutes: float) -> ReturnTally:
    with clock.standing_at(NOON + timedelta(minutes=minutes)):
        return read_returns()


def test_a_mail_that_comes_back_minutes_later_brings_the_next_contact_without_waiting(
    sent: Delivery, imap: Imap, mailbox: Mailbox
):
    assert mailbox.read()[0]["Heed-Alert"] == sent.message_id
    imap.put(letter("ada@oak.example", "away", "back on Monday"), NOON)
    imap.put(bounce(sent.message_id), NOON)
    assert read_at(2) == ReturnTally(ended=1)
    with clock.standing_at(NOON + timedelta(minutes=2, seconds=10)):
        assert prepare_deliveries() == 1
        assert send_due().sent == 1
    assert mailbox.read()[-1]["To"] == "bo@oak.example"
    assert read_at(4) == ReturnTally()
    row = ReturnMailbox.objects.get()
    assert (row.ended, row.last_uid, row.lease_owner, row.failing_since) == (1, 2, "", None)


def test_a_report_without_our_message_id_is_known_by_our_own_mark(sent: Delivery, imap: Imap):
    raw = bounce("<0100018@mail.provider.example>").replace(
        b"Subject: A case", b"Heed-Alert: " + sent.message_id.encode() + b"\r\nSubject: A case"
    )
    imap.put(raw, NOON)
    assert read_at(2).ended == 1


def test_delay_is_noted_and_changes_nothing_else(sent: Delivery, imap: Imap):
    imap.put(bounce(sent.message_id, action="delayed", status="4.4.1"), NOON)
    imap.put(bounce("<other@elsewhere.example>"), NOON)
    assert read_at(2) == ReturnTally(noted=1, unknown=1)
    sent.refresh_from_db()
    assert (sent.state, sent.last_error) == (DeliveryState.SENT, "the mail is late: 4.4.1")
    assert broken_ways() == []
    assert not AuditEvent.objects.exists()


def test_a_digest_that_comes_back_fails_for_each_of_its_cases(site: Site, mailbox: Mailbox, imap: Imap):
    factories.make_contact(site, email=ADA)
    morning = NOON + timedelta(hours=1, minutes=40)
    with clock.standing_at(morning):
        for _ in range(3):
            make_case(site, Severity.CONCERN, morning)
            prepare_deliveries()
    with clock.standing_at(morning + timedelta(hours=5)):
        send_due()
    digest = next(mail for mail in mailbox.read() if mail["Subject"] == "2 cases need you today")
    imap.put(bounce(digest["Message-ID"]), morning)
    assert read_at(500).ended == 2
    assert Delivery.objects.filter(state=DeliveryState.FAILED).exclude(batch="").count() == 2


def test_an_address_that_bounced_stays_marked_though_the_server_takes_its_mail(sent: Delivery, site: Site, imap: Imap):
    elm = factories.make_contact(factories.make_site("elm-high"), email=ADA)
    imap.put(bounce(sent.message_id), NOON)
    read_at(2)
    assert {way.site_code for way in broken_ways()} == {"oak-high", "elm-high"}, "it is the address that fails"
    make_case(elm.site, Severity.SEVERE)
    with clock.standing_at(NOON + timedelta(minutes=3)):
        prepare_deliveries()
        assert send_due().sent >= 1, "with no other way it is tried all the same"
    assert len(broken_ways()) == 2
    with clock.standing_at(NOON + QUIET_FOR - timedelta(hours=1)):
        read_returns()
        assert len(broken_ways()) == 2
    with clock.standing_at(NOON + QUIET_FOR + timedelta(hours=1)):
        read_returns()
    assert broken_ways() == [], "a later mail did not come back for days"


def test_with_another_way_the_broken_one_is_left_out_until_somebody_mends_it(sent: Delivery, imap: Imap, capsys):
    Channel.objects.create(contact=sent.contact, kind="sms", address="+15055550101", floor="severe")
    imap.put(bounce(sent.message_id), NOON)
    read_at(2)
    assert run(Namespace(action="mend", file=[])) == 1
    assert run(Namespace(action="mend", file=["nobody@oak.example"])) == 1
    assert run(Namespace(action="mend", file=[ADA.upper()])) == 0
    assert "1 contacts are told by it again" in capsys.readouterr().out
    assert (broken_ways(), mend(ADA)) == ([], 0)
    assert AuditEvent.objects.latest("id").tag == "alert:contact:mend"


def test_a_mailbox_that_cannot_be_read_is_seen_and_goes_on_where_it_was(
    sent: Delivery, imap: Imap, mailbox: Mailbox, settings, capsys
):
    district = factories.make_district()
    person = factories.make_user("it@district.example", role=Role.IT)
    read_at(1)
    imap.fault = "no sign-in"
    imap.put(bounce(sent.message_id), NOON)
    assert read_at(3) == ReturnTally()
    assert run(Namespace(action="returns", file=[])) == 1
    assert "refuses the sign-in" in capsys.readouterr().err
    row = ReturnMailbox.objects.get()
    assert row.failing_since is not None
    ReturnMailbox.objects.update(failing_since=NOON)
    with clock.standing_at(NOON + timedelta(minutes=31)):
        figures = gather(person, clock.now())
        assert (figures.needs_somebody, figures.returns) == (True, ReturnMailbox.objects.get())
        tell_staff()
    assert "Mails that come back are not seen since" in mailbox.read()[-1].get_content()
    imap.fault = ""
    assert read_at(40).ended == 1
    assert ReturnMailbox.objects.get().last_error == ""
    assert [way.contact for way in gather(person, clock.now()).broken] == [sent.contact.name]
    settings.HEED_IMAP_HOST = ""
    assert read_at(41) == ReturnTally()
    assert run(Namespace(action="returns", file=[])) == 1
    assert district.name


def test_another_worker_that_reads_is_left_alone_and_a_dead_one_is_not_waited_for(sent: Delivery, imap: Imap):
    read_at(1)
    imap.put(bounce(sent.message_id), NOON)
    until = NOON + timedelta(hours=1)
    ReturnMailbox.objects.update(lease_owner="elsewhere/1/1/x", leased_until=until)
    assert read_at(2) == ReturnTally()
    host, _, started, token = new_owner().split("/")
    ReturnMailbox.objects.update(lease_owner=f"{host}/999999999/{started}/{token}")
    assert read_at(2).ended == 1


def test_whatever_lies_in_the_mailbox_reading_goes_on(sent: Delivery, imap: Imap):
    deep = b"From: MAILER-DAEMON@x.example\r\n" + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 900
    for raw in (deep, b"From: postmaster@x.example\r\n\r\n" + b"\x00\xff" * 500, bounce(sent.message_id)):
        imap.put(raw, NOON)
    assert read_at(2).ended == 1
    assert take_report(b"x" * 2_000_001).is_unreadable
    assert Contact.objects.exclude(bounced_at=None).count() == 1


@pytest.fixture
def tokens(imap: Imap, settings):
    """A mailbox that takes no password, and the server that gives tokens for it."""
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with web_server() as web:
        imap.token = "a-token-of-now"
        web.say(200, b'{"token_type": "Bearer", "expires_in": 3599, "access_token": "a-token-of-now"}')
        settings.HEED_IMAP_TOKEN_URL = f"{web.url}/tenant/oauth2/v2.0/token"
        settings.HEED_IMAP_CLIENT_ID, settings.HEED_IMAP_CLIENT_SECRET = "heed", "s3cret"
        yield web


def test_a_mailbox_that_takes_no_password_is_read_with_a_token(sent: Delivery, imap: Imap, tokens: Web):
    imap.put(bounce(sent.message_id), NOON)
    assert read_at(2) == ReturnTally(ended=1)
    assert tokens.calls[0].form == {
        "grant_type": "client_credentials", "client_id": "heed", "client_secret": "s3cret",
        "scope": "https://outlook.office365.com/.default",
    }  # fmt: skip
    assert not [said for said in imap.said if said.startswith("LOGIN")]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b'{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid\\r\\nclient secret."}',
         "no sign-in token: the server answered 401 AADSTS7000215: Invalid client secret."),
        (200, b"<html>", "no sign-in token: the server answered 200"),
        (200, b'{"access_token": "an old one"}', "refuses the sign-in of heed@district.example: AUTHENTICATE failed."),
    ],
)  # fmt: skip
def test_a_token_that_is_refused_is_seen_without_the_secret(sent, imap, tokens: Web, status, body, words):
    tokens.say(status, body)
    read_at(2)
    row = ReturnMailbox.objects.get()
    assert words in row.last_error
    assert "s3cret" not in row.last_error
    assert row.failing_since is not None
