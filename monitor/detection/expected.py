"""How many alerts a level of sensitivity brings in a week, as the report of the shipped classifier measured it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from models import categories
from monitor.domain.category import Category
from monitor.domain.sensitivity import Sensitivity

REPORT = Path(categories.__file__).parent / "reports" / "report.json"


@dataclass(frozen=True, slots=True)
class Expected:
    """Alerts in a week at one level, for so many students as were asked for.

    `real` are texts that hold the danger, by category, if as many do as the report assumes. `false` are harmless ones
    over all categories together, with the ends of their 95 % interval: the report cannot tell them apart by category.
    """

    real: Mapping[Category, float]
    false: float
    false_low: float
    false_high: float


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the figures rest on: texts of a student in a week, and how many of 1,000 hold a danger, by category."""

    mail: float
    document: float
    dangers: Mapping[str, float]


def expected_alerts(students: int) -> dict[Sensitivity, Expected]:
    """What each level brings in a week for `students`; empty where the report is not there or says nothing of it."""
    found = _report()
    if not found:
        return {}
    share = students / found["assumptions"]["students"]
    return {level: _level(found["levels"][level], share) for level in Sensitivity if level in found["levels"]}


def assumptions() -> Assumptions | None:
    """What the figures rest on; None where there are none."""
    found = _report()
    if not found:
        return None
    texts = found["assumptions"]["texts_per_student_and_week"]
    dangers = {name: rate * 1_000 for name, rate in found["assumptions"]["base_rates"].items()}
    return Assumptions(texts["mail"], texts["document"], dangers)


def _level(level: Mapping[str, Any], share: float) -> Expected:
    false = level["false_alerts"]
    return Expected(
        real={category: level["true_alerts"][category.value] * share for category in Category},
        false=false["value"] * share,
        false_low=false["interval"][0] * share,
        false_high=false["interval"][1] * share,
    )


@lru_cache(maxsize=1)
def _report() -> dict[str, Any]:
    try:
        found = json.loads(REPORT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(found.get("expected") or {})
