"""What people write beside a decision: that they have seen an alert, notes, codes; and the story of a case."""

import pytest

from monitor.alerts.models import Acknowledgement
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Decision, Note, Outcome
from monitor.triage.notes import do_add_note
from monitor.triage.reasons import ReasonCode
from tests.rooms.console.conftest import address, signed_in
from tests.rooms.factories import make_finding

DECISION = {"outcome": "false_alarm", "reason": "The class reads the play.", "seen_findings": "1"}


def text_of(client, case) -> str:
    return client.get(address(case)).content.decode()


def test_having_seen_an_alert_is_recorded_and_shown_and_takes_nothing_from_others(cast, case):
    client = signed_in(cast.bo)
    assert "I have seen this" in text_of(client, case)
    answer = client.post(address(case, "seen"), follow=True).content.decode()
    assert "Recorded: you have seen it." in answer
    assert "Bo Castell has seen the alert" in answer
    assert Acknowledgement.objects.get().user == cast.bo
    assert "Take this case" in text_of(signed_in(cast.ada), case)


def test_who_has_a_case_need_not_say_that_they_have_seen_it(cast, case):
    do_claim_case(case, actor=cast.bo)
    assert "I have seen this" not in text_of(signed_in(cast.bo), case)


def test_a_decided_case_is_not_acknowledged(cast, case):
    do_decide_case(case, actor=cast.ada, outcome=Outcome.NO_CONCERN, reason="a play")
    answer = signed_in(cast.bo).post(address(case, "seen"), follow=True)
    assert "Somebody has decided this case meanwhile." in answer.content.decode()
    assert not Acknowledgement.objects.exists()


def test_a_decision_carries_its_code_and_shows_it(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    assert '<option value="class_text">' in text_of(client, case)
    client.post(address(case, "decide"), DECISION | {"reason_code": "class_text"})
    assert Decision.objects.get().reason_code == ReasonCode.CLASS_TEXT
    text = text_of(client, case)
    assert "False alarm: the text is harmless (A class text or an assignment)" in text


@pytest.mark.parametrize(
    ("code", "says"),
    [("talked", "does not belong to"), ("nonsense", "Choose one of the codes"), ("class_text\0", "Choose one of the")],
)
def test_a_code_of_another_outcome_is_refused_and_the_rest_kept(cast, case, code, says):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    answer = client.post(address(case, "decide"), DECISION | {"reason_code": code})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert says in text
    assert DECISION["reason"] in text
    assert not Decision.objects.exists()


def test_a_code_that_two_outcomes_share_is_chosen_under_its_own_outcome_only(cast, case):
    client = signed_in(cast.bo)
    sent = {"outcome": "handed_over", "reason": "", "reason_code": "family"}
    text = client.post(address(case, "decide"), sent).content.decode()
    assert text.count('<option value="family"') == 2
    assert text.count('<option value="family" selected') == 1


def test_shared_notes_are_for_all_and_private_ones_for_their_author(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "note"), {"text": "Called home."})
    client.post(address(case, "note"), {"text": "Ask a colleague first.", "is_private": "yes"})
    own, others = text_of(client, case), text_of(signed_in(cast.ada), case)
    assert "Called home." in own
    assert "Ask a colleague first." in own
    assert "only you can read it" in own
    assert "Called home." in others
    assert "Ask a colleague first." not in others
    assert "Ask a colleague first." not in text_of(signed_in(cast.lea), case)


@pytest.mark.parametrize("text", ["", "  ", "x" * 10_001, "a\0b"])
def test_a_note_that_cannot_be_kept_says_why(cast, case, text):
    answer = signed_in(cast.bo).post(address(case, "note"), {"text": text, "is_private": "yes"})
    assert answer.status_code == 422
    assert 'id="note-mistake"' in answer.content.decode()
    assert not Note.objects.exists()


def test_a_note_is_shown_as_text(cast, case):
    do_add_note(case, actor=cast.bo, text="<b>bold</b>", is_private=False)
    assert "&lt;b&gt;bold&lt;/b&gt;" in text_of(signed_in(cast.bo), case)


def test_a_case_that_follows_another_tells_what_came_before(cast, case):
    sentence = "it follows a case in which somebody found the danger real"
    do_decide_case(
        case, actor=cast.ada, outcome=Outcome.SUPPORT, reason="talked today", reason_code=ReasonCode.SAFETY_PLAN
    )
    make_finding(case.account)
    group_findings()
    later = Case.objects.exclude(pk=case.pk).get()
    text = text_of(signed_in(cast.bo), later)
    assert "What came before" in text
    assert f'href="{address(case)}"' in text
    assert "A plan for the student&#x27;s safety is in place" in text
    assert (sentence in text) == later.is_raised
    assert "other case about this student" not in text  # it is told once
    assert "What came before" not in text_of(signed_in(cast.bo), case)
