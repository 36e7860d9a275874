"""A report beside an earlier one: which figures lie within the earlier one's intervals.

`worker.py train` promises the shipped figures within their intervals; this is how anybody checks it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.categories import CATEGORIES
from models.evaluation.labelled import EvaluationError
from models.evaluation.tables import Found, measured, number, prose, table

Figure = tuple[str, int, Any, Any]
"""What is measured, with how many digits it is written, here and there; the interval counts that stands there."""

_CHANNELS = ("mail", "chat")


def read_report(path: Path) -> dict[str, Any]:
    """A `report.json` of the full evaluation. Raises `EvaluationError` when `path` is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        list(_figures(found, found))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path} is no report of `worker.py evaluate --out` of this version: {error!r}"
        raise EvaluationError(message) from error
    return dict(found)


def beside(result: Found, other: Found) -> dict[str, Any]:
    """Each figure of `result` beside that of `other`, and whether it lies within the interval there."""
    figures = [
        {"what": what, "digits": digits, "here": _value(here), "there": there, "within": _within(_value(here), there)}
        for what, digits, here, there in _figures(result, other)
    ]
    return {"classifier": other["classifier"], "figures": figures}


def beside_part(found: Found) -> list[str]:
    """The page's section on what `beside` returns."""
    told = {True: "yes", False: "**no**", None: "-"}
    rows = [
        (row["what"], number(row["here"], row["digits"]), measured(row["there"], row["digits"]), told[row["within"]])
        for row in found["figures"]
    ]
    known = [row["within"] for row in found["figures"] if row["within"] is not None]
    return [
        *table(("figure", "here", found["classifier"], "within its interval"), rows),
        *prose(
            f"{sum(known)} of {len(known)} figures lie within the intervals of {found['classifier']}.",
            "Those of recall and of alarms are the ones for which the calibration texts are drawn anew too.",
        ),
    ]


def _figures(here: Found, there: Found) -> Iterator[Figure]:
    for name, figure, digits in (("AUC", "auc", 3), ("average precision", "average_precision", 2)):
        for category in CATEGORIES:
            yield f"{name}, {category}", digits, *(r["categories"][category][figure] for r in (here, there))
    drawn = [report["redrawn"] or {"categories": {}, "ordinary": {}} for report in (here, there)]
    for channel in _CHANNELS:
        for category in CATEGORIES:
            pair = [_inside(report["categories"], category, channel, "recall") for report in drawn]
            yield f"recall at alert in {channel}, {category}", 2, *pair
    for name in there["ordinary"]:
        yield f"alerts per 1,000, {name}", 1, *(_inside(report["ordinary"], name, "per_1000") for report in drawn)


def _inside(found: Any, *names: str) -> Any:
    for name in names:
        found = (found or {}).get(name)
    return found


def _value(figure: Mapping[str, Any] | None) -> float | None:
    return None if figure is None else figure["value"]


def _within(value: float | None, there: Mapping[str, Any] | None) -> bool | None:
    if value is None or there is None or there["interval"] is None:
        return None
    low, high = there["interval"]
    return bool(low <= value <= high)
