"""The part of the policy that says how cases follow each other, cluster, and teach Heed which texts are harmless."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

BOUNDS = {
    "follow_days": (1, 365),
    "level_half_days": (1, 365),
    "cluster_accounts": (2, 1000),
    "aside_accounts": (2, 1000),
    "aside_characters": (40, 10_000),
    "aside_days": (1, 365),
}


@dataclass(frozen=True, slots=True)
class TriageRules:
    """The table `[triage]` of the policy; what a district leaves out stands as here."""

    follow_days: int = 30  # a case opened so soon after a decision about the same person follows that case
    level_half_days: int = 60  # what was found counts half after so many days in a student's running level
    cluster_accounts: int = 3  # so many people with the very same text make a cluster
    aside_accounts: int = 3  # a text must have been decided harmless for so many people; 0 = nothing is put aside
    aside_characters: int = 80  # and its flagged passage be so long: a short phrase can be anybody's own words
    aside_days: int = 120  # for so long later copies are put aside


def parse_triage(document: Mapping[str, Any]) -> TriageRules:
    """The table `[triage]` of a policy, or what holds without one. Raises `ValueError` at the first mistake."""
    table = document.get("triage", {})
    if not isinstance(table, Mapping):
        message = "policy: triage must be a table"
        raise ValueError(message)
    known = {field.name for field in fields(TriageRules)}
    for name, value in table.items():
        if name not in known:
            message = f"policy: unknown key triage.{name}; there are {', '.join(sorted(known))}"
            raise ValueError(message)
        _check(name, value)
    return TriageRules(**table)


def _check(name: str, value: object) -> None:
    lowest, highest = BOUNDS[name]
    is_off = name == "aside_accounts" and value == 0
    if not isinstance(value, int) or isinstance(value, bool) or not (is_off or lowest <= value <= highest):
        message = f"policy: triage.{name} must be a whole number from {lowest} to {highest}, not {value!r}"
        raise ValueError(message)
