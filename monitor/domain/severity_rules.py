"""Rules that raise or lower a severity by circumstances: who speaks, how old they are, at what hour, how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from monitor.domain.category import Category
from monitor.domain.role import Role
from monitor.domain.severity import LEVELS, Severity

MOST = 50
CONDITIONS = {"categories", "roles", "levels", "age_bands", "hours", "repeated", "days"}
EFFECTS = ("raise", "lower", "at_least", "at_most")
KEYS = {"name", *CONDITIONS, *EFFECTS}


class Hours(StrEnum):
    """When the words were written or received, by the school's own clock."""

    SCHOOL = "school"  # in school hours
    OFF = "off"  # out of school hours, the night included
    NIGHT = "night"  # from 22:00 to 5:00


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may ask about a finding. `earlier` are the days since each earlier finding of its category."""

    category: Category
    role: Role
    level: int | None = None
    age_band: str = ""
    hours: frozenset[Hours] = frozenset()
    earlier: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """One rule. An empty condition always holds; all conditions must. Exactly one effect is set.

    `repeated` findings of the same category about the same account, this one included, within `days`.
    """

    name: str
    categories: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    age_bands: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    repeated: int = 0
    days: int = 14
    effect: str = "raise"
    value: int | Severity = 1

    def holds(self, at: Circumstances) -> bool:
        """Whether every condition is met."""
        return (
            _among(at.category, self.categories)
            and _among(at.role, self.roles)
            and _among(at.level, self.levels)
            and _among(at.age_band, self.age_bands)
            and (not self.hours or any(hour in at.hours for hour in self.hours))
            and (not self.repeated or self._count(at) >= self.repeated)
        )

    def _count(self, at: Circumstances) -> int:
        return 1 + sum(0 <= days <= self.days for days in at.earlier)

    def changed(self, severity: Severity) -> Severity:
        """What becomes of `severity`."""
        if isinstance(self.value, Severity):
            pick = max if self.effect == "at_least" else min
            return pick(severity, self.value, key=lambda one: one.rank)
        steps = self.value if self.effect == "lower" else -self.value
        return list(Severity)[min(max(severity.rank - steps, 0), len(Severity) - 1)]


def apply_rules(rules: Sequence[SeverityRule], severity: Severity, at: Circumstances) -> tuple[Severity, list[str]]:
    """`severity` after all rules that hold, in order, and the names of those that changed it."""
    names = []
    for rule in rules:
        if rule.holds(at) and (after := rule.changed(severity)) is not severity:
            severity = after
            names.append(rule.name)
    return severity, names


def parse_rules(document: object, bands: set[str]) -> tuple[SeverityRule, ...]:
    """The rules of `[[rules]]`. Raises `ValueError` with the rule and what would be right."""
    if not isinstance(document, list) or len(document) > MOST:
        message = f"rules must be a list of at most {MOST} tables, each beginning with [[rules]]"
        raise ValueError(message)
    return tuple(_rule(entry, number, bands) for number, entry in enumerate(document, start=1))


def _rule(entry: Any, number: int, bands: set[str]) -> SeverityRule:
    where = f"rule {number}"
    if not isinstance(entry, Mapping) or not set(entry) <= KEYS:
        message = f"{where}: there are {', '.join(sorted(KEYS))}"
        raise ValueError(message)
    name = entry.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 80:
        message = f"{where} needs a `name` of 1 to 80 characters: people read why a finding is as urgent as it is"
        raise ValueError(message)
    effect, value = _effect(entry, name)
    return SeverityRule(
        name=name,
        categories=_list(entry, "categories", set(Category), name),
        roles=_list(entry, "roles", set(Role), name),
        levels=_list(entry, "levels", set(range(1, LEVELS + 1)), name),
        age_bands=_list(entry, "age_bands", bands, name),
        hours=_list(entry, "hours", set(Hours), name),
        repeated=_whole(entry, "repeated", 0, 2, 100, name),
        days=_whole(entry, "days", 14, 1, 60, name),
        effect=effect,
        value=value,
    )


def _effect(entry: Mapping[str, Any], name: str) -> tuple[str, int | Severity]:
    given = [effect for effect in EFFECTS if effect in entry]
    if len(given) != 1:
        message = f"rule {name!r} needs exactly one of {', '.join(EFFECTS)}"
        raise ValueError(message)
    effect, value = given[0], entry[given[0]]
    if effect in {"raise", "lower"}:
        return effect, _whole(entry, effect, 1, 1, 3, name)
    if value not in set(Severity):
        message = f"rule {name!r}: {effect} must be one of {', '.join(Severity)}, not {value!r}"
        raise ValueError(message)
    return effect, Severity(value)


def _list(entry: Mapping[str, Any], key: str, allowed: Any, name: str) -> tuple[Any, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or any(isinstance(one, bool) or one not in allowed for one in value):
        known = ", ".join(map(str, sorted(allowed))) or "none"
        message = f"rule {name!r}: {key} must be a list out of: {known}"
        raise ValueError(message)
    return tuple(value)


def _whole(entry: Mapping[str, Any], key: str, default: int, lowest: int, highest: int, name: str) -> int:
    value = entry.get(key, default)
    if key in entry and (not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest):
        message = f"rule {name!r}: {key} must be a whole number from {lowest} to {highest}, not {value!r}"
        raise ValueError(message)
    return int(value)


def _among(value: object, allowed: Sequence[object]) -> bool:
    return not allowed or value in allowed
