"""The pages of hand-overs and care teams: for every role, for strangers, and from the draft to the end."""

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.handovers.models import EntryKind, Handover, Kind, Meeting, NextStep, Recipient, Sending
from monitor.lib import clock
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import STUDENT_NAME, make_site
from tests.rooms.handovers.forms import WORDS, draft, filled, make_recipient, signed
from tests.rooms.tips.reporting import make_web_tip

ACTS = {  # what is posted to a hand-over's own pages
    "edit": {"revision": "1", "asked": "More."},
    "sign": {"name": "Cy Drummond", "revision": "1"},
    "second": {"name": "Cy Drummond", "digest": "0" * 64, "answer": "approve"},
    "export": {"format": "pdf"},
    "send": {},
    "log": {"kind": "note", "text": "hello"},
    "step": {"text": "call", "owner": "1", "due_on": "2026-12-01"},
    "close": {"result": "done", "text": "hello"},
}
LISTS = {"/handovers/", "/handovers/care/", "/handovers/recipients/"}


@pytest.fixture
def handover(cast, case) -> Handover:
    return signed(case, cast.bo)


def at(handover, act: str = "") -> str:
    return f"/handovers/{handover.public_id}/{act}/" if act else f"/handovers/{handover.public_id}/"


def step_of(handover, owner, text: str = "call the family") -> NextStep:
    signed_in(owner).post(at(handover, "step"), {"text": text, "owner": owner.pk, "due_on": "2026-12-01"})
    return NextStep.objects.latest("id")


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("bo", 200), ("cy", 404), ("ivy", 403)])
def test_each_role_sees_exactly_its_hand_overs(cast, case, handover, who, status):
    client = signed_in(getattr(cast, who))
    shown = client.get(at(handover))
    assert shown.status_code == status
    assert (WORDS in shown.content.decode()) == (status == 200)
    assert client.get(f"/handovers/about/{case.public_id}/").status_code == status
    assert client.get(f"/handovers/about/{case.public_id}/threat/").status_code == status
    for page in LISTS:
        listed = client.get(page)
        assert listed.status_code == (403 if who == "ivy" else 200)
        assert (handover.public_id in listed.content.decode()) == (status == 200 and page != "/handovers/recipients/")


@pytest.mark.parametrize(("who", "status"), [("cy", 404), ("ivy", 403)])
@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_and_it_staff_can_do_nothing_with_a_hand_over(cast, handover, act, who, status):
    before = AuditEvent.objects.count()
    answer = signed_in(getattr(cast, who)).post(at(handover, act), ACTS[act])
    assert answer.status_code == status
    assert WORDS not in answer.content.decode(errors="replace")
    assert AuditEvent.objects.count() == before
    handover.refresh_from_db()
    assert handover.state == "released"


@pytest.mark.parametrize(("who", "status"), [("cy", 404), ("ivy", 403)])
def test_a_stranger_and_it_staff_begin_nothing_and_change_no_list(cast, case, handover, who, status):
    client, recipient = signed_in(getattr(cast, who)), make_recipient(Kind.THREAT, cast.pine)
    step = step_of(handover, cast.bo)
    posts = {
        f"/handovers/about/{case.public_id}/threat/": filled(Kind.THREAT),
        "/handovers/care/meet/": {"site": "pine", "held_on": "2026-12-01"},
        "/handovers/care/done/": {"step": step.pk},
        "/handovers/recipients/": {"site": "pine", "kind": "threat", "name": "Me"},
        "/handovers/recipients/remove/": {"recipient": recipient.pk},
    }
    for page, given in posts.items():
        assert client.post(page, given).status_code == status, page
    step.refresh_from_db()
    recipient.refresh_from_db()
    assert (step.done_at, recipient.is_active, Meeting.objects.count(), Handover.objects.count()) == (None, True, 0, 1)


@pytest.mark.parametrize("act", ["", *ACTS])
def test_nobody_gets_anywhere_without_signing_in(handover, act):
    answer = Client().post(at(handover, act), ACTS[act]) if act else Client().get(at(handover))
    assert (answer.status_code, answer["Location"][:9]) == (302, "/sign-in/")


@pytest.mark.parametrize("act", [act for act in ACTS if act != "edit"])
def test_acts_are_never_done_by_a_link_or_from_another_site(cast, handover, act):
    assert signed_in(cast.bo).get(at(handover, act)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.bo)
    assert strict.post(at(handover, act), ACTS[act]).status_code == 403


def test_every_address_is_in_these_tables():
    names = {str(pattern.name) for pattern in get_resolver("monitor.console.handover_urls").url_patterns}
    assert names == {"list", "care", "meet", "done", "recipients", "remove", "choose", "new", "show", *ACTS}


def test_a_hand_over_of_another_site_answers_as_if_it_did_not_exist(cast, handover):
    client = signed_in(cast.cy)
    assert client.get(at(handover)).content == client.get("/handovers/0123456789ab/").content


@pytest.mark.parametrize("kind", list(Kind))
def test_every_form_is_filled_in_kept_signed_and_shown(cast, case, settings, kind):
    settings.HEED_EMERGENCY_DISCLOSURE = True
    recipient, client = make_recipient(kind, cast.pine), signed_in(cast.bo)
    page = f"/handovers/about/{case.public_id}/{kind.value}/"
    assert "Who receives it" in client.get(page).content.decode()
    text = client.post(page, filled(kind) | {"recipients": recipient.pk}, follow=True).content.decode()
    assert "Sign by typing your name" in text
    handover = Handover.objects.get()
    assert client.get(at(handover, "edit")).status_code == 200
    signed_page = client.post(at(handover, "sign"), {"name": cast.bo.name, "revision": "1"}, follow=True)
    assert "Its content never changes" in signed_page.content.decode()
    handover.refresh_from_db()
    assert handover.state == ("waiting" if kind is Kind.EMERGENCY else "released")


def test_a_draft_says_what_is_missing_and_cannot_be_signed(cast, case):
    client = signed_in(cast.bo)
    client.post(f"/handovers/about/{case.public_id}/screening/", {"with_adult": "perhaps"})
    handover = Handover.objects.get()
    text = client.get(at(handover)).content.decode()
    assert "Before it can be signed" in text
    assert "Is an adult with the student now?" in text
    text = client.post(at(handover, "sign"), {"name": cast.bo.name, "revision": "1"}, follow=True).content.decode()
    assert "Before you sign, fill in" in text
    assert "This is needed before you sign." in text


def test_a_draft_is_changed_and_what_is_signed_is_not(cast, case):
    handover, client = draft(case, cast.bo), signed_in(cast.bo)
    recipient = Recipient.objects.get()
    sent = filled(Kind.SCHOOL_CARE, asked="Lunch group.") | {"recipients": recipient.pk, "revision": "1"}
    assert "Lunch group." in client.post(at(handover, "edit"), sent, follow=True).content.decode()
    assert "nothing was done" in client.post(at(handover, "edit"), sent, follow=True).content.decode()
    wrong = client.post(at(handover, "sign"), {"name": "Ada Byrne", "revision": "2"}, follow=True)
    assert "Type your own name" in wrong.content.decode()
    client.post(at(handover, "sign"), {"name": cast.bo.name, "revision": "2"})
    assert "never changed" in client.post(at(handover, "edit"), sent, follow=True).content.decode()


def test_an_emergency_is_off_until_the_district_says_otherwise_and_needs_another_person(cast, case, settings):
    client, page = signed_in(cast.bo), f"/handovers/about/{case.public_id}/emergency/"
    assert client.get(page).status_code == 404
    assert "99.36" not in client.get(f"/handovers/about/{case.public_id}/").content.decode()
    settings.HEED_EMERGENCY_DISCLOSURE = True
    assert "99.36" in client.get(f"/handovers/about/{case.public_id}/").content.decode()
    handover = signed(case, cast.bo, Kind.EMERGENCY)
    text = client.get(at(handover)).content.decode()
    assert "That cannot be you" in text
    assert "Take it along" not in text
    approval = {"name": cast.bo.name, "digest": handover.digest, "answer": "approve"}
    assert (
        "somebody else than the author" in client.post(at(handover, "second"), approval, follow=True).content.decode()
    )
    assert client.post(at(handover, "export"), {"format": "pdf"}).status_code == 302
    ada = signed_in(cast.ada)
    text = ada.post(at(handover, "second"), approval | {"name": cast.ada.name}, follow=True).content.decode()
    assert "It may be handed over" in text
    assert ada.post(at(handover, "export"), {"format": "pdf"}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "wanted", "media", "begins"),
    [
        (Kind.THREAT, "pdf", "application/pdf", b"%PDF-"),
        (Kind.THREAT, "json", "application/json", b"{"),
        (Kind.FAMILY, "csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfstudent_address"),
        (Kind.CRISIS, "cap", "application/cap+xml", b"<?xml"),
    ],
)
def test_each_export_is_a_file_and_on_the_chain(cast, case, kind, wanted, media, begins):
    handover = signed(case, cast.bo, kind)
    answer = signed_in(cast.ada).post(at(handover, "export"), {"format": wanted})
    assert answer["Content-Type"] == media
    assert answer.content.startswith(begins)
    assert answer["Content-Disposition"].startswith("attachment")
    event = AuditEvent.objects.get(tag=Tag.HANDOVER_EXPORTED.value)
    assert (event.actor, event.detail["format"]) == (cast.ada.actor, wanted)


def test_a_format_of_another_kind_is_not_made(cast, handover):
    for wanted in ("csv", "cap", "", "exe"):
        assert signed_in(cast.bo).post(at(handover, "export"), {"format": wanted}).status_code == 404


def test_every_opening_of_the_page_is_on_the_chain(cast, handover):
    client = signed_in(cast.ada)
    client.get(at(handover))
    client.get(at(handover))
    assert AuditEvent.objects.filter(tag=Tag.HANDOVER_VIEWED.value, actor=cast.ada.actor).count() == 2
    client.get("/handovers/care/")
    assert AuditEvent.objects.filter(tag=Tag.CARE_VIEWED.value).count() == 1


def test_lists_open_nothing_that_is_sealed(cast, handover):
    for page in ("/handovers/", "/handovers/care/"):
        text = signed_in(cast.bo).get(page).content.decode()
        assert STUDENT_NAME not in text
        assert WORDS not in text


def test_log_steps_meeting_and_end(cast, handover):
    client = signed_in(cast.bo)
    client.post(at(handover, "log"), {"kind": "returned", "text": "The team meets on Tuesday."})
    step = step_of(handover, cast.bo)
    care = client.get("/handovers/care/").content.decode()
    assert "call the family" in care
    assert "Bo Castell" in care
    client.post("/handovers/care/meet/", {"site": "pine", "held_on": "2030-12-03"})
    assert "2030" in client.get("/handovers/care/").content.decode()
    client.post("/handovers/care/done/", {"step": step.pk})
    assert "call the family" not in client.get("/handovers/care/").content.decode()
    ended = client.post(at(handover, "close"), {"result": "linked", "text": "Help is there."}, follow=True)
    text = ended.content.decode()
    for words in ("The team meets on Tuesday.", "Help is there.", "done by Bo Castell", "Closed"):
        assert words in text


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("step", {"text": "call", "owner": "x", "due_on": "2026-12-01"}),
        ("step", {"text": "call", "owner": "1", "due_on": "tomorrow"}),
        ("close", {"result": "perhaps", "text": "hello"}),
        ("close", {"result": "done", "text": ""}),
        ("log", {"kind": "note", "text": ""}),
        ("send", {}),
    ],
)
def test_what_cannot_be_done_is_said_and_not_done(cast, handover, act, given):
    text = signed_in(cast.bo).post(at(handover, act), given, follow=True).content.decode()
    assert "note-warning" in text
    assert not NextStep.objects.exists()
    assert not handover.entries.exists()


def test_nobody_writes_a_closing_into_the_log(cast, handover):
    for kind in (EntryKind.CLOSING, "invented"):
        assert signed_in(cast.bo).post(at(handover, "log"), {"kind": kind, "text": "hello"}).status_code == 404


def test_site_administrators_keep_recipients(cast):
    ada, bo = signed_in(cast.ada), signed_in(cast.bo)
    given = {"site": "pine", "kind": "threat", "name": "Threat team", "organisation": "", "reach": "room 4"}
    assert "Threat team" in ada.post("/handovers/recipients/", given, follow=True).content.decode()
    assert "Add somebody" not in bo.get("/handovers/recipients/").content.decode()
    assert bo.post("/handovers/recipients/", given).status_code == 404
    assert ada.post("/handovers/recipients/", given | {"kind": "x"}).status_code == 404
    assert ada.post("/handovers/recipients/", given | {"site": make_site().code}).status_code == 404
    assert "Give the name" in ada.post("/handovers/recipients/", given | {"name": " "}, follow=True).content.decode()
    key = Recipient.objects.get().pk
    assert bo.post("/handovers/recipients/remove/", {"recipient": key}).status_code == 404
    ada.post("/handovers/recipients/remove/", {"recipient": key})
    assert "Threat team" not in ada.get("/handovers/recipients/").content.decode()


def test_a_case_leads_to_its_hand_overs(cast, case):
    text = signed_in(cast.bo).get(f"/cases/{case.public_id}/").content.decode()
    assert re.search(rf'href="/handovers/about/{case.public_id}/"', text)
    assert signed_in(cast.bo).get("/handovers/about/nonsense/").status_code == 404
    assert signed_in(cast.bo).get(f"/handovers/about/{case.public_id}/nonsense/").status_code == 404


def test_what_was_handed_over_before_stands_beside_the_choice(cast, case, handover):
    text = signed_in(cast.ada).get(f"/handovers/about/{case.public_id}/").content.decode()
    assert at(handover) in text
    assert WORDS not in text


def test_a_sending_that_failed_is_seen_in_the_list(cast, handover):
    now = clock.now()
    Sending.objects.create(handover=handover, asked_by=cast.bo, state="failed", created_at=now, not_before=now)
    assert "the webhook did not take it" in signed_in(cast.bo).get("/handovers/").content.decode()


def test_the_lists_ask_as_much_for_twenty_as_for_two(cast, case):
    client, counts = signed_in(cast.bo), {page: [] for page in ("/handovers/", "/handovers/care/", "/tips/")}
    for more in (2, 18):
        for _ in range(more):
            step_of(signed(case, cast.bo), cast.bo)
            make_web_tip(cast.pine)
        for page, seen in counts.items():
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                client.get(page)
            seen.append(len(asked))
    for page, (few, many) in counts.items():
        assert few == many, page


def test_messages_for_families_stand_beside_the_form(cast, case):
    text = signed_in(cast.bo).get(f"/handovers/about/{case.public_id}/family/").content.decode()
    assert "This is Bo Castell at Pine School." in text
    assert "Soy Bo Castell" in text


def test_the_json_names_who_signed(cast, handover):
    answer = signed_in(cast.bo).post(at(handover, "export"), {"format": "json"})
    assert json.loads(answer.content)["signatures"][0]["typed_name"] == cast.bo.name
