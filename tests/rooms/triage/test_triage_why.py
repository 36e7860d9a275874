"""Why something was flagged says its level and who speaks in plain words."""

import pytest

from monitor.domain.category import Category
from monitor.domain.role import Role
from monitor.domain.severity import LEVELS, Severity
from monitor.domain.source import Direction, Source
from monitor.domain.text import SpanKind
from monitor.triage.why import ABOUT_ROLE_WORDS, ABOUT_WORDS, LEVEL_WORDS, explain
from tests.rooms import factories
from tests.rooms.triage.conftest import School


def why(school: School, **fields: object):
    return explain(factories.make_finding(school.account, **fields))


@pytest.mark.parametrize(
    ("fields", "sentence", "about", "reason"),
    [
        (
            {"category": Category.SELF_HARM, "level": 3, "severity": Severity.IMMINENT},
            "Looks like self-harm or suicide (an attempt or a goodbye), just over the threshold; written by the "
            "student.",
            "The words are this student's own.",
            "The policy makes self-harm or suicide at level 3 of 3 (an attempt or a goodbye), written by the student, "
            "imminent.",
        ),
        (
            {
                "category": Category.SELF_HARM,
                "level": 1,
                "severity": Severity.CONCERN,
                "direction": Direction.RECEIVED,
                "role": Role.RECEIVED,
            },
            "Looks like self-harm or suicide (a wish to be dead), just over the threshold; received by the student.",
            "The worry is about whoever wrote it, not about this student.",
            "The policy makes self-harm or suicide at level 1 of 3 (a wish to be dead), received by the student, "
            "a concern.",
        ),
        (
            {"category": Category.VIOLENCE, "level": 2, "probability": 0.999, "severity": Severity.IMMINENT},
            "Looks like violence against others (a threat), far over the threshold; written by the student.",
            "The words are this student's own.",
            "The policy makes violence against others at level 2 of 3 (a threat), written by the student, severe, and "
            "imminent when it is far over the threshold.",
        ),
        (
            {
                "category": Category.BULLYING,
                "level": 3,
                "severity": Severity.CONCERN,
                "span_kind": SpanKind.QUOTED,
                "role": Role.QUOTED,
            },
            "Looks like bullying (telling to die, sharing pictures or a pile-on), just over the threshold; written by "
            "the student, quoted from an earlier message.",
            "Who said it first, this student or somebody else, is not certain.",
            "The policy makes bullying at level 3 of 3 (telling to die, sharing pictures or a pile-on), quoted, "
            "a concern.",
        ),
        (
            {
                "category": Category.GROOMING,
                "level": 3,
                "severity": Severity.SEVERE,
                "direction": Direction.RECEIVED,
                "role": Role.RECEIVED,
                "span_kind": SpanKind.SIGNATURE,
            },
            "Looks like grooming by an adult or older person (asking for a picture or a meeting), just over the "
            "threshold; received by the student, in the signature.",
            "This student may be the one it is done to.",
            "The policy makes grooming by an adult or older person at level 3 of 3 (asking for a picture or a "
            "meeting), received by the student, imminent, and milder where it is in the signature; here it is severe.",
        ),
    ],
    ids=["goodbye", "a friend's wish", "certain threat", "quoted", "signature"],
)
def test_level_and_speaker_are_said_in_plain_words(school: School, fields, sentence, about, reason):
    found = why(school, **fields)
    assert (found.sentence, found.about, found.severity_reason) == (sentence, about, reason)


def test_without_a_level_the_sentence_names_none_and_the_reason_goes_by_strength(school: School):
    found = why(school, category=Category.VIOLENCE)
    assert found.level == ""
    assert found.sentence == "Looks like violence against others, just over the threshold; written by the student."
    assert "level" not in found.severity_reason


def test_by_an_older_policy_the_level_is_still_said(school: School):
    found = why(school, category=Category.VIOLENCE, level=2, policy_version="2025-old")
    assert found.level == "a threat"
    assert found.severity_reason == "By the policy 2025-old, which was in force then."


@pytest.mark.parametrize("category", Category)
def test_there_are_words_for_every_level_and_speaker(school: School, category: Category):
    assert len(LEVEL_WORDS[category]) == LEVELS
    for role in Role:
        assert (category, role) in ABOUT_WORDS or role in ABOUT_ROLE_WORDS
    for direction in Direction:
        for kind in (SpanKind.NEW, SpanKind.QUOTED, SpanKind.FORWARDED):
            for level in (None, *range(1, LEVELS + 1)):
                fields = {"category": category, "direction": direction, "span_kind": kind, "level": level}
                assert why(school, source=Source.DRIVE, **fields).about


def test_the_words_that_are_read_differ_by_who_speaks():
    own = {ABOUT_WORDS[category, Role.WRITTEN] for category in Category}
    others = {ABOUT_WORDS[category, Role.RECEIVED] for category in Category}
    assert not own & others
