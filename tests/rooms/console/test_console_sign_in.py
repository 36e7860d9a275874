"""Signing in and out, the audit trail of it, and how often somebody may guess."""

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory

from monitor.audit.chain import verify
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.console.sign_in_limit import TRIES_PER_ADDRESS, TRIES_PER_PLACE, WINDOW, record_refusal
from monitor.lib import clock
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import PASSWORD

RIGHT = {"email": "bo@district.example", "password": PASSWORD}
WRONG = {"email": "bo@district.example", "password": "not this one"}


def _refusals() -> int:
    return AuditEvent.objects.filter(tag=Tag.SIGN_IN_REFUSED.value).count()


@pytest.mark.parametrize(("email", "lands"), [("Bo@District.example", "/"), ("ivy@district.example", "/health/")])
def test_a_person_lands_on_the_first_page_of_their_role(cast, email, lands):
    answer = Client().post("/sign-in/", {"email": email, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == lands


def test_signing_in_and_out_is_on_the_audit_chain(cast):
    client = Client()
    client.post("/sign-in/", RIGHT)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302
    events = list(AuditEvent.objects.values_list("tag", "actor"))
    assert events == [(Tag.SIGNED_IN.value, cast.bo.actor), (Tag.SIGNED_OUT.value, cast.bo.actor)]
    assert verify() == 2


def test_a_wrong_password_is_refused_recorded_and_explained(cast):
    answer = Client().post("/sign-in/", WRONG)
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    refusal = AuditEvent.objects.get()
    assert refusal.tag == Tag.SIGN_IN_REFUSED.value
    assert "bo@district" not in str(vars(refusal))
    assert "127.0.0.1" not in str(vars(refusal))


def test_an_unknown_address_gets_the_same_answer_as_a_wrong_password(cast):
    unknown = Client().post("/sign-in/", {**WRONG, "email": "nobody@district.example"})
    known = Client().post("/sign-in/", WRONG)
    assert unknown.status_code == known.status_code
    assert "do not belong together" in unknown.content.decode()


def test_a_person_who_left_cannot_sign_in(cast):
    cast.bo.is_active = False
    cast.bo.save()
    assert Client().post("/sign-in/", RIGHT).status_code == 422


def test_after_ten_wrong_tries_even_the_right_password_waits(cast):
    for _ in range(TRIES_PER_ADDRESS):
        Client().post("/sign-in/", WRONG)
    answer = Client().post("/sign-in/", RIGHT)
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert _refusals() == TRIES_PER_ADDRESS  # a try beyond the limit adds nothing to the chain
    with clock.standing_at(clock.now() + WINDOW + timedelta(seconds=5)):
        assert Client().post("/sign-in/", RIGHT).status_code == 302


def test_one_address_over_its_limit_leaves_the_others_alone(cast):
    for _ in range(TRIES_PER_ADDRESS):
        Client().post("/sign-in/", WRONG)
    assert Client().post("/sign-in/", {**RIGHT, "email": "ada@district.example"}).status_code == 302


def test_many_addresses_from_one_place_are_stopped_too(cast):
    for number in range(TRIES_PER_PLACE):
        record_refusal(RequestFactory().get("/"), f"guess-{number}@district.example")
    assert Client().post("/sign-in/", RIGHT).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").post("/sign-in/", RIGHT).status_code == 302


def test_behind_a_proxy_the_visitor_counts_and_not_the_proxy(cast, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for place in ("192.0.2.7", "192.0.2.8", "made up, 192.0.2.7"):
        Client(HTTP_X_FORWARDED_FOR=place).post("/sign-in/", WRONG)
    actors = list(AuditEvent.objects.values_list("actor", flat=True))
    assert actors[0] == actors[2] != actors[1]


def test_signing_in_leads_to_the_page_that_was_asked_for(cast, case):
    wanted = f"/cases/{case.public_id}/"
    asked = Client().get(wanted)
    assert asked["Location"] == f"/sign-in/?next={wanted}"
    assert Client().post("/sign-in/", {**RIGHT, "next": wanted})["Location"] == wanted


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:go()", "\\\\e"])
def test_signing_in_never_leads_elsewhere(cast, wanted):
    assert Client().post("/sign-in/", {**RIGHT, "next": wanted})["Location"] == "/"


def test_who_is_signed_in_already_goes_straight_on(cast):
    assert signed_in(cast.ivy).get("/sign-in/")["Location"] == "/health/"


@pytest.mark.parametrize(("given", "says"), [({}, "Enter your e-mail"), ({"email": "bo"}, "whole e-mail address")])
def test_a_form_with_a_mistake_says_what_to_do(db, given, says):
    answer = Client().post("/sign-in/", given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert _refusals() == 0


def test_a_form_from_elsewhere_is_refused(cast):
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", RIGHT)
    assert answer.status_code == 403
    assert "Please try once more" in answer.content.decode()
