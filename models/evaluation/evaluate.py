"""All figures of a classifier on labelled texts, as plain values ready for JSON."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.calibration import BASE_RATES
from models.categories import CATEGORIES
from models.classifier import Classifier
from models.evaluation.bootstrap import Sample, measure
from models.evaluation.figures import (
    area_under_curve,
    at_threshold,
    average_precision,
    base_rate_weights,
    calibration_error,
)
from models.evaluation.labelled import Labelled

_SLICE = 256


def score_texts(
    classifier: Classifier, texts: Sequence[str], show: Callable[[int], None] | None = None
) -> list[dict[str, float]]:
    """Scores of each text, in slices, reporting the number done to `show`."""
    scores: list[dict[str, float]] = []
    for start in range(0, len(texts), _SLICE):
        scores += [score.scores for score in classifier.score(texts[start : start + _SLICE])]
        if show:
            show(len(scores))
    return scores


def evaluate(
    data: Labelled, scores: Sequence[dict[str, float]], thresholds: dict[str, dict[str, float]], classifier: str
) -> dict[str, Any]:
    """Figures per category, and how many texts known to be harmless throughout raise any flag.

    Undefined figures (no positives, no negatives) are null.
    """
    return {
        "classifier": classifier,
        "texts": len(data.texts),
        "bad_lines": data.bad_lines,
        "complaints": data.complaints,
        "categories": {c: _category(data, scores, thresholds[c], c) for c in CATEGORIES},
        "harmless": _harmless(data, scores, thresholds),
    }


def _category(
    data: Labelled, scores: Sequence[dict[str, float]], thresholds: dict[str, float], category: str
) -> dict[str, Any]:
    known = [i for i, labels in enumerate(data.labels) if category in labels]
    labels = np.array([float(data.labels[i][category]) for i in known])
    values = np.array([scores[i][category] for i in known])
    spread = {key: found.as_json()["interval"] for key, found in measure(Sample.of(labels, values), thresholds).items()}
    figures: dict[str, Any] = {
        "n": len(known),
        "positives": int(labels.sum()),
        "auc": area_under_curve(labels, values),
        "average_precision": average_precision(labels, values),
        "calibration_error": calibration_error(labels, values),
        "calibration_error_at_base_rate": calibration_error(
            labels, values, base_rate_weights(labels, BASE_RATES[category])
        ),
        "points": {
            name: {"threshold": threshold, **asdict(at_threshold(labels, values, threshold))}
            for name, threshold in thresholds.items()
        },
        "intervals": {key: pair for key, pair in spread.items() if pair is not None},
    }
    cleaned: dict[str, Any] = without_nan(figures)
    return cleaned


def _harmless(
    data: Labelled, scores: Sequence[dict[str, float]], thresholds: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """Over all categories together: texts without any positive label that are over a threshold."""
    quiet = [i for i, labels in enumerate(data.labels) if labels and not any(labels.values())]
    counts = {
        point: sum(any(scores[i][c] >= thresholds[c][point] for c in data.labels[i]) for i in quiet)
        for point in ("alert", "review")
    }
    per_thousand = {point: 1000 * count / len(quiet) if quiet else None for point, count in counts.items()}
    return {"n": len(quiet), "over": counts, "per_1000": per_thousand}


def without_nan(value: Any) -> Any:
    """`value` with every undefined number, however deep, as None: JSON knows no NaN."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
