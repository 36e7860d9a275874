"""The district's policy: how scores become severities, when findings are one case, who is told how fast."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from monitor.domain.age_band import AgeBand, parse_bands
from monitor.domain.category import Category
from monitor.domain.role import REPEATED, Role, role_of
from monitor.domain.sensitivity import Sensitivity
from monitor.domain.severity import LEVELS, Severity
from monitor.domain.severity_rules import SeverityRule, parse_rules
from monitor.domain.source import Direction
from monitor.domain.strength import Strength
from monitor.domain.text import SpanKind
from monitor.domain.triage_rules import TriageRules, parse_triage

MAX_DIGESTS = 12
ESCALATION_KEYS = {
    *(f"{severity}_{unit}" for severity in ("concern", "severe", "imminent") for unit in ("minutes", "cycles")),
    "acknowledge_minutes",
}

TABLES = {
    "version", "sensitivity", "severity", "cases", "escalation", "alerts", "panel", "triage", "breaks", "rules",
    "age_bands",
}  # fmt: skip


class PolicyError(Exception):
    """The policy file cannot be used; the message names the key and what would be right."""


class OpenCases(StrEnum):
    """What happens in a break with the cases that were open when it began."""

    ON_CALL = "on_call"  # those on call and the district's own contacts are told
    NOBODY = "nobody"  # everybody who might rely on it is told once that nobody will act until it ends


Choice = TypeVar("Choice", Severity, SpanKind, Strength, Sensitivity, OpenCases)


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """How findings of one category become severities.

    `levels` says for each role what levels 1, 2 and 3 mean; empty where the policy does not look at levels.
    """

    at_alert: Severity
    imminent_when: Strength | None = None
    levels: Mapping[Role, tuple[Severity, ...]] = field(default_factory=dict)

    def raises(self, strength: Strength) -> bool:
        """Whether a score of this strength may make a finding imminent."""
        return self.imminent_when is not None and strength.rank >= self.imminent_when.rank

    def at_level(self, role: Role, level: int, strength: Strength) -> Severity:
        """What `level` (1 to 3) means in the mouth of `role`.

        A strong score makes what is severe imminent: it says that the classifier is certain, not that rude words are
        a threat, so milder levels stay. Quoted words are not raised either: they were said before.
        """
        severity = self.levels[role][level - 1]
        is_raised = severity is Severity.SEVERE and role is not Role.QUOTED and self.raises(strength)
        return Severity.IMMINENT if is_raised else severity


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy, checked. `sensitivity` names only the categories that differ from `standard`."""

    version: str
    rules: Mapping[Category, CategoryRule]
    steps_down: Mapping[SpanKind, int]
    case_window: timedelta
    claim_time: timedelta
    escalation_waits: Mapping[Severity, timedelta]  # a missing severity tells only the first step
    mail_from: Severity
    give_up_after_attempts: int
    sensitivity: Mapping[Category, Sensitivity] = field(default_factory=dict)
    escalation_cycles: Mapping[Severity, int] = field(default_factory=dict)  # a missing severity has one
    acknowledge_time: timedelta = timedelta(minutes=60)
    digest_at: tuple[time, ...] = ()  # local times at which further concerns are told together; empty = each at once
    open_cases: OpenCases = OpenCases.ON_CALL
    severity_rules: tuple[SeverityRule, ...] = ()  # applied in order, after the tables
    age_bands: tuple[AgeBand, ...] = ()
    panel: tuple[Mapping[str, Any], ...] = ()  # tables of further classifiers, read and checked by `models.panel_spec`
    triage: TriageRules = field(default_factory=TriageRules)

    def severity(
        self,
        category: Category,
        strength: Strength,
        kind: SpanKind,
        *,
        role: Role | None = None,
        level: int | None = None,
    ) -> Severity:
        """What a span of `kind` means that crossed the alert threshold of `category` with this `strength`.

        `level` is the classifier's, 1 to 3; without one (None or 0), or where the policy has no table of levels,
        strength alone decides. `role` is that of the student's own item where none is given.
        """
        rule = self.rules[category]
        steps = self.steps_down.get(kind, 0)
        if level and rule.levels:
            severity = rule.at_level(role or role_of(Direction.WRITTEN, kind), level, strength)
            steps = 0 if kind in REPEATED else steps  # the table has rows of its own for repeated words
        else:
            severity = Severity.IMMINENT if rule.raises(strength) else rule.at_alert
        return severity.lowered(steps)


def parse_policy(document: Mapping[str, Any]) -> Policy:
    """Build a `Policy` from the parsed TOML of `policy.toml`. Raises `PolicyError` at the first mistake."""
    _refuse_unknown(
        document,
        TABLES,
        "",
    )
    severity = _table(document, "severity")
    _refuse_unknown(severity, {*Category, "steps_down"}, "severity.")
    cases, escalation, alerts = (_table(document, name) for name in ("cases", "escalation", "alerts"))
    _refuse_unknown(cases, {"window_hours", "claim_minutes"}, "cases.")
    _refuse_unknown(alerts, {"mail_from_severity", "give_up_after_attempts", "digest_at"}, "alerts.")
    return Policy(
        version=_text(document, "version"),
        rules={category: _rule(severity, category) for category in Category},
        steps_down=_steps_down(severity),
        case_window=timedelta(hours=_number(cases, "window_hours", 1, 24 * 60, "cases")),
        claim_time=timedelta(minutes=_number(cases, "claim_minutes", 1, 24 * 60, "cases")),
        escalation_waits=_waits(escalation),
        mail_from=_choice(Severity, alerts.get("mail_from_severity"), "alerts.mail_from_severity"),
        give_up_after_attempts=_number(alerts, "give_up_after_attempts", 1, 100, "alerts"),
        sensitivity=_sensitivity(document),
        panel=_panel(document),
        triage=_triage(document),
        escalation_cycles=_cycles(escalation),
        acknowledge_time=timedelta(minutes=_optional(escalation, "acknowledge_minutes", 60, "escalation")),
        digest_at=_times(alerts),
        open_cases=_open_cases(document),
        severity_rules=_rules(document),
        age_bands=_bands(document),
    )


def _rules(document: Mapping[str, Any]) -> tuple[SeverityRule, ...]:
    bands = {band.name for band in _bands(document)}
    try:
        return parse_rules(document.get("rules", []), bands)
    except ValueError as error:
        message = f"policy: {error}"
        raise PolicyError(message) from None


def _bands(document: Mapping[str, Any]) -> tuple[AgeBand, ...]:
    try:
        return parse_bands(document.get("age_bands", {}))
    except ValueError as error:
        message = f"policy: {error}"
        raise PolicyError(message) from None


def _cycles(escalation: Mapping[str, Any]) -> dict[Severity, int]:
    usual = {Severity.IMMINENT: 3}
    return {
        severity: _optional(escalation, f"{severity.value}_cycles", usual.get(severity, 1), "escalation", highest=10)
        for severity in (Severity.CONCERN, Severity.SEVERE, Severity.IMMINENT)
    }


def _optional(table: Mapping[str, Any], name: str, default: int, where: str, *, highest: int = 24 * 60) -> int:
    return _number(table, name, 1, highest, where) if name in table else default


def _times(alerts: Mapping[str, Any]) -> tuple[time, ...]:
    value = alerts.get("digest_at", [])
    if not isinstance(value, list) or len(value) > MAX_DIGESTS or not all(isinstance(at, time) for at in value):
        message = f"policy: alerts.digest_at must be a list of at most {MAX_DIGESTS} local times such as 07:30:00"
        raise PolicyError(message)
    return tuple(sorted(set(value)))


def _open_cases(document: Mapping[str, Any]) -> OpenCases:
    table = document.get("breaks", {})
    if not isinstance(table, Mapping):
        message = "policy: breaks must be a table"
        raise PolicyError(message)
    _refuse_unknown(table, {"open_cases"}, "breaks.")
    return _choice(OpenCases, table.get("open_cases", OpenCases.ON_CALL.value), "breaks.open_cases")


def _rule(severity: Mapping[str, Any], category: Category) -> CategoryRule:
    table = _table(severity, category.value, "severity.")
    where = f"severity.{category.value}"
    _refuse_unknown(table, {"at_alert", "imminent_when", "levels"}, f"{where}.")
    imminent_when = None
    if "imminent_when" in table:
        imminent_when = _choice(Strength, table["imminent_when"], f"{where}.imminent_when")
    levels = _levels(table, where) if "levels" in table else {}
    return CategoryRule(_choice(Severity, table.get("at_alert"), f"{where}.at_alert"), imminent_when, levels)


def _levels(rule: Mapping[str, Any], where: str) -> dict[Role, tuple[Severity, ...]]:
    table = _table(rule, "levels", f"{where}.")
    _refuse_unknown(table, set(Role), f"{where}.levels.")
    return {role: _row(table.get(role.value), f"{where}.levels.{role.value}") for role in Role}


def _row(value: object, where: str) -> tuple[Severity, ...]:
    if not isinstance(value, list) or len(value) != LEVELS:
        message = f"policy: {where} must be a list of {LEVELS} severities, one for each level, not {value!r}"
        raise PolicyError(message)
    row = tuple(_choice(Severity, severity, where) for severity in value)
    if sorted(row, key=lambda severity: severity.rank) != list(row):
        message = f"policy: {where} must not become milder from one level to the next: {', '.join(row)}"
        raise PolicyError(message)
    return row


def _sensitivity(document: Mapping[str, Any]) -> dict[Category, Sensitivity]:
    if "sensitivity" not in document:
        return {}
    table = _table(document, "sensitivity")
    _refuse_unknown(table, set(Category), "sensitivity.")
    chosen = {Category(name): _choice(Sensitivity, level, f"sensitivity.{name}") for name, level in table.items()}
    return {category: level for category, level in chosen.items() if level is not Sensitivity.STANDARD}


def _panel(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    panel = document.get("panel", [])
    if not isinstance(panel, list) or not all(isinstance(member, Mapping) for member in panel):
        message = "policy: panel must be a list of tables, each beginning with [[panel]]"
        raise PolicyError(message)
    return tuple(panel)


def _triage(document: Mapping[str, Any]) -> TriageRules:
    try:
        return parse_triage(document)
    except ValueError as error:
        raise PolicyError(str(error)) from None


def _steps_down(severity: Mapping[str, Any]) -> dict[SpanKind, int]:
    if "steps_down" not in severity:
        return {}
    table = _table(severity, "steps_down", "severity.")
    return {
        _choice(SpanKind, kind, "a key of severity.steps_down"): _number(table, kind, 0, 3, "severity.steps_down")
        for kind in table
    }


def _waits(escalation: Mapping[str, Any]) -> dict[Severity, timedelta]:
    waits = {}
    _refuse_unknown(escalation, ESCALATION_KEYS, "escalation.")
    for severity in (Severity.CONCERN, Severity.SEVERE, Severity.IMMINENT):
        minutes = _number(escalation, f"{severity.value}_minutes", 0, 7 * 24 * 60, "escalation")
        if minutes:
            waits[severity] = timedelta(minutes=minutes)
    return waits


def _refuse_unknown(table: Mapping[str, Any], known: Set[str], prefix: str) -> None:
    """A mistyped key would leave its rule out of force without a word."""
    for name in table:
        if name not in known:
            message = f"policy: unknown key {prefix}{name}; there are {', '.join(sorted(known))}"
            raise PolicyError(message)


def _table(document: Mapping[str, Any], name: str, prefix: str = "") -> Mapping[str, Any]:
    table = document.get(name)
    if not isinstance(table, Mapping):
        message = f"policy has no table [{prefix}{name}]"
        raise PolicyError(message)
    return table


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 40:
        message = f"policy needs `{name}`, a text of 1 to 40 characters"
        raise PolicyError(message)
    return value


def _number(table: Mapping[str, Any], name: str, lowest: int, highest: int, where: str) -> int:
    value = table.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        message = f"policy: {where}.{name} must be a whole number from {lowest} to {highest}, not {value!r}"
        raise PolicyError(message)
    return value


def _choice(choices: type[Choice], value: object, where: str) -> Choice:
    try:
        return choices(str(value))
    except ValueError:
        message = f"policy: {where} must be one of {', '.join(choices)}, not {value!r}"
        raise PolicyError(message) from None
