"""Figures of a binary classifier, weighted, so that a bootstrap is the same computation with drawn weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BOOTSTRAPS = 200
_BINS = 10


def area_under_curve(labels: Floats, scores: Floats, weights: Floats | None = None) -> float:
    """Chance that a random positive scores above a random negative, ties counting half; NaN without both classes."""
    positive, negative = _by_score(labels, scores, weights)
    if positive.sum() == 0 or negative.sum() == 0:
        return float("nan")
    below = np.concatenate([[0.0], np.cumsum(negative[::-1])[:-1]])[::-1]
    return float((positive * (below + 0.5 * negative)).sum() / (positive.sum() * negative.sum()))


def average_precision(labels: Floats, scores: Floats, weights: Floats | None = None) -> float:
    """Mean of the precision over the recall gained at each distinct score, from the top; NaN without positives."""
    positive, negative = _by_score(labels, scores, weights)
    total = positive.sum()
    if total == 0:
        return float("nan")
    found = np.cumsum(positive)
    precision = found / np.maximum(found + np.cumsum(negative), 1e-12)
    return float((precision * positive).sum() / total)


def _by_score(labels: Floats, scores: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Weight of positives and of negatives at each distinct score, highest score first."""
    weights = np.ones_like(scores) if weights is None else weights
    distinct, place = np.unique(-scores, return_inverse=True)
    positive = np.bincount(place, weights * labels, minlength=len(distinct))
    negative = np.bincount(place, weights * (1 - labels), minlength=len(distinct))
    return positive.astype(np.float64), negative.astype(np.float64)


def calibration_error(labels: Floats, probabilities: Floats, weights: Floats | None = None) -> float:
    """Expected calibration error over ten equal bins: mean distance of stated and observed rate, by bin weight."""
    weights = np.ones_like(probabilities) if weights is None else weights
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    mass = np.bincount(bins, weights, minlength=_BINS)
    stated = np.bincount(bins, weights * probabilities, minlength=_BINS)
    observed = np.bincount(bins, weights * labels, minlength=_BINS)
    return float(np.abs(stated - observed).sum() / max(mass.sum(), 1e-12))


def base_rate_weights(labels: Floats, rate: float) -> Floats:
    """Weights under which positives make up `rate` of the whole; ones where a class is absent."""
    share = float(labels.mean()) if len(labels) else 0.0
    if share in (0.0, 1.0):
        return np.ones_like(labels)
    return np.where(labels > 0.5, rate / share, (1 - rate) / (1 - share))


@dataclass(frozen=True, slots=True)
class AtPoint:
    """What happens at one threshold. `false_alarms` counts per 1,000 harmless texts."""

    precision: float
    recall: float
    false_alarms: float


def at_threshold(labels: Floats, scores: Floats, threshold: float, weights: Floats | None = None) -> AtPoint:
    """Precision, recall and false alarms where `scores` ≥ `threshold`; NaN where there is nothing to divide by."""
    weights = np.ones_like(scores) if weights is None else weights
    over = weights * (scores >= threshold)
    hits, false = float(over @ labels), float(over @ (1 - labels))
    positives, negatives = float(weights @ labels), float(weights @ (1 - labels))
    return AtPoint(
        precision=_ratio(hits, hits + false),
        recall=_ratio(hits, positives),
        false_alarms=1000 * _ratio(false, negatives),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def intervals(
    labels: Floats, scores: Floats, thresholds: dict[str, float], *, seed: int = 0, draws: int = BOOTSTRAPS
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of `auc`, `average_precision` and, per threshold, `<name>.<figure>`.

    Texts are drawn with replacement `draws` times; a figure that is undefined in every draw is left out.
    """
    chance = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws if len(labels) else 0):
        weights = np.bincount(chance.integers(0, len(labels), len(labels)), minlength=len(labels)).astype(np.float64)
        found = {
            "auc": area_under_curve(labels, scores, weights),
            "average_precision": average_precision(labels, scores, weights),
        }
        for name, threshold in thresholds.items():
            point = at_threshold(labels, scores, threshold, weights)
            found |= {f"{name}.{figure}": getattr(point, figure) for figure in AtPoint.__slots__}
        for key, value in found.items():
            if np.isfinite(value):
                drawn.setdefault(key, []).append(value)
    return {key: (float(np.quantile(v, 0.025)), float(np.quantile(v, 0.975))) for key, v in drawn.items()}
