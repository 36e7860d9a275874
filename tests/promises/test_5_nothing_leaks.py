"""Alerts carry no name, no excerpt and no capability; every look at content is on the audit chain, with a reason."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from monitor.accounts.models import Role
from monitor.audit.models import AuditEvent
from monitor.commands.run_through import run_through
from monitor.roster.models import MonitoredAccount
from monitor.roster.people import add_user
from monitor.triage.models import Case
from tests.fakes.texts import SIGNS

PASSWORD = "correct horse battery"


@pytest.fixture
def alerted(watched, mailbox):
    """A district in which one mail was flagged and the contacts were told."""
    run_through()
    watched.control.mail("stranger@elsewhere.example", watched.addresses[0], "About you", SIGNS["bullying"])
    run_through()
    assert mailbox.mails
    return watched, mailbox


def test_an_alert_mail_carries_no_name_no_address_and_no_word_of_the_text(alerted):
    _, mailbox = alerted
    account = Case.objects.get().account
    secrets = [account.full_name, *account.full_name.split(), account.address, "stranger", "About you"]
    secrets += re.findall(r"\w{5,}", SIGNS["bullying"])
    for raw, mail in zip(mailbox.mails, mailbox.read(), strict=True):
        readable = raw.decode() + "".join(
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        )
        assert not [secret for secret in secrets if secret.lower() in readable.lower()]


def test_the_link_in_an_alert_opens_nothing_without_sign_in_and_nothing_for_a_stranger(alerted, client):
    case = Case.objects.get()
    path = reverse("console:case", args=[case.public_id])
    assert client.get(path).status_code == 302
    other = "maple-middle" if case.site.code == "oak-high" else "oak-high"
    stranger = add_user("cy@x.example", "Cy", Role.SITE_ADMINISTRATOR, [other], PASSWORD)
    client.force_login(stranger)
    assert client.get(path).status_code == 404


def test_every_look_is_on_the_chain_with_its_reason_before_a_word_is_shown(alerted):
    case = Case.objects.get()
    add_user("ada@x.example", "Ada", Role.SITE_ADMINISTRATOR, [case.site.code], PASSWORD)
    client = Client()
    assert client.login(username="ada@x.example", password=PASSWORD)
    path = reverse("console:case", args=[case.public_id])
    veiled = client.get(path).content.decode()
    assert "pathetic" not in veiled
    assert case.account.full_name not in veiled
    assert not AuditEvent.objects.filter(tag="content:finding:view").exists()
    shown = client.post(f"{path}look/", {"reason": "triage"}, follow=True).content.decode()
    assert "pathetic" in shown
    event = AuditEvent.objects.get(tag="content:finding:view")
    assert event.detail["reason"] == "triage"
    assert event.subject == case.public_id
    assert event.actor.startswith("user:")


def test_it_staff_see_no_case_and_no_name(alerted):
    case = Case.objects.get()
    ingrid = add_user("ingrid@x.example", "Ingrid", Role.IT, [], PASSWORD)
    client = Client()
    client.force_login(ingrid)
    assert client.get(reverse("console:case", args=[case.public_id])).status_code in {403, 404}
    health = client.get(reverse("console:health")).content.decode()
    for account in MonitoredAccount.objects.all():
        assert account.full_name not in health
        assert account.address not in health
