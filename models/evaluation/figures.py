"""Figures of a binary classifier, weighted: the plain definitions, one sample at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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


def base_rate_weights(labels: Floats, rate: float, weights: Floats | None = None) -> Floats:
    """`weights` changed so that positives make up `rate` of the whole; unchanged where a class is absent."""
    weights = np.ones_like(labels) if weights is None else weights
    share = float(weights @ labels / weights.sum()) if weights.sum() > 0 else 0.0
    if share in (0.0, 1.0):
        return weights
    return np.where(labels > 0.5, weights * rate / share, weights * (1 - rate) / (1 - share))


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


def ratios(part: Floats, whole: Floats) -> Floats:
    """`part` / `whole` by element, NaN where `whole` is not above 0."""
    part, whole = np.broadcast_arrays(part, whole)
    quotient: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return quotient


def ranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    middle: Floats = upper - (counts - 1) / 2
    each: Floats = middle[place]
    return each


def rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's correlation, ties sharing ranks; NaN where one side is constant or there are fewer than two."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])
