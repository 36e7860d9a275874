"""How well each category is told from the rest on held-out text: ranking, calibration, and the operating points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.calibration import BASE_RATES
from models.categories import CATEGORIES, CHANNELS
from models.evaluation.bootstrap import Estimate, Sample, measure
from models.evaluation.figures import base_rate_weights, calibration_error
from models.evaluation.scored import Scored
from models.thresholds import POINTS

PREVALENCES: Mapping[str, Sequence[float]] = {
    "bullying": (0.17, 0.05),
    "self_harm": (0.035,),
    "violence": (0.065,),
    "grooming": (0.12,),
}
"""Shares of danger to which average precision is re-weighted, besides the assumed base rate of a school."""

CONTRASTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "grooming": ("grooming_windows", ("chat_rooms_nps", "game_chat_conda")),
}
"""Category → a source that has only dangers, and harmless sources of the same form to set against it."""

BIN_EDGES = (0.0, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0)
"""Bins of stated probability: finer where nearly all texts of a school lie."""

_SOURCE_DRAWS = 200
_FEWEST = 5


def quality(scored: Scored) -> dict[str, Any]:
    """Per category, over all held-out rows: figures by name, counts, reliability, operating points, and by source."""
    held = scored.where(lambda text: text.origin == "held_out")
    return {category: _category(scored, held, category) for category in CATEGORIES}


def _category(scored: Scored, held: Any, category: str) -> dict[str, Any]:
    sample = scored.sample(category, held)
    thresholds = {f"{ch}.{point}": scored.thresholds[ch][category][point] for ch in CHANNELS for point in POINTS}
    rate = BASE_RATES[category]
    found = measure(sample, thresholds, prevalences=(*PREVALENCES[category], rate), base_rate=rate)
    weights = base_rate_weights(sample.labels, rate, sample.weights)
    return {
        **counted(sample),
        **_named(found, ("auc", "average_precision")),
        "average_precision_at": {
            key.partition("@")[2]: value.as_json()
            for key, value in found.items()
            if key.startswith("average_precision@")
        },
        "calibration_error_at_base_rate": calibration_error(sample.labels, sample.scores, weights),
        "reliability": base_rate_reliability(scored, category),
        "channels": {channel: _points(found, thresholds, channel) for channel in CHANNELS},
        "sources": _by_source(scored, held, category),
    }


def counted(sample: Sample) -> dict[str, Any]:
    """How many texts, dangers and groups a sample has, and the share of trust that lies on dangers."""
    trust = float(sample.weights.sum())
    return {
        "n": len(sample.labels),
        "positives": int(sample.labels.sum()),
        "groups": len(np.unique(sample.groups)),
        "prevalence": float(sample.weights @ sample.labels) / trust if trust else None,
    }


def _named(found: Mapping[str, Estimate], names: Sequence[str]) -> dict[str, Any]:
    return {name: found[name].as_json() if name in found else Estimate(float("nan")).as_json() for name in names}


def _points(found: Mapping[str, Estimate], thresholds: Mapping[str, float], channel: str) -> dict[str, Any]:
    figures = ("recall", "precision", "precision_at_base_rate", "false_alarms")
    points = {}
    for point in POINTS:
        name = f"{channel}.{point}"
        values = {figure: found[f"{name}.{figure}"].as_json() for figure in figures if f"{name}.{figure}" in found}
        points[point] = {"threshold": thresholds[name], **values}
    return points


def base_rate_reliability(scored: Scored, category: str) -> list[dict[str, Any]]:
    """`reliability` of all held-out rows of a category at its assumed base rate."""
    sample = scored.sample(category, scored.where(lambda text: text.origin == "held_out"))
    return reliability(sample, base_rate_weights(sample.labels, BASE_RATES[category], sample.weights))


def reliability(sample: Sample, weights: Any) -> list[dict[str, Any]]:
    """Stated and observed share of danger by bin of stated probability, under `weights`; empty bins are left out."""
    place = np.clip(np.searchsorted(BIN_EDGES, sample.scores, side="right") - 1, 0, len(BIN_EDGES) - 2)
    rows = []
    for number in np.unique(place):
        inside = place == number
        mass = float(weights[inside].sum())
        if mass > 0:
            rows.append(
                {
                    "from": BIN_EDGES[number],
                    "to": BIN_EDGES[number + 1],
                    "n": int(inside.sum()),
                    "positives": int(sample.labels[inside].sum()),
                    "stated": float(weights[inside] @ sample.scores[inside]) / mass,
                    "observed": float(weights[inside] @ sample.labels[inside]) / mass,
                }
            )
    return rows


def _by_source(scored: Scored, held: Any, category: str) -> dict[str, Any]:
    """Each source that has dangers of the category, at the operating points of its own channel."""
    names = sorted({scored.texts[i].source for i in held.tolist() if scored.texts[i].knows(category)})
    rows: dict[str, Any] = {}
    for name in names:
        rows[name] = _source(scored, category, name, (name,))
        if category in CONTRASTS and CONTRASTS[category][0] == name:
            others = CONTRASTS[category][1]
            rows[f"{name} against {', '.join(others)}"] = _source(scored, category, name, (name, *others))
    return {name: row for name, row in rows.items() if row["positives"] >= _FEWEST}


def _source(scored: Scored, category: str, name: str, sources: Sequence[str]) -> dict[str, Any]:
    indices = scored.where(lambda text: text.origin == "held_out" and text.source in sources)
    sample = scored.sample(category, indices)
    channel = next(scored.texts[i].channel for i in indices.tolist() if scored.texts[i].source == name)
    limits = scored.thresholds[channel][category]
    found = measure(sample, limits, draws=_SOURCE_DRAWS)
    figures = ("auc", "average_precision", *(f"{point}.{f}" for point in POINTS for f in ("recall", "false_alarms")))
    return {**counted(sample), "channel": channel, **_named(found, figures)}
