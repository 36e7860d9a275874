"""Every page for every role and for strangers."""

import pytest
from django.test import Client
from django.urls import get_resolver

from monitor.audit.models import AuditEvent
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME

ACTS = ["look", "claim", "release", "decide"]
GIVEN = {
    "look": {"reason": "triage"},
    "claim": {},
    "release": {},
    "decide": {"outcome": "support", "reason": "talked with the student"},
}
SEEN = {  # page: who -> status
    "/": {"ada": 200, "bo": 200, "cy": 200, "ivy": 403},
    "/decided/": {"ada": 200, "bo": 200, "cy": 200, "ivy": 403},
    "/health/": {"ada": 200, "bo": 403, "cy": 403, "ivy": 200},
    "case": {"ada": 200, "bo": 200, "cy": 404, "ivy": 403},
}


@pytest.mark.parametrize("who", ["ada", "bo", "cy", "ivy"])
@pytest.mark.parametrize("page", SEEN)
def test_each_role_sees_exactly_its_pages(cast, case, page, who):
    answer = signed_in(getattr(cast, who)).get(address(case) if page == "case" else page)
    assert answer.status_code == SEEN[page][who]


@pytest.mark.parametrize("page", [*SEEN, *ACTS])
def test_nobody_gets_anywhere_without_signing_in(case, page):
    if page in ACTS:
        answer = Client().post(address(case, page), GIVEN[page])
    else:
        answer = Client().get(address(case) if page == "case" else page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(("who", "status"), [("cy", 404), ("ivy", 403)])
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


def test_no_page_that_it_staff_can_open_names_a_student(cast, case):
    client = signed_in(cast.ivy)
    for page in ["/", "/decided/", "/health/", address(case), "/nowhere/"]:
        text = client.get(page).content.decode()
        for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT, case.public_id):
            assert secret not in text, page


def test_every_address_of_the_console_is_in_this_table():
    """A page that is added must be added here too, with what each role may do."""
    names = {str(pattern.name) for pattern in get_resolver("monitor.console.urls").url_patterns}
    assert names == {"queue", "decided", "health", "case", "sign_in", "sign_out", *ACTS}
