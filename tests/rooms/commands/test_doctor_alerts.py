"""The doctor on who is told and by what: addresses, quiet hours, Twilio, tip lines, secrets, returned mail."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time

import pytest

from monitor.accounts.models import Role
from monitor.alerts.models import Channel, Contact
from monitor.commands import doctor_alerts as doctor
from monitor.lib import clock
from monitor.lib.checks import Check
from monitor.roster.models import Site
from monitor.tips.models import TipLine
from tests.fakes.imap import imap_server
from tests.fakes.web import web_server
from tests.rooms import factories

LINE = "+15055550100"


@pytest.fixture
def site(db) -> Site:
    return factories.make_site("oak-high")


def bad(check: Callable[[], Iterator[Check]]) -> list[str]:
    """What is not good; each must say what to do."""
    found = [row for row in check() if not row.is_good]
    assert all(row.remedy for row in found)
    return [f"{row.name}: {row.finding}" for row in found]


def channel(site: Site, kind: str, address: str) -> None:
    contact = factories.make_contact(site, name="Ada")
    Channel.objects.create(contact=contact, kind=kind, address=address)


def test_addresses_and_numbers_of_the_wrong_form(site: Site):
    assert list(doctor.check_contacts()) == []
    factories.make_contact(site)
    assert bad(doctor.check_contacts) == []
    channel(site, "sms", "505 555 0101")
    factories.make_contact(None, email="nobody at all", name="Lee")
    found = sorted(bad(doctor.check_contacts))
    assert len(found) == 2
    assert found[0].startswith("contact Ada: sms of oak-high is not a phone number")
    assert found[1].startswith("contact Lee: email of the district is not an e-mail address")


def test_quiet_hours_that_leave_nobody(site: Site):
    quiet = {"quiet_from": time(21), "quiet_until": time(6), "disturb_from": "imminent"}
    night = factories.make_contact(site, name="Ada", **quiet)
    with clock.standing_at(datetime(2026, 11, 24, 12, tzinfo=UTC)):  # no clock is changed in the week after
        (found,) = bad(doctor.check_quiet_hours)
    assert found.startswith("quiet hours oak-high: in 63 of the next 168 hours everybody has quiet hours")
    last = factories.make_contact(None, name="Lee", is_last_responder=True)
    (check,) = doctor.check_quiet_hours()
    assert check.is_good
    assert "go to the last responder" in check.finding
    last.delete()
    other = factories.make_contact(site, name="Bo", order=2, quiet_from=time(6), quiet_until=time(20), disturb_from="")
    assert bad(doctor.check_quiet_hours) == []
    Contact.objects.filter(pk=other.pk).update(quiet_days=list(range(7)))
    Contact.objects.filter(pk=night.pk).update(quiet_from=None, quiet_until=None)
    assert bad(doctor.check_quiet_hours) == ["contact Bo: is quiet on all seven days and so is never told"]


def test_twilio_is_asked_only_where_it_is_used(site: Site, twilio, settings):
    assert list(doctor.check_twilio()) == []
    channel(site, "voice", "+15055550101")
    assert bad(doctor.check_twilio) == []
    twilio.account["status"] = "suspended"
    assert bad(doctor.check_twilio) == ["twilio: the account is suspended"]
    twilio.account |= {"status": "active", "type": "Trial"}
    assert "verified" in bad(doctor.check_twilio)[0]
    settings.HEED_TWILIO_FROM = "MG99"
    assert "cannot call" in bad(doctor.check_twilio)[0]
    twilio.web.say(401, b'{"code": 20003}')
    assert "check HEED_TWILIO_ACCOUNT" in bad(doctor.check_twilio)[-1]
    settings.HEED_TWILIO_FROM = ""
    assert bad(doctor.check_twilio) == ["twilio: texts or calls are to be sent, but it is not set up"]


def test_a_tip_line_must_be_the_account_s_and_bring_its_texts_here(site: Site, twilio, settings):
    settings.HEED_TWILIO_FROM, settings.HEED_TIPS_SMS_URL = "", "https://heed.district.example/report/sms/"
    TipLine.objects.create(number=LINE, site=site)
    assert bad(doctor.check_twilio) == [f"tip line {LINE}: the account has no such number"]
    row = {
        "phone_number": LINE,
        "sms_url": "https://demo.example/x",
        "sms_method": "POST",
        "capabilities": {"sms": True},
    }
    twilio.lines.append(row)
    assert "calls demo.example, not https://heed" in bad(doctor.check_twilio)[0]
    row["sms_url"] = ""
    assert "calls nobody" in bad(doctor.check_twilio)[0]
    row |= {"sms_url": settings.HEED_TIPS_SMS_URL, "sms_method": "GET"}
    assert "GET" in bad(doctor.check_twilio)[0]
    row["sms_method"] = "POST"
    assert bad(doctor.check_twilio) == []
    row["capabilities"] = {"sms": False}
    assert "cannot take texts" in bad(doctor.check_twilio)[0]


def test_the_address_that_twilio_calls(site: Site, settings):
    assert list(doctor.check_tips()) == []
    TipLine.objects.create(number=LINE, site=site)
    settings.HEED_TWILIO_TOKEN, settings.HEED_TIPS_SMS_URL = "", "http://127.0.0.1:8000/report/sms/"
    signature, address = bad(doctor.check_tips)
    assert "every text message of a reporter is refused" in signature
    assert "none that Twilio can call" in address
    settings.HEED_TWILIO_TOKEN = "token"
    settings.HEED_TIPS_SMS_URL = "https://heed.invalid/report/sms/"
    assert "not known to the name server" in bad(doctor.check_tips)[0]


def test_the_address_is_known_by_its_refusal_of_get(settings):
    settings.HEED_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with web_server() as web:
        web.say(405)
        assert doctor._address_check(f"{web.url}/report/sms/", "127.0.0.1").is_good
        web.say(404)
        assert "answers 404" in doctor._address_check(f"{web.url}/report/sms/", "127.0.0.1").finding
    assert [call.method for call in web.calls] == ["GET", "GET"]


def test_secrets_of_webhooks(site: Site, settings):
    settings.HEED_WEBHOOK_SECRET = settings.HEED_HANDOVER_WEBHOOK_SECRET = settings.HEED_HANDOVER_WEBHOOK_URL = ""
    assert list(doctor.check_webhooks()) == []
    channel(site, "webhook", "https://hooks.example/x")
    assert bad(doctor.check_webhooks) == ["webhook secret: HEED_WEBHOOK_SECRET is not set, so nothing is sent"]
    settings.HEED_WEBHOOK_SECRET = "short"
    assert "has only 5 characters" in bad(doctor.check_webhooks)[0]
    settings.HEED_WEBHOOK_SECRET = "long enough to be worth something"
    assert bad(doctor.check_webhooks) == []
    settings.HEED_HANDOVER_WEBHOOK_URL = "https://10.0.0.7/hook"
    secret, address = bad(doctor.check_webhooks)
    assert secret.startswith("hand-over secret: HEED_HANDOVER_WEBHOOK_SECRET is not set")
    assert "inside a private network" in address


def test_the_mailbox_of_returned_mail(db, settings):
    settings.HEED_IMAP_HOST, settings.HEED_MAIL_FOLDER = "", ""
    (check,) = doctor.check_returns()
    assert check.is_good
    assert "a late bounce is not seen" in check.finding
    with imap_server() as imap:
        settings.HEED_IMAP_HOST, settings.HEED_IMAP_PORT, settings.HEED_IMAP_ENCRYPTION = "127.0.0.1", imap.port, "none"
        settings.HEED_IMAP_USER, settings.HEED_IMAP_PASSWORD = imap.user, "wrong"
        assert "refuses the sign-in" in bad(doctor.check_returns)[0]
        settings.HEED_IMAP_PASSWORD = imap.password
        assert bad(doctor.check_returns) == []
        imap.put(b"Subject: x\r\n\r\n")
        assert "1 mails lie there" in next(doctor.check_returns()).finding


def test_without_a_safety_lead_nobody_could_read_a_tip_about_staff(db):
    def found() -> list[tuple[bool, str]]:
        return [(check.is_good, check.finding.partition(" ")[0]) for check in doctor.check_staff_matters()]

    assert found() == [(True, "nobody")]  # nobody reads cases yet
    factories.make_user("", factories.make_site())
    assert found() == [(False, "nobody")]
    factories.make_user("", role=Role.SAFETY_LEAD)
    assert found() == [(True, "one")]
    factories.make_user("", role=Role.SAFETY_LEAD)
    assert found() == []
