"""The pages on which people handle tips: for every role, for strangers, and from the first look to the closing."""

import re

import pytest
from django.test import Client
from django.urls import get_resolver

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.tips.codes import new_form_token
from monitor.tips.limits import count_refusal
from monitor.tips.models import Tip, TipClosing, TipMessage
from monitor.tips.receive import add_message
from monitor.tips.scoring import score_messages
from monitor.triage.models import Case, Decision
from tests.rooms.console.conftest import signed_in
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.factories import make_account
from tests.rooms.tips.reporting import NUMBER, WORDS, make_line, make_sms_tip, make_web_tip

ACTS = {
    "look": {"reason": "triage"},
    "answer": {"text": "Thank you.", "token": "filled in below"},
    "student": {"address": "nobody@district.example"},
    "move": {"site": "oak"},
    "staff": {"person": "other"},
    "give-back": {},
    "number": {"reason": "A welfare check is under way."},
    "close": {"outcome": "support", "actions": "counselor", "reason": "spoke with her", "seen_messages": "1"},
}


@pytest.fixture
def tip(cast):
    return make_web_tip(cast.pine, about="Wilhelmina B.", reporter="her cousin Casimir")


def at(tip, act: str = "") -> str:
    return f"/tips/{tip.public_id}/{act}/" if act else f"/tips/{tip.public_id}/"


def given(act: str) -> dict[str, str]:
    return ACTS[act] | ({"token": new_form_token()} if act == "answer" else {})


@pytest.mark.parametrize(
    ("who", "in_list", "status"), [("ada", 200, 200), ("bo", 200, 200), ("cy", 200, 404), ("ivy", 403, 403)]
)
def test_each_role_sees_exactly_its_tips(cast, tip, who, in_list, status):
    client = signed_in(getattr(cast, who))
    listed = client.get("/tips/")
    assert listed.status_code == in_list
    assert (tip.public_id in listed.content.decode()) == (status == 200)
    assert client.get(at(tip)).status_code == status
    assert client.get(f"/cases/{tip.case.public_id}/").status_code == (302 if status == 200 else status)


@pytest.mark.parametrize(("who", "status"), [("cy", 404), ("ivy", 403)])
@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_and_it_staff_can_do_nothing_with_a_tip(cast, tip, act, who, status):
    before = AuditEvent.objects.count()
    answer = signed_in(getattr(cast, who)).post(at(tip, act), given(act))
    assert answer.status_code == status
    assert WORDS not in answer.content.decode()
    assert AuditEvent.objects.count() == before
    assert TipMessage.objects.count() == 1
    assert Case.objects.get().state == "open"


@pytest.mark.parametrize("act", ["", *ACTS])
def test_nobody_gets_anywhere_without_signing_in(tip, act):
    answer = Client().post(at(tip, act), given(act)) if act else Client().get(at(tip))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("act", ACTS)
def test_acts_are_never_done_by_a_link_or_from_another_site(cast, tip, act):
    assert signed_in(cast.bo).get(at(tip, act)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.bo)
    assert strict.post(at(tip, act), given(act)).status_code == 403


def test_a_tip_of_another_site_answers_as_if_it_did_not_exist(cast, tip):
    client = signed_in(cast.cy)
    theirs, nobodys = client.get(at(tip)), client.get("/tips/0123456789ab/")
    assert theirs.content == nobodys.content


def test_every_address_is_in_these_tables():
    names = {str(pattern.name) for pattern in get_resolver("monitor.console.tip_urls").url_patterns}
    assert names == {"list", "show", *(act.replace("-", "_") for act in ACTS)}
    assert {str(pattern.name) for pattern in get_resolver("monitor.console.report_urls").url_patterns} == {
        "schools", "form", "talk", "sms",
    }  # fmt: skip


def test_a_tip_stands_in_the_queue_and_leads_to_its_page(cast, tip):
    client = signed_in(cast.bo)
    text = client.get("/").content.decode()
    assert "No student named yet" in text
    assert "1 message · by web form" in text
    assert client.get(f"/cases/{tip.case.public_id}/", follow=True).redirect_chain == [(at(tip), 302)]
    TipMessage.objects.update(text="sign-self_harm2", scored_at=None)
    score_messages(classifier=MarkerClassifier())
    assert "Tip: self-harm or suicide" in client.get("/").content.decode()


def test_the_words_stay_veiled_until_somebody_says_why(cast, tip):
    client = signed_in(cast.bo)
    for secret in (WORDS, "Wilhelmina", "Casimir"):
        assert secret not in client.get(at(tip)).content.decode()
    assert client.post(at(tip, "look"), {"reason": "curious"}, follow=True).status_code == 200
    assert not AuditEvent.objects.filter(tag=Tag.TIP_VIEWED.value).exists()
    assert WORDS not in client.get(at(tip)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_from_the_look_to_the_closing(cast, tip):
    client = signed_in(cast.bo)
    text = client.post(at(tip, "look"), {"reason": "triage"}, follow=True).content.decode()
    for shown in (WORDS, "Wilhelmina B.", "her cousin Casimir"):
        assert shown in text
    assert AuditEvent.objects.get(tag=Tag.TIP_VIEWED.value).actor == cast.bo.actor
    text = client.post(at(tip, "answer"), given("answer"), follow=True).content.decode()
    assert "Thank you." in text
    student = make_account(cast.pine, address="wilhelmina.b@district.example")
    client.post(at(tip, "student"), {"address": student.address})
    text = client.get(at(tip)).content.decode()
    assert student.reference[:6] in text
    seen = re.search(r'name="seen_messages" value="(\d+)"', text)[1]
    closed = client.post(at(tip, "close"), ACTS["close"] | {"seen_messages": seen}, follow=True)
    assert "is closed: Support given or arranged" in closed.content.decode()
    assert TipClosing.objects.get().actions == ["counselor"]
    text = client.get(at(tip)).content.decode()
    assert "If the reporter writes again" in text
    assert WORDS not in text  # veiled again
    assert client.post(at(tip, "look"), {"veil": "yes"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_message_that_came_after_the_look_is_veiled_and_stops_the_closing(cast, tip):
    client = signed_in(cast.bo)
    client.post(at(tip, "look"), {"reason": "triage"})
    add_message(tip, "It is tonight, at nine.", "web:2")
    text = client.get(at(tip)).content.decode()
    assert "It is tonight" not in text
    assert "1 more message since you looked" in text
    answer = client.post(at(tip, "close"), ACTS["close"])
    assert answer.status_code == 422
    assert "1 message(s) of the reporter are unread" in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_closing_without_what_was_done_says_so(cast, tip):
    answer = signed_in(cast.bo).post(
        at(tip, "close"), {"outcome": "support", "reason": "ok then", "seen_messages": "1"}
    )
    assert answer.status_code == 422
    assert "Say what was done" in answer.content.decode()


def test_a_tip_is_not_decided_past_its_own_page(cast, tip):
    answer = signed_in(cast.bo).post(
        f"/cases/{tip.case.public_id}/decide/", {"outcome": "no_concern", "reason": "quick", "seen_findings": "0"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == at(tip)
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_number_is_shown_once_for_a_reason(cast):
    tip = make_sms_tip(make_line(cast.pine))
    client = signed_in(cast.bo)
    client.post(at(tip, "look"), {"reason": "triage"})
    assert NUMBER not in client.get(at(tip)).content.decode()
    assert NUMBER not in client.post(at(tip, "number"), {"reason": "short"}, follow=True).content.decode()
    assert NUMBER in client.post(at(tip, "number"), ACTS["number"]).content.decode()
    assert NUMBER not in client.get(at(tip)).content.decode()
    assert AuditEvent.objects.filter(tag=Tag.TIP_REVEALED.value).count() == 1


def test_a_moved_tip_belongs_to_the_other_school(cast, tip):
    client = signed_in(cast.bo)
    assert client.post(at(tip, "move"), {"site": ""}, follow=True).status_code == 200
    client.post(at(tip, "move"), {"site": "oak"})
    assert client.get(at(tip)).status_code == 404
    assert signed_in(cast.cy).get(at(tip)).status_code == 200


def test_what_was_refused_today_is_shown(cast, tip):
    count_refusal("forged")
    assert (
        "1 calls of the text message address without a right signature"
        in signed_in(cast.bo).get("/tips/").content.decode()
    )


def test_an_answer_to_a_page_that_was_open_too_long_is_not_sent(cast, tip):
    text = signed_in(cast.bo).post(at(tip, "answer"), {"text": "hi", "token": "old"}, follow=True).content.decode()
    assert "it was not sent" in text
    assert Tip.objects.get().messages.count() == 1


def test_a_reader_keeps_a_tip_about_staff_from_the_school_and_the_lead_gives_it_back(cast, tip):
    bo, lea = signed_in(cast.bo), signed_in(cast.lea)
    assert "Choose whom it is about" in bo.post(at(tip, "staff"), {"person": ""}, follow=True).content.decode()
    kept = bo.post(at(tip, "staff"), {"person": str(cast.ada.pk)}, follow=True)
    assert kept.redirect_chain[-1][0] == "/tips/"
    assert "kept from the school" in kept.content.decode()
    for client in (bo, signed_in(cast.ada)):
        assert client.get(at(tip)).status_code == 404
        assert tip.public_id not in client.get("/tips/").content.decode()
        assert "No student named yet" not in client.get("/").content.decode()
    text = lea.get(at(tip)).content.decode()
    assert "It is about Ada Byrne, who does not see it." in text
    assert "Bo Castell kept it from the school" in text
    back = lea.post(at(tip, "give-back"), follow=True).content.decode()
    assert "The school sees the tip again" in back
    assert bo.get(at(tip)).status_code == 200


def test_a_tip_about_the_only_lead_is_not_hidden_from_everybody(cast, tip):
    answer = signed_in(cast.bo).post(at(tip, "staff"), {"person": str(cast.lea.pk)}, follow=True)
    assert "No other safety lead could read it" in answer.content.decode()
    assert "It is not kept from the school." in (
        signed_in(cast.bo).post(at(tip, "give-back"), follow=True).content.decode()
    )
