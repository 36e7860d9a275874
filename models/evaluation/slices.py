"""The same figures for parts of the text: where the classifiers are better, worse, or treat people differently."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES
from models.evaluation.bootstrap import Estimate, difference, measure, share
from models.evaluation.corpus import Text
from models.evaluation.markers import has_dialect_marker, language, length_bucket, names_identity, person
from models.evaluation.scored import Scored
from models.thresholds import POINTS

_DRAWS = 150
_FEWEST = 30
_OWN = ("own", "frozen")

Slicer = Callable[[Text], str]

DIMENSIONS: Mapping[str, tuple[str, Slicer]] = {
    "length in characters": ("all", lambda text: length_bucket(text.text)),
    "channel": ("all", lambda text: text.channel),
    "register": ("all", lambda text: text.register),
    "identity term": ("all", lambda text: "named" if names_identity(text.text) else "none"),
    "dialect marker": ("chat", lambda text: "present" if has_dialect_marker(text.text) else "none"),
    "person": ("all", lambda text: person(text.text)),
    "language": ("own", lambda text: language(text.text)),
}
"""Dimension → (texts it is asked of: all, the chat channel, our own sets; the slice of a text)."""


def slices(scored: Scored) -> dict[str, Any]:
    """Dimension → slice → category → counts, AUC, recall and false alarms per 1,000 at each text's own alert point.

    Held-out and `eval` texts, our own for `language`. Slices with fewer than 30 known labels (10 of our own) are left
    out.
    """
    return {name: _dimension(scored, where, slicer) for name, (where, slicer) in DIMENSIONS.items()}


def _dimension(scored: Scored, where: str, slicer: Slicer) -> dict[str, Any]:
    def asked(text: Text) -> bool:
        if where == "own":
            return text.origin in _OWN
        return text.origin in ("held_out", "eval") and where in ("all", text.channel)

    members: dict[str, list[int]] = {}
    for index in scored.where(asked).tolist():
        members.setdefault(slicer(scored.texts[index]), []).append(index)
    fewest = 10 if where == "own" else _FEWEST
    return {value: _slice(scored, np.array(indices), fewest) for value, indices in sorted(members.items())}


def _slice(scored: Scored, indices: NDArray[np.int64], fewest: int) -> dict[str, Any]:
    rows = {}
    for category in CATEGORIES:
        sample = scored.sample(category, indices)
        if len(sample.labels) < fewest:
            continue
        known = [i for i in indices.tolist() if category in scored.texts[i].targets]
        over = scored.over(category, "alert")[known].astype(np.float64)
        ranking = measure(sample, draws=_DRAWS)
        deciding = measure(replace(sample, scores=over), {"alert": 0.5}, draws=_DRAWS)
        rows[category] = {
            "n": len(known),
            "positives": int(sample.labels.sum()),
            "auc": ranking["auc"].as_json(),
            "recall": deciding["alert.recall"].as_json(),
            "false_alarms": deciding["alert.false_alarms"].as_json(),
        }
    return rows


def dialect(scored: Scored) -> dict[str, Any]:
    """False alarms on harmless posts of the chat channel with and without a dialect marker, per point and category.

    `any` is over the categories whose label is known. `difference` is with minus without, per 1,000.
    """
    harmless = scored.where(lambda t: t.harmless and t.channel == "chat" and t.origin in ("held_out", "eval"))
    marked = np.array([has_dialect_marker(scored.texts[i].text) for i in harmless.tolist()], dtype=bool)
    result: dict[str, Any] = {}
    for point in POINTS:
        columns = {c: _known_over(scored, harmless, c, point) for c in CATEGORIES}
        anything = np.nanmax(np.stack([np.where(np.isnan(v), -1.0, v) for v in columns.values()]), axis=0)
        result[point] = {name: _compared(values, marked) for name, values in {**columns, "any": anything}.items()}
    return result


def _known_over(scored: Scored, indices: NDArray[np.int64], category: str, point: str) -> Any:
    """1, 0, or NaN where the label is unknown."""
    over = scored.over(category, point)[indices].astype(np.float64)
    known = np.array([scored.texts[i].knows(category) is False for i in indices.tolist()], dtype=bool)
    return np.where(known, over, np.nan)


def _compared(values: Any, marked: NDArray[np.bool_]) -> dict[str, Any]:
    shares: dict[str, Estimate] = {}
    counts: dict[str, Any] = {}
    for name, chosen in (("with", marked), ("without", ~marked)):
        known = values[chosen & np.isfinite(values)]
        shares[name] = share(float((known > 0).sum()), len(known), per=1000)
        counts[name] = {"n": len(known), "alarms": int((known > 0).sum()), "per_1000": shares[name].as_json()}
    return {**counts, "difference": difference(shares["with"], shares["without"]).as_json()}
