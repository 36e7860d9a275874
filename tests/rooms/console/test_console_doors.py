"""Every page for every role and for strangers."""

import pytest
from django.test import Client
from django.urls import get_resolver

from monitor.audit.models import AuditEvent
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME

ACTS = ["look", "claim", "release", "decide", "seen", "note"]
GIVEN = {
    "look": {"reason": "triage"},
    "claim": {},
    "release": {},
    "decide": {"outcome": "support", "reason": "talked with the student"},
    "seen": {},
    "note": {"text": "Called home."},
}
EVERYBODY = ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"]
SEEN = {  # page: whose it is; everybody else is refused
    "/": {"ada", "bo", "cy", "lea"},
    "/decided/": {"ada", "bo", "cy", "lea"},
    "/health/": {"ada", "ivy", "lea"},
    "/figures/": {"ada", "bo", "cy", "lea", "ulf", "bea"},
    "/people/": {"ivy", "lea"},
    "/audit/": {"ulf", "lea"},
    "/account/": set(EVERYBODY),
    "/account/second-factor/": set(EVERYBODY),
    "/account/confirm/": set(EVERYBODY),
    "case": {"ada", "bo", "lea"},
}
STRANGERS = {"cy": 404, "ivy": 403, "ulf": 403, "bea": 403}  # what a case of another school answers


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("page", SEEN)
def test_each_role_sees_exactly_its_pages(cast, case, page, who):
    answer = signed_in(getattr(cast, who)).get(address(case) if page == "case" else page)
    refused = STRANGERS.get(who, 403) if page == "case" else 403
    assert answer.status_code == (200 if who in SEEN[page] else refused)


@pytest.mark.parametrize("page", [*SEEN, *ACTS])
def test_nobody_gets_anywhere_without_signing_in(case, page):
    if page in ACTS:
        answer = Client().post(address(case, page), GIVEN[page])
    else:
        answer = Client().get(address(case) if page == "case" else page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(("who", "status"), STRANGERS.items())
@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_and_it_staff_can_do_nothing_with_a_case(cast, case, act, who, status):
    answer = signed_in(getattr(cast, who)).post(address(case, act), GIVEN[act])
    assert answer.status_code == status
    case.refresh_from_db()
    assert case.state == "open"
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_acts_are_never_done_by_a_link(cast, case, act):
    assert signed_in(cast.bo).get(address(case, act)).status_code == 405


def test_a_person_who_left_is_signed_out_everywhere(cast, case):
    client = signed_in(cast.bo)
    cast.bo.is_active = False
    cast.bo.save()
    assert client.get(address(case)).status_code == 302


def test_a_case_of_another_site_answers_as_if_it_did_not_exist(cast, case):
    client = signed_in(cast.cy)
    theirs, nobodys = client.get(address(case)), client.get("/cases/0123456789ab/")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


def test_an_expired_session_makes_htmx_leave_the_page(case):
    answer = Client().get("/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in/"


@pytest.mark.parametrize("who", ["ivy", "ulf", "bea"])
def test_no_page_names_a_student_to_whoever_reads_no_content(cast, case, who):
    signed_in(cast.bo).post(address(case, "look"), GIVEN["look"])
    client = signed_in(getattr(cast, who))
    secrets = [STUDENT_NAME, STUDENT_ADDRESS, EXCERPT] + ([] if who == "ulf" else [case.public_id])
    for page in [*(page for page in SEEN if page != "case"), address(case), "/nowhere/"]:
        text = client.get(page).content.decode()
        for secret in secrets:
            assert secret not in text, page


POSTED = [
    "/people/invite/",
    "/people/1/remove/",
    "/account/sessions/1/end/",
    "/account/sessions/end/",
    "/account/language/",
]


@pytest.mark.parametrize("page", [*POSTED, "/audit/export/"])
def test_nothing_about_people_is_reached_without_signing_in_or_by_a_wrong_role(cast, page):
    ask = "get" if page == "/audit/export/" else "post"
    assert getattr(Client(), ask)(page).status_code == 302
    if not page.startswith("/account/"):
        assert getattr(signed_in(cast.bo), ask)(page).status_code == 403


def test_every_address_of_the_console_is_in_this_table():
    """A page that is added must be added here too, with what each role may do."""
    names = {str(pattern.name) for pattern in get_resolver("monitor.console.urls").url_patterns}
    own = {"account", "language", "end_session", "end_sessions", "second_factor", "confirm"}
    ways_in = {"sign_in", "sign_in_code", "sign_in_google", "sign_in_google_back", "sign_out"}
    office = {"health", "people", "invite", "remove_person", "audit", "audit_export", "district_figures"}
    assert names == {"queue", "decided", "case", "context", *ACTS, *own, *ways_in, *office}
