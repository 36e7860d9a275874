"""Our own short sentences: dangers found and look-alikes flagged, in the register of school mail and documents."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.categories import CATEGORIES
from models.evaluation.bootstrap import share
from models.evaluation.scored import Scored
from models.thresholds import POINTS

ORIGINS = ("own", "frozen")


def own_text(scored: Scored) -> dict[str, Any]:
    """Set → per category the dangers that raise a flag of that category, and the harmless that raise any.

    `slices` has the same for the parts of a frozen set, dangers of all categories together.
    """
    sources = sorted({text.source for text in scored.texts if text.origin in ORIGINS})
    return {source: _set(scored, source) for source in sources}


def _set(scored: Scored, source: str) -> dict[str, Any]:
    inside = scored.where(lambda text: text.source == source and text.origin in ORIGINS).tolist()
    parts = sorted({str(scored.texts[i].label) for i in inside if scored.texts[i].label is not None})
    dangerous = {c: _found(scored, [i for i in inside if scored.texts[i].knows(c)], (c,)) for c in CATEGORIES}
    slices = {part: _slice(scored, [i for i in inside if scored.texts[i].label == part]) for part in parts}
    return {"texts": len(inside), "dangerous": dangerous, "harmless": _harmless(scored, inside), "slices": slices}


def _slice(scored: Scored, inside: Sequence[int]) -> dict[str, Any]:
    dangers = [i for i in inside if any(scored.texts[i].knows(c) for c in CATEGORIES)]
    return {"dangerous": _found(scored, dangers, CATEGORIES), "harmless": _harmless(scored, inside)}


def _found(scored: Scored, dangers: Sequence[int], categories: Sequence[str]) -> dict[str, Any]:
    """Dangers that reach the point in one of `categories` that is truly theirs."""
    result: dict[str, Any] = {"n": len(dangers)}
    for point in POINTS:
        over = {category: scored.over(category, point) for category in categories}
        hits = [any(scored.texts[i].knows(c) and over[c][i] for c in categories) for i in dangers]
        result[point] = share(sum(hits), len(hits)).as_json()
    return result


def _harmless(scored: Scored, inside: Sequence[int]) -> dict[str, Any]:
    harmless = [i for i in inside if scored.texts[i].harmless]
    result: dict[str, Any] = {"n": len(harmless)}
    for point in POINTS:
        anything = np.any([scored.over(c, point)[harmless] for c in CATEGORIES], axis=0)
        result[point] = share(int(anything.sum()), len(harmless)).as_json()
    return result
