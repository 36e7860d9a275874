"""A policy says what scores mean; every mistake in one is refused by the name of its key."""

import copy
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.category import Category
from monitor.domain.policy import PolicyError, parse_policy
from monitor.domain.role import Role, role_of
from monitor.domain.severity import LEVELS, Severity, most_severe
from monitor.domain.source import Direction
from monitor.domain.strength import Strength, strength_of
from monitor.domain.text import SpanKind

SHIPPED = tomllib.loads((Path(__file__).resolve().parents[3] / "config" / "policy.toml").read_text())
REMOVE = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped policy with one key set to `value` or taken out."""
    document = copy.deepcopy(SHIPPED)
    *tables, key = path.split(".")
    table = document
    for name in tables:
        table = table[name]
    if value is REMOVE:
        del table[key]
    else:
        table[key] = value
    return document


@pytest.mark.parametrize(
    ("category", "strength", "kind", "severity"),
    [
        (Category.SELF_HARM, Strength.JUST, SpanKind.NEW, Severity.SEVERE),
        (Category.SELF_HARM, Strength.WELL, SpanKind.NEW, Severity.SEVERE),
        (Category.SELF_HARM, Strength.FAR, SpanKind.NEW, Severity.IMMINENT),
        (Category.SELF_HARM, Strength.FAR, SpanKind.QUOTED, Severity.SEVERE),
        (Category.VIOLENCE, Strength.FAR, SpanKind.ATTACHMENT, Severity.IMMINENT),
        (Category.VIOLENCE, Strength.WELL, SpanKind.SIGNATURE, Severity.CONCERN),
        (Category.GROOMING, Strength.FAR, SpanKind.NEW, Severity.SEVERE),
        (Category.GROOMING, Strength.FAR, SpanKind.FORWARDED, Severity.SEVERE),
        (Category.BULLYING, Strength.FAR, SpanKind.TITLE, Severity.CONCERN),
        (Category.BULLYING, Strength.FAR, SpanKind.QUOTED, Severity.LOW),
    ],
)
def test_as_shipped_a_strength_means_a_severity(category, strength, kind, severity):
    assert parse_policy(SHIPPED).severity(category, strength, kind) is severity


LOW, CONCERN, SEVERE, IMMINENT = Severity


@pytest.mark.parametrize(
    ("category", "role", "severities"),
    [
        (Category.SELF_HARM, Role.WRITTEN, (SEVERE, SEVERE, IMMINENT)),
        (Category.SELF_HARM, Role.RECEIVED, (CONCERN, SEVERE, IMMINENT)),
        (Category.SELF_HARM, Role.QUOTED, (CONCERN, CONCERN, SEVERE)),
        (Category.VIOLENCE, Role.WRITTEN, (CONCERN, SEVERE, IMMINENT)),
        (Category.VIOLENCE, Role.FORWARDED, (CONCERN, SEVERE, IMMINENT)),
        (Category.VIOLENCE, Role.QUOTED, (LOW, CONCERN, SEVERE)),
        (Category.GROOMING, Role.WRITTEN, (CONCERN, CONCERN, SEVERE)),
        (Category.GROOMING, Role.RECEIVED, (SEVERE, SEVERE, IMMINENT)),
        (Category.BULLYING, Role.WRITTEN, (CONCERN, CONCERN, SEVERE)),
        (Category.BULLYING, Role.SHARED, (CONCERN, CONCERN, SEVERE)),
    ],
)
def test_as_shipped_a_level_means_a_severity_by_who_speaks(category, role, severities):
    policy = parse_policy(SHIPPED)
    found = [
        policy.severity(category, Strength.JUST, SpanKind.NEW, role=role, level=level) for level in range(1, LEVELS + 1)
    ]
    assert tuple(found) == severities


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("strength", Strength)
def test_as_shipped_imminent_needs_the_third_level_or_a_score_far_over_the_threshold(category, role, strength):
    policy = parse_policy(SHIPPED)
    for level in (1, 2):
        severity = policy.severity(category, strength, SpanKind.NEW, role=role, level=level)
        assert severity is not IMMINENT or strength is Strength.FAR


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("strength", Strength)
def test_as_shipped_rude_words_are_never_more_than_a_concern(role, strength):
    severity = parse_policy(SHIPPED).severity(Category.BULLYING, strength, SpanKind.NEW, role=role, level=1)
    assert severity.rank <= CONCERN.rank


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.QUOTED])
def test_as_shipped_words_that_are_said_are_never_less_than_a_concern(category, role):
    severity = parse_policy(SHIPPED).severity(category, Strength.JUST, SpanKind.NEW, role=role, level=1)
    assert severity.rank >= CONCERN.rank


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("level", range(1, LEVELS + 1))
def test_as_shipped_quoted_words_weigh_less_than_the_heaviest_that_are_said(category, level):
    policy = parse_policy(SHIPPED)
    said = {role: policy.severity(category, Strength.JUST, SpanKind.NEW, role=role, level=level) for role in Role}
    assert said[Role.QUOTED].rank < max(severity.rank for severity in said.values())


def test_a_strong_score_makes_severe_imminent_and_raises_nothing_else():
    policy = parse_policy(SHIPPED)

    def far(category: Category, level: int, role: Role = Role.WRITTEN) -> Severity:
        return policy.severity(category, Strength.FAR, SpanKind.NEW, role=role, level=level)

    assert far(Category.SELF_HARM, 2) is far(Category.VIOLENCE, 2) is IMMINENT
    assert far(Category.VIOLENCE, 1) is CONCERN
    assert far(Category.SELF_HARM, 3, Role.QUOTED) is SEVERE
    assert far(Category.GROOMING, 2, Role.RECEIVED) is SEVERE  # the shipped policy raises grooming by level alone
    assert policy.severity(Category.VIOLENCE, Strength.WELL, SpanKind.NEW, level=2) is SEVERE


@pytest.mark.parametrize("level", [None, 0])
@pytest.mark.parametrize("role", [None, *Role])
def test_without_a_level_strength_alone_decides_whoever_speaks(level, role):
    policy = parse_policy(SHIPPED)
    found = policy.severity(Category.VIOLENCE, Strength.WELL, SpanKind.NEW, role=role, level=level)
    assert found is policy.severity(Category.VIOLENCE, Strength.WELL, SpanKind.NEW) is SEVERE


def test_a_policy_without_a_table_of_levels_goes_by_strength():
    policy = parse_policy(changed("severity.self_harm.levels", REMOVE))
    assert policy.severity(Category.SELF_HARM, Strength.JUST, SpanKind.NEW, level=3) is SEVERE
    assert policy.severity(Category.SELF_HARM, Strength.FAR, SpanKind.NEW, level=1) is IMMINENT


def test_with_a_level_a_signature_loses_its_step_and_a_quotation_only_what_its_row_says():
    policy = parse_policy(SHIPPED)
    assert policy.severity(Category.VIOLENCE, Strength.JUST, SpanKind.SIGNATURE, level=3) is SEVERE
    assert policy.severity(Category.VIOLENCE, Strength.JUST, SpanKind.QUOTED, level=3) is SEVERE
    assert policy.severity(Category.VIOLENCE, Strength.JUST, SpanKind.QUOTED, level=2) is CONCERN


@pytest.mark.parametrize(
    ("direction", "kind", "role"),
    [
        (Direction.WRITTEN, SpanKind.NEW, Role.WRITTEN),
        (Direction.RECEIVED, SpanKind.ATTACHMENT, Role.RECEIVED),
        (Direction.SHARED, SpanKind.TITLE, Role.SHARED),
        (Direction.WRITTEN, SpanKind.QUOTED, Role.QUOTED),
        (Direction.RECEIVED, SpanKind.QUOTED, Role.QUOTED),
        (Direction.WRITTEN, SpanKind.FORWARDED, Role.FORWARDED),
        (Direction.RECEIVED, SpanKind.SIGNATURE, Role.RECEIVED),
    ],
)
def test_who_speaks_is_the_writer_or_the_sender_except_for_repeated_words(direction, kind, role):
    assert role_of(direction, kind) is role


def test_no_severity_is_below_low():
    policy = parse_policy(changed("severity.steps_down", {"quoted": 3}))
    assert policy.severity(Category.BULLYING, Strength.WELL, SpanKind.QUOTED) is Severity.LOW


def test_a_wait_of_zero_minutes_means_that_only_the_first_step_is_told():
    waits = parse_policy(SHIPPED).escalation_waits
    assert waits == {Severity.IMMINENT: timedelta(minutes=10), Severity.SEVERE: timedelta(minutes=60)}


def test_what_is_repeated_may_be_left_out():
    assert parse_policy(changed("severity.steps_down", REMOVE)).steps_down == {}


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("version", REMOVE, "version"),
        ("version", 3, "version"),
        ("version", "x" * 41, "version"),
        ("severity", REMOVE, "[severity]"),
        ("severity.violence", REMOVE, "[severity.violence]"),
        ("severity.violence", "severe", "[severity.violence]"),
        ("severity.violence.at_alert", REMOVE, "severity.violence.at_alert"),
        ("severity.violence.at_alert", "urgent", "severity.violence.at_alert"),
        ("severity.violence.imminent_when", 0.97, "severity.violence.imminent_when"),
        ("severity.violence.imminent_when", "very", "severity.violence.imminent_when"),
        ("severity.violence.imminent_when", True, "severity.violence.imminent_when"),
        ("severity.violence.imminent_wen", "far", "severity.violence.imminent_wen"),
        ("severity.self-harm", {"at_alert": "severe"}, "severity.self-harm"),
        ("severity.violence.levels", ["low", "low", "low"], "[severity.violence.levels]"),
        ("severity.violence.levels.quoted", REMOVE, "severity.violence.levels.quoted"),
        ("severity.violence.levels.writen", ["low", "low", "low"], "severity.violence.levels.writen"),
        ("severity.violence.levels.shared", ["low", "low"], "severity.violence.levels.shared"),
        ("severity.violence.levels.shared", "severe", "severity.violence.levels.shared"),
        ("severity.violence.levels.shared", ["low", "low", "urgent"], "severity.violence.levels.shared"),
        ("severity.violence.levels.shared", ["severe", "low", "severe"], "severity.violence.levels.shared"),
        ("panel", {"id": "one"}, "[[panel]]"),
        ("panel", ["one"], "[[panel]]"),
        ("severity.steps_down", 1, "[severity.steps_down]"),
        ("severity.steps_down.quoted", 4, "severity.steps_down.quoted"),
        ("severity.steps_down.quoted", "one", "severity.steps_down.quoted"),
        ("severity.steps_down.footer", 1, "severity.steps_down"),
        ("cases", REMOVE, "[cases]"),
        ("cases.window_hours", 0, "cases.window_hours"),
        ("cases.claim_minutes", 1.5, "cases.claim_minutes"),
        ("cases.claim_minuts", 30, "cases.claim_minuts"),
        ("escalation.severe_minutes", REMOVE, "escalation.severe_minutes"),
        ("escalation.imminent_minutes", -1, "escalation.imminent_minutes"),
        ("escalation.low_minutes", 5, "escalation.low_minutes"),
        ("alerts.mail_from_severity", "mild", "alerts.mail_from_severity"),
        ("alerts.give_up_after_attempts", True, "alerts.give_up_after_attempts"),
        ("alerts.give_up_after", 8, "alerts.give_up_after"),
        ("routing", {}, "routing"),
    ],
)
def test_a_mistake_is_refused_by_the_name_of_its_key(path, value, named):
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(path, value))
    assert named in str(caught.value)


def test_the_most_urgent_of_several_severities_counts():
    assert most_severe([Severity.LOW, Severity.IMMINENT, Severity.SEVERE]) is Severity.IMMINENT
    assert most_severe([]) is None


@pytest.mark.parametrize(
    ("probability", "threshold", "strength"),
    [
        (0.80, 0.8, Strength.JUST),
        (0.91, 0.8, Strength.JUST),
        (0.92, 0.8, Strength.WELL),
        (0.979, 0.8, Strength.WELL),
        (0.99, 0.8, Strength.WELL),
        (0.993, 0.8, Strength.FAR),
        (1.0, 0.8, Strength.FAR),
        (1.0, 1.0, Strength.JUST),
        (0.7, 0.8, Strength.JUST),
        (0.05, 0.01, Strength.WELL),
        (0.9996, 0.999, Strength.JUST),
        (0.99998, 0.999, Strength.FAR),
    ],
)
def test_strength_is_the_distance_in_log_odds(probability, threshold, strength):
    assert strength_of(probability, threshold) is strength


def test_sensitivity_names_only_what_differs_from_standard():
    assert parse_policy(SHIPPED).sensitivity == {}
    assert parse_policy(changed("sensitivity", REMOVE)).sensitivity == {}
    assert parse_policy(changed("sensitivity.bullying", "lower")).sensitivity == {"bullying": "lower"}


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("sensitivity.bullying", "loud", "sensitivity.bullying must be one of lower, standard, higher, not 'loud'"),
        ("sensitivity.bulying", "lower", "unknown key sensitivity.bulying"),
        ("sensitivity", 3, r"no table \[sensitivity\]"),
    ],
)
def test_a_mistaken_sensitivity_is_refused(key, value, complaint):
    with pytest.raises(PolicyError, match=complaint):
        parse_policy(changed(key, value))
