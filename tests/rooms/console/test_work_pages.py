"""What the pages around a case do: fold texts, score and open again, decide several, keep views, answer proposals."""

import re
from html import unescape

import pytest

from monitor.accounts.models import SavedView
from monitor.accounts.wishes import VIEWS_AT_MOST
from monitor.alerts.models import Channel, Delivery, DeliveryState
from monitor.audit.models import AuditEvent
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage import trying
from monitor.triage.actions import do_claim_case, do_decide_case, do_view_content
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Decision, Note, Outcome
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.console.test_work_doors import propose, proved
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.factories import EXCERPT, MARK, make_contact, make_finding

WORDS = EXCERPT[MARK[0] : MARK[1]]
DECISION = {"outcome": "no_concern", "reason": "Rude, but between friends."}


def read(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def folds(text: str) -> list[bool]:
    """Of each text on the page whether it stands open."""
    return [" open" in fold for fold in re.findall(r'<details class="words fold"[^>]*>', text)]


@pytest.fixture
def two(cast, case):
    """A case with two findings."""
    make_finding(case.account, text="another sentence entirely", marks=[[0, 7]])
    group_findings()
    return case


def test_the_press_that_asks_opens_one_text_and_every_later_visit_finds_all_folded(cast, two):
    client = signed_in(cast.bo)
    client.post(address(two, "look"), {"reason": "triage"})
    assert folds(read(client, address(two))) == [True, False]
    assert folds(read(client, address(two))) == [False, False]
    assert AuditEvent.objects.filter(tag="content:finding:view").count() == 1


def test_whoever_wants_texts_open_has_all_of_them_open_but_none_before_a_reason(cast, two):
    client = signed_in(cast.bo)
    client.post("/account/reading/", {"texts": "open"})
    assert WORDS not in read(client, address(two))
    client.post(address(two, "look"), {"reason": "triage"})
    read(client, address(two))
    assert folds(read(client, address(two))) == [True, True]
    client.post("/account/reading/", {"texts": "folded"})
    assert folds(read(client, address(two))) == [False, False]


def test_a_press_for_one_case_opens_no_text_of_another(cast, case):
    client, other = signed_in(cast.bo), open_case(cast.pine)
    for asked in (case, other):
        client.post(address(asked, "look"), {"reason": "triage"})
    assert folds(read(client, address(case))) == [False]
    assert folds(read(client, address(other))) == [True]


def test_the_reason_says_what_would_have_lowered_it(cast, case):
    text = read(signed_in(cast.bo), address(case))
    for words in ("Under 80 of 100 nothing would have been said.", "It scored 90 of 100", "not known here"):
        assert words in text


def test_the_passage_is_scored_again_only_after_a_reason(cast, monkeypatch):
    text = "Hello there. Today sign-violence! Then sign-violence again."
    case = open_case(
        cast.pine, category=Category.VIOLENCE, text=text, marks=[[13, len(text)]], classifier_id="marker-1"
    )
    marker, client = MarkerClassifier(), signed_in(cast.bo)
    monkeypatch.setattr(trying, "get_classifier", lambda: marker)
    path = address(case, f"try/{case.case_findings.get().finding.public_id}")
    assert "Say first why" in client.post(path, follow=True).content.decode()
    assert marker.texts == []
    client.post(address(case, "look"), {"reason": "triage"})
    shown = unescape(client.post(path).content.decode())
    for words in ("It would still have been noticed", "Today sign-violence!", "The strongest: this one was left out."):
        assert words in shown
    marker.id = "marker-2"
    assert "Another classifier is in use" in client.post(path, follow=True).content.decode()


def test_a_decided_case_is_opened_again_with_a_reason_that_stands_as_a_note(cast, case):
    do_decide_case(case, actor=cast.ada, outcome=Outcome.NO_CONCERN, reason="a play")
    client = signed_in(cast.bo)
    assert "Open this case again" in read(client, address(case))
    refused = client.post(address(case, "reopen"), {"reason": " "}, follow=True).content.decode()
    assert "Nothing was opened" in refused
    opened = client.post(address(case, "reopen"), {"reason": "The parents called."}, follow=True).content.decode()
    assert "You have it" in opened
    assert "The parents called." in opened
    case.refresh_from_db()
    assert (case.state, case.claimed_by, Decision.objects.count()) == ("claimed", cast.bo, 1)
    assert Note.objects.get().text == "The parents called."
    assert "open already" in client.post(address(case, "reopen"), {"reason": "again"}, follow=True).content.decode()


def picked(*cases: Case) -> list[str]:
    return [f"{case.public_id}:1" for case in cases]


def test_several_are_decided_and_what_was_left_is_said_with_its_reason(cast):
    fine, unread, taken, urgent = (
        open_case(cast.pine, severity=severity)
        for severity in (Severity.CONCERN, Severity.CONCERN, Severity.SEVERE, Severity.IMMINENT)
    )
    for case in (fine, taken, urgent):
        do_view_content(case, actor=cast.ada, reason="triage")
    do_claim_case(taken, actor=cast.ada)
    client = signed_in(cast.bo)
    page = read(client, "/several/")
    assert page.count('name="case"') == 1
    assert f'value="{fine.public_id}:1"' in page
    sent = DECISION | {"case": picked(fine, unread, taken, urgent)}
    text = unescape(client.post("/several/", sent, follow=True).content.decode())
    for words in (
        "1 case is decided: Looked at: no concern.",
        f"Not decided: {unread.public_id[:6]}. Nobody has read its words yet.",
        f"Not decided: {taken.public_id[:6]}. Somebody else has it.",
        f"Not decided: {urgent.public_id[:6]}. An imminent case is decided on its own page.",
    ):
        assert words in text
    assert [decision.case for decision in Decision.objects.all()] == [fine]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"case": []}, "Tick at least one case."),
        ({"case": ["a\0b", "'; --", "0123456789ab"]}, "Tick at least one case."),
        ({"case": [f"{number:012x}:1" for number in range(51)]}, "Tick at most 50 cases"),
        ({"reason": "ok"}, "at least three characters"),
        ({"outcome": ""}, "Choose what you concluded."),
    ],
)
def test_several_with_something_missing_are_not_decided(cast, changed, says):
    case = open_case(cast.pine, severity=Severity.CONCERN)
    do_view_content(case, actor=cast.bo, reason="triage")
    answer = signed_in(cast.bo).post("/several/", DECISION | {"case": picked(case)} | changed)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_view_is_kept_for_its_owner_alone_and_goes_when_it_is_deleted(cast):
    client = signed_in(cast.ada)
    client.post("/views/save/", {"name": " Pine,   severe ", "severity": "severe", "site": "pine", "x": "<b>"})
    view = SavedView.objects.get()
    assert (view.user, view.name, view.query) == (cast.ada, "Pine, severe", "site=pine&severity=severe")
    assert "/?site=pine&severity=severe" in read(client, "/")
    assert "Pine, severe" not in read(signed_in(cast.bo), "/")
    signed_in(cast.bo).post(f"/views/{view.pk}/delete/")
    assert SavedView.objects.exists()
    client.post(f"/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_of_another_persons_school_keeps_nothing_of_it(cast):
    signed_in(cast.ada).post("/views/save/", {"name": "theirs", "site": "oak", "severity": "everything"})
    assert SavedView.objects.get().query == ""


def test_there_are_only_so_many_views_and_each_has_a_name(cast):
    client = signed_in(cast.bo)
    for number in range(VIEWS_AT_MOST):
        client.post("/views/save/", {"name": f"view {number}"})
    assert "Delete one first" in client.post("/views/save/", {"name": "more"}, follow=True).content.decode()
    client.post("/views/save/", {"name": "view 1", "severity": "low"})  # the same name again is the same view
    for name in ("", "  ", "x" * 41):
        assert "Give the view a name" in client.post("/views/save/", {"name": name}, follow=True).content.decode()
    assert SavedView.objects.count() == VIEWS_AT_MOST
    assert SavedView.objects.get(name="view 1").query == "severity=low"


def test_a_proposal_is_answered_after_proof_and_with_a_reason(cast):
    proposal, client = propose(), signed_in(cast.lea)
    path = f"/proposals/{proposal.public_id}/close/"
    answer = client.post(path, {"answer": "accept", "reason": "The board agreed."})
    assert answer["Location"].startswith("/account/confirm/?next=%2Fproposals%2F")
    client = proved(cast.lea)
    assert "14 to 33 %" in read(client, "/proposals/")
    assert "write why" in client.post(path, {"answer": "accept", "reason": ""}, follow=True).content.decode()
    proposal.refresh_from_db()
    assert proposal.state == "open"
    text = client.post(path, {"answer": "accept", "reason": "The board agreed."}, follow=True).content.decode()
    assert "Accepted." in text
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closed_by, proposal.reason) == ("accepted", cast.lea, "The board agreed.")
    assert AuditEvent.objects.filter(tag="config:policy:change").exists()
    again = client.post(path, {"answer": "decline", "reason": "no, wait"}, follow=True).content.decode()
    assert "meanwhile" in again


def test_the_running_level_says_what_it_is_made_of(cast, case):
    text = read(signed_in(cast.bo), address(case, "level"))
    for words in ("Raised", "+3.00", "from 1 case.", "triggers nothing", "Severe"):
        assert words in text
    assert "Running level" in read(signed_in(cast.bo), address(case))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (None, "Alert sent to Kim Osei by mail"),
        ("sms", "Alert sent to Kim Osei by text message"),
        ("voice", "Alert sent to Kim Osei by phone call"),
        ("slack", "Alert sent to Kim Osei in Slack"),
    ],
)
def test_the_timeline_says_which_way_an_alert_went(cast, case, kind, words):
    contact = make_contact(cast.pine, name="Kim Osei")
    channel = Channel.objects.create(contact=contact, kind=kind, address="+15055550123") if kind else None
    Delivery.objects.create(
        case=case, contact=contact, channel=channel, step=1, severity=case.severity, state=DeliveryState.SENT,
        message_id="<one@heed>", created_at=clock.now(), not_before=clock.now(), sent_at=clock.now(),
    )  # fmt: skip
    assert words in read(signed_in(cast.bo), address(case))
