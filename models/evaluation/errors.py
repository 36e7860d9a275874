"""Errors for a person to read one by one: written outside the project, since they quote the data."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.categories import CATEGORIES
from models.evaluation.labelled import EvaluationError
from models.evaluation.scored import Scored
from models.training.chance import seeded

PROJECT = Path(__file__).resolve().parents[2]

_TRUSTED = 0.3
_KINDS = {"false alarm": False, "miss": True}


def write_errors(scored: Scored, count: int, out: Path) -> dict[str, int]:
    """`<category>.jsonl` in `out`, at most `count` errors each at the alert point; returns how many.

    Half are false alarms, half misses; of each half, half are the worst and half drawn at random. Where one kind has
    too few, the other fills up. `type` is left for the reader.
    Raises `EvaluationError` for a folder inside the project.
    """
    folder = outside(out)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for number, category in enumerate(CATEGORIES):
        rows = list(_errors(scored, category, count, seeded(31, number)))
        lines = "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
        (folder / f"{category}.jsonl").write_text(lines, encoding="utf-8")
        written[category] = len(rows)
    return written


def outside(out: Path) -> Path:
    """`out`, resolved. Raises `EvaluationError` inside the project: no row of a data set may lie there."""
    folder = out.resolve()
    if folder.is_relative_to(PROJECT):
        message = (
            f"errors quote the data sets, so they are not written inside the project; give --out outside {PROJECT}"
        )
        raise EvaluationError(message)
    return folder


def _errors(scored: Scored, category: str, count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    lead, over = scored.lead(category, "alert"), scored.over(category, "alert")

    def is_error(index: int, danger: bool) -> bool:
        text = scored.texts[index]
        trusted = text.targets.get(category, (0.0, 0.0))[1] >= _TRUSTED and text.origin in ("held_out", "eval")
        return trusted and text.knows(category) is danger and bool(over[index]) is not danger

    everything = range(len(scored.texts))
    # Worst first: a false alarm far over its threshold, a miss far under it.
    found = {
        kind: sorted((i for i in everything if is_error(i, danger)), key=lambda i: -abs(lead[i]))
        for kind, danger in _KINDS.items()
    }
    shares = _shares(count, len(found["false alarm"]), len(found["miss"]))
    for (kind, indices), share in zip(found.items(), shares, strict=True):
        worst = indices[: share // 2]
        drawn = chance.sample(indices[len(worst) :], share - len(worst))
        for picked, members in (("worst", worst), ("random", drawn)):
            for index in members:
                yield {"kind": kind, "picked": picked, **_row(scored, category, index)}


def _shares(count: int, first: int, second: int) -> tuple[int, int]:
    """How many of each kind: half and half, or more of one where the other has too few."""
    half = min(first, (count + 1) // 2)
    other = min(second, count - half)
    return min(first, count - other), other


def _row(scored: Scored, category: str, index: int) -> dict[str, Any]:
    text = scored.texts[index]
    return {
        "category": category,
        "source": text.source,
        "channel": text.channel,
        "score": float(scored.column(category)[index]),
        "threshold": float(scored.thresholds[text.channel][category]["alert"]),
        "trust": text.targets[category][1],
        "marked": [text.text[s.start : s.end] for s in scored.spans[index] if s.category == category],
        "text": text.text,
        "type": "",
    }
