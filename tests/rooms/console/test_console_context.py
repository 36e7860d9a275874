"""The text around a finding: live from a simulated Workspace, under the reason given, never for a sleeping school."""

from datetime import timedelta
from html import unescape

import pytest
from django.apps import apps
from django.test import Client

from monitor.audit.models import AuditEvent
from monitor.commands.run_through import run_through
from monitor.lib import clock
from monitor.roster.models import District, Site
from monitor.triage.models import Case
from tests.fakes.texts import SIGNS
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.factories import make_user

REST = "The zebra quilt hangs beside the northern door of the gym."


@pytest.fixture
def found(watched, mailbox):
    """A flagged mail, the person who has unveiled it, and where its context is asked."""
    run_through()
    words = f"{SIGNS['bullying']}\n\n{'The bus leaves at eight. ' * 60}\n\n{REST}"
    watched.control.mail("stranger@elsewhere.example", watched.addresses[0], "About you", words)
    run_through()
    case = Case.objects.get()
    client = signed_in(make_user("ada@x.example", *Site.objects.all(), name="Ada"))
    client.post(address(case, "look"), {"reason": "second_look"})
    public_id = case.case_findings.values_list("finding__public_id", flat=True)[0]
    return watched, case, client, f"/cases/{case.public_id}/context/{public_id}/"


def everything_kept() -> str:
    return "".join(str(list(model.objects.values())) for model in apps.get_models())


def test_the_whole_text_is_shown_recorded_and_kept_nowhere(found):
    _, case, client, where = found
    assert REST not in unescape(client.get(address(case)).content.decode())
    answer = client.post(where)
    assert REST in unescape(answer.content.decode())
    assert answer["Cache-Control"] == "no-store"
    event = AuditEvent.objects.get(tag="content:context:view")
    assert (event.subject, event.detail["reason"]) == (case.public_id, "second_look")
    assert "zebra" not in everything_kept()
    assert "Ada read the text around a finding" in unescape(client.get(address(case)).content.decode())


def test_for_a_sleeping_school_google_is_not_asked(found):
    watched, _, client, where = found
    now = clock.now()
    watched.put_to_sleep(now - timedelta(minutes=1), now + timedelta(days=1))
    before = len(watched.content_calls())
    answer = client.post(where, follow=True)
    assert "This school is asleep" in unescape(answer.content.decode())
    assert REST not in answer.content.decode()
    assert len(watched.content_calls()) == before


def test_without_a_reason_or_as_a_stranger_nothing_is_fetched(found):
    watched, case, client, where = found
    before = len(watched.content_calls())
    client.post(address(case, "look"), {"veil": "yes"})
    assert client.post(where)["Location"] == address(case)
    assert client.get(where).status_code == 405
    assert signed_in(make_user("cy@x.example")).post(where).status_code == 404
    assert Client().post(where).status_code == 302
    assert len(watched.content_calls()) == before
    assert not AuditEvent.objects.filter(tag="content:context:view").exists()


def test_a_finding_of_another_case_is_not_shown(found):
    _, case, client, _ = found
    answer = client.post(f"/cases/{case.public_id}/context/0123456789abcdef/")
    assert answer["Location"] == address(case)


def test_what_was_deleted_meanwhile_is_said(found):
    _, case, client, where = found
    item = case.case_findings.get().finding.scoring.item
    type(item).objects.filter(pk=item.pk).update(item_key="ffff0000ffff")
    assert "no longer there" in unescape(client.post(where, follow=True).content.decode())


def test_a_conversation_is_shown_with_who_speaks_before_and_after(watched, mailbox):
    District.objects.update(reading={"chat": True})
    run_through()
    one, two = watched.addresses[:2]
    space = watched.control.do("space", kind="GROUP_CHAT", members=[one, two])["id"]
    for sender, text in ((two, "Are you there?"), (one, SIGNS["bullying"]), (two, "The zebra quilt is yours.")):
        watched.control.do("say", space=space, sender=sender, text=text)
    run_through()
    case = Case.objects.get()
    client = signed_in(make_user("ada@x.example", *Site.objects.all(), name="Ada"))
    client.post(address(case, "look"), {"reason": "second_look"})
    public_id = case.case_findings.values_list("finding__public_id", flat=True)[0]
    page = unescape(client.post(f"/cases/{case.public_id}/context/{public_id}/").content.decode())
    for words in ("Are you there?", "The zebra quilt is yours.", "This student, the message that was flagged"):
        assert words in page
    assert page.count("Another student") == 2
    assert "zebra" not in everything_kept()
    watched.control.do("change_message", space=space, id=_flagged(case), delete=True)
    assert "no longer there" in unescape(
        client.post(f"/cases/{case.public_id}/context/{public_id}/", follow=True).content.decode()
    )


def _flagged(case: Case) -> str:
    return case.case_findings.get().finding.scoring.item.item_key.rpartition("/")[2]
