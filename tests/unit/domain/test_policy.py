"""A policy says what scores mean; every mistake in one is refused by the name of its key."""

import copy
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.category import Category
from monitor.domain.policy import PolicyError, parse_policy
from monitor.domain.severity import Severity, most_severe
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
