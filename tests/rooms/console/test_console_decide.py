"""Taking a case, giving it back, and deciding it."""

import pytest

from monitor.domain.severity import Severity
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import CaseState, Decision, Outcome
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import make_finding

DECISION = {"outcome": "support", "reason": "Talked with the student today.", "seen_findings": "1"}


def test_taking_and_giving_back(cast, case):
    client = signed_in(cast.bo)
    assert client.post(address(case, "claim"))["Location"] == address(case)
    assert "You have it" in client.get(address(case)).content.decode()
    client.post(address(case, "release"))
    case.refresh_from_db()
    assert case.state == CaseState.OPEN


@pytest.mark.parametrize("act", ["claim", "release"])
def test_a_case_that_somebody_has_cannot_be_taken_or_given_back(cast, case, act):
    do_claim_case(case, actor=cast.ada)
    answer = signed_in(cast.bo).post(address(case, act), follow=True)
    assert "Ada Byrne has this case now." in answer.content.decode()
    case.refresh_from_db()
    assert case.claimed_by == cast.ada


def test_while_another_has_it_there_is_no_decision_form(cast, case):
    do_claim_case(case, actor=cast.ada)
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    assert "Record the decision" not in client.get(address(case)).content.decode()


def test_the_decision_form_waits_until_the_words_were_read(cast, case):
    client = signed_in(cast.bo)
    assert "Record the decision" not in client.get(address(case)).content.decode()
    client.post(address(case, "look"), {"reason": "triage"})
    text = client.get(address(case)).content.decode()
    assert "Record the decision" in text
    assert 'name="seen_findings" value="1"' in text


def test_a_decision_is_recorded_and_the_next_case_is_offered(cast, case):
    do_claim_case(open_case(cast.pine, severity=Severity.IMMINENT), actor=cast.ada)  # hers, not the next for Bo
    following = open_case(cast.pine)
    answer = signed_in(cast.bo).post(address(case, "decide"), DECISION, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    text = answer.content.decode()
    assert f"Case {case.public_id[:6]} is decided: Support given or arranged." in text
    assert "Open the next case" in text
    assert f'href="{address(following)}">Open the next case' in text
    decision = Decision.objects.get()
    assert (decision.actor, decision.outcome, decision.reason) == (cast.bo, "support", DECISION["reason"])


def test_a_decision_ends_the_look(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    client.post(address(case, "decide"), DECISION)
    text = client.get(address(case)).content.decode()
    assert DECISION["reason"] in text
    assert "<mark>" not in text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"reason": ""}, "Write a reason."),
        ({"reason": "  \n "}, "Write a reason."),
        ({"reason": "ok"}, "at least three characters"),
        ({"reason": "x" * 2001}, "under 2,000 characters"),
        ({"outcome": ""}, "Choose what you concluded."),
        ({"outcome": "expelled"}, "Choose one of the four outcomes."),
    ],
)
def test_a_decision_with_something_missing_says_what_and_keeps_the_rest(cast, case, changed, says):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    answer = client.post(address(case, "decide"), DECISION | changed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    kept = "checked" if "reason" in changed else DECISION["reason"]
    assert kept in text
    assert not Decision.objects.exists()


def test_a_case_that_grew_is_not_decided_unseen(cast, case):
    make_finding(case.account)
    group_findings()
    answer = signed_in(cast.bo).post(address(case, "decide"), DECISION)
    assert answer.status_code == 422
    assert "One more finding joined this case" in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_case_is_not_decided_over_the_head_of_whoever_has_it(cast, case):
    do_claim_case(case, actor=cast.ada)
    answer = signed_in(cast.bo).post(address(case, "decide"), DECISION)
    assert "Ada Byrne has this case now." in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("act", ["claim", "release", "decide"])
def test_a_decided_case_stays_as_it_is(cast, case, act):
    do_decide_case(case, actor=cast.ada, outcome=Outcome.NO_CONCERN, reason="a play")
    answer = signed_in(cast.bo).post(address(case, act), DECISION, follow=True)
    assert "Somebody has decided this case meanwhile." in answer.content.decode()
    assert Decision.objects.get().actor == cast.ada
