"""The pages around a case, for every role and for strangers."""

from dataclasses import asdict

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from monitor.accounts.models import SavedView
from monitor.audit.models import AuditEvent
from monitor.console import sudo
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.actions import do_view_content
from monitor.triage.models import ThresholdProposal
from monitor.triage.proposals import Evidence
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME

EVERYBODY = ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"]
READERS = {"ada", "bo", "cy", "lea"}
STRANGERS = {"cy": 404, "ivy": 403, "ulf": 403, "bea": 403}
SEEN = {"level": {"ada", "bo", "lea"}, "export": {"ada", "bo", "lea"}, "/several/": READERS, "/proposals/": {"lea"}}
ACTS = {"reopen": {"reason": "something new came up"}, "export": {"with_words": "yes"}, "try/0123456789abcdef": {}}
OWN_ACTS = {"/views/save/": {"name": "mine"}, "/account/reading/": {"texts": "open"}, "/views/1/delete/": {}}


def proved(user) -> Client:
    """Signed in, with proof just given."""
    client = signed_in(user)
    session = client.session
    session[sudo.KEY] = (clock.now() + sudo.LASTS).isoformat()
    session.save()
    return client


def page(case, name: str) -> str:
    return name if name.startswith("/") else address(case, name)


def propose() -> ThresholdProposal:
    evidence = Evidence("2026-08-27", "2026-11-25", 64, 14, 0.135, 0.334, avoided=31, lost=1, lost_severe=0)
    return ThresholdProposal.objects.create(
        category="bullying", present="standard", proposed="lower", evidence=asdict(evidence),
        classifier_id="heed-test-1", policy_version="2026-11-shipped", made_at=clock.now(), reason="",
    )  # fmt: skip


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", SEEN)
def test_each_role_sees_exactly_its_pages(cast, case, name, who):
    answer = proved(getattr(cast, who)).get(page(case, name))
    refused = 403 if name.startswith("/") else STRANGERS.get(who, 403)
    assert answer.status_code == (200 if who in SEEN[name] else refused)


@pytest.mark.parametrize("name", [*SEEN, *ACTS, *OWN_ACTS])
def test_nobody_gets_anywhere_without_signing_in(case, name):
    ask = "get" if name in SEEN else "post"
    answer = getattr(Client(), ask)(page(case, name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(("who", "status"), STRANGERS.items())
@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_and_it_staff_can_do_nothing_with_a_case(cast, case, act, who, status):
    assert proved(getattr(cast, who)).post(address(case, act), ACTS[act]).status_code == status
    case.refresh_from_db()
    assert case.state == "open"
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("who", ["ivy", "ulf", "bea"])
def test_whoever_reads_no_cases_has_no_wishes_about_them_and_decides_none(cast, case, who):
    client = signed_in(getattr(cast, who))
    for name, sent in {**OWN_ACTS, "/several/": {"case": f"{case.public_id}:1"}}.items():
        assert client.post(name, sent).status_code == 403
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_whoever_looks_after_every_school_answers_a_proposal(cast, who):
    proposal = propose()
    sent = {"answer": "decline", "reason": "not yet"}
    answer = proved(getattr(cast, who)).post(f"/proposals/{proposal.public_id}/close/", sent)
    assert answer.status_code == {"lea": 302, "ada": 404, "bo": 404, "cy": 404}.get(who, 403)
    proposal.refresh_from_db()
    assert proposal.state == ("declined" if who == "lea" else "open")


@pytest.mark.parametrize("name", [*ACTS, "/views/save/", "/account/reading/", "/views/1/delete/"])
def test_acts_are_never_done_by_a_link(cast, case, name):
    if name != "export":  # which has a page of its own
        assert proved(cast.bo).get(page(case, name)).status_code == 405


@pytest.mark.parametrize("name", SEEN)
def test_no_page_is_kept_and_none_names_a_student_before_a_reason(cast, case, name):
    answer = proved(cast.lea).get(page(case, name))
    assert answer["Cache-Control"] == "no-store"
    assert "unsafe" not in answer["Content-Security-Policy"]
    text = answer.content.decode()
    assert " style=" not in text
    for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT):
        assert secret not in text


@pytest.mark.parametrize("name", ["/several/", "level", "export", "/proposals/"])
def test_a_page_asks_as_much_for_many_cases_as_for_few(cast, case, name):
    client, counts = proved(cast.lea), []
    for more in (2, 12):
        for _ in range(more):
            do_view_content(open_case(cast.pine, severity=Severity.CONCERN), actor=cast.bo, reason="triage")
        client.get(page(case, name))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page(case, name)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_every_address_of_these_pages_is_in_this_table():
    names = {str(pattern.name) for pattern in get_resolver("monitor.console.work_urls").url_patterns}
    acts = {"reopen", "try", "save_view", "delete_view", "reading", "close_proposal"}
    assert names == {"level", "export", "several", "proposals", *acts}
