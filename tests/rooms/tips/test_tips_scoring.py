"""The classifiers read tips as well: they may make one more urgent, and nothing else."""

import pytest

from monitor.domain.severity import Severity
from monitor.tips.models import MessageDirection, TipMessage
from monitor.tips.receive import Hurry, add_message
from monitor.tips.scoring import GIVE_UP_AFTER, score_messages
from monitor.triage.actions import do_decide_case
from monitor.triage.models import Outcome
from monitor.triage.reported import raise_severity
from tests.rooms.detection.marker import BREAKS, MarkerClassifier
from tests.rooms.tips.reporting import make_web_tip


@pytest.mark.parametrize(
    ("text", "hurry", "severity", "flags"),
    [
        ("sign-self_harm3", Hurry.LATER, "imminent", ["self_harm"]),
        ("sign-self_harm1", Hurry.LATER, "severe", ["self_harm"]),
        ("nothing special", Hurry.LATER, "concern", []),
        ("sign-bullying1", Hurry.NOW, "imminent", ["bullying"]),
    ],
)
def test_a_score_raises_the_urgency_and_never_lowers_it(school, text, hurry, severity, flags):
    tip = make_web_tip(school.site, text, hurry=hurry)
    assert score_messages(classifier=MarkerClassifier()) == 1
    tip.case.refresh_from_db()
    message = TipMessage.objects.get()
    assert (tip.case.severity, message.flags, message.classifier_id) == (severity, flags, "marker-1")
    assert message.scores["violence"] == 0.1
    assert score_messages(classifier=MarkerClassifier()) == 0


def test_later_messages_are_scored_answers_are_not(school):
    tip = make_web_tip(school.site, hurry=Hurry.LATER)
    add_message(tip, "sign-violence3", "web:2")
    TipMessage.objects.create(
        tip=tip, case=tip.case, direction=MessageDirection.TO_REPORTER, text="sign-violence", external_id="r",
        at=tip.opened_at,
    )  # fmt: skip
    assert score_messages(classifier=MarkerClassifier()) == 2
    tip.case.refresh_from_db()
    assert tip.case.severity == "imminent"


def test_one_text_that_breaks_the_classifier_holds_up_nobody_and_is_given_up_in_words(school, caplog):
    make_web_tip(school.site, f"Casimir {BREAKS}")
    make_web_tip(school.site, "sign-violence", hurry=Hurry.LATER)
    for _ in range(GIVE_UP_AFTER):
        assert score_messages(classifier=MarkerClassifier())
    assert score_messages(classifier=MarkerClassifier()) == 0
    poison, good = TipMessage.objects.order_by("id")
    assert (poison.score_error, poison.score_attempts) == ("could not be scored: RuntimeError", GIVE_UP_AFTER)
    assert good.flags == ["violence"]
    assert "Casimir" not in caplog.text


def test_a_decided_case_keeps_its_severity(school):
    tip = make_web_tip(school.site, hurry=Hurry.LATER)
    do_decide_case(tip.case, actor=school.counselor, outcome=Outcome.SUPPORT, reason="spoke")
    assert not raise_severity(tip.case, Severity.IMMINENT)


def test_the_shipped_classifier_reads_a_tip(school):
    make_web_tip(school.site, "My friend told me that she wants to end her life tonight.", hurry=Hurry.LATER)
    assert score_messages() == 1
    assert TipMessage.objects.get().scores["self_harm"] > 0.5
