"""What would have lowered a finding: only from what is stored, and never more than that says."""

import pytest

from monitor.detection.policy import current_policy
from monitor.domain.category import Category
from monitor.domain.role import Role
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.triage.lowering import Lowering, lowering_of, told_apart
from monitor.triage.points import threshold_at
from tests.rooms import factories
from tests.rooms.triage.conftest import School
from tests.rooms.triage.test_triage_precision import SHIPPED


def lowering(school: School, **fields: object) -> Lowering:
    return lowering_of(factories.make_finding(school.account, **fields), current_policy())


def at(level: Sensitivity, category: Category = Category.VIOLENCE) -> float:
    return threshold_at(SHIPPED, category.value, level)[Source.GMAIL]


def test_the_level_at_which_it_would_have_been_silent_is_the_nearest_one(school: School):
    standard, lower = at(Sensitivity.STANDARD), at(Sensitivity.LOWER)
    given = {"category": Category.VIOLENCE, "classifier_id": SHIPPED, "threshold": standard}
    between = lowering(school, probability=(standard + lower) / 2, **given)
    assert between.quiet_level is not None
    assert between.quiet_level.level is Sensitivity.LOWER
    assert [point.would_flag for point in between.levels] == [True, True, False]
    assert [point.is_present for point in between.levels] == [False, True, False]
    over_all = lowering(school, probability=(lower + 1) / 2, **given)
    assert over_all.quiet_level is None
    assert all(point.would_flag for point in over_all.levels)


def test_a_changed_sensitivity_stands_in_the_classifiers_id_and_is_understood(school: School):
    higher = at(Sensitivity.HIGHER)
    found = lowering(
        school, category=Category.VIOLENCE, classifier_id=f"{SHIPPED}+violence-higher", threshold=higher,
        probability=(higher + at(Sensitivity.STANDARD)) / 2,
    )  # fmt: skip
    assert found.quiet_level.level is Sensitivity.STANDARD
    assert [point.is_present for point in found.levels] == [True, False, False]


def test_of_an_unknown_classifier_no_level_is_invented(school: School):
    found = lowering(school, classifier_id="somebody-elses-3")
    assert (found.levels, found.quiet_level) == ((), None)
    assert (found.score, found.threshold) == ("90", "80")


def test_other_speakers_are_read_from_the_policys_own_table(school: School):
    found = lowering(
        school, category=Category.SELF_HARM, level=1, severity=Severity.SEVERE, direction=Direction.WRITTEN,
        role=Role.WRITTEN,
    )  # fmt: skip
    policy, by_words = current_policy(), {other.words: other for other in found.speakers}
    levels = policy.rules[Category.SELF_HARM].levels
    received = by_words["as words that the student received"]
    assert received.severity == levels[Role.RECEIVED][0]
    assert received.severity.rank < Severity.SEVERE.rank
    assert "as the student's own words" not in by_words
    for other in found.speakers:
        assert other.is_told == (other.severity.rank >= policy.mail_from.rank)


def test_a_speaker_who_would_not_have_made_it_milder_is_not_named(school: School):
    quoted = lowering(
        school, category=Category.BULLYING, level=1, severity=Severity.LOW, span_kind=SpanKind.QUOTED, role=Role.QUOTED
    )
    assert quoted.speakers == ()
    assert quoted.why_unknown == ""


def test_by_another_policy_nothing_is_said_about_speakers(school: School):
    found = lowering(
        school, category=Category.SELF_HARM, level=3, severity=Severity.IMMINENT, policy_version="2025-old"
    )
    assert found.speakers == ()
    assert "policy has changed" in found.why_unknown


@pytest.mark.parametrize(
    ("score", "threshold", "told"),
    [(0.91, 0.8, ("91", "80")), (0.952, 0.948, ("95.2", "94.8")), (0.5, 0.5, ("50.0000", "50.0000"))],
)
def test_two_numbers_are_told_with_as_many_digits_as_differ(score, threshold, told):
    assert told_apart(score, threshold) == told
