"""Figures with 95 % intervals: everything is computed for all bootstrap draws at once.

Scores are sorted once; a draw then only changes how often each text counts, so every figure of every draw is a
cumulative sum over the same order. What is drawn is the *group* (a person, channel or conversation), never the single
text: texts of one person are alike, and intervals that ignore it are too narrow.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluation.figures import Floats, ratios

DRAWS = 300
_CELLS = 3_000_000
_Z = 1.959964
_TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; NaN where it is not defined."""

    value: float
    low: float = float("nan")
    high: float = float("nan")

    def as_json(self) -> dict[str, Any]:
        """`value` and `interval`, null where undefined."""
        defined = math.isfinite(self.low) and math.isfinite(self.high)
        value = float(self.value) if math.isfinite(self.value) else None
        return {"value": value, "interval": [float(self.low), float(self.high)] if defined else None}


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts whose label is known: labels 0/1, scores, weights (trust in the label), group numbers; all (n,)."""

    labels: Floats
    scores: Floats
    weights: Floats
    groups: NDArray[np.int64]

    @classmethod
    def of(cls, labels: Any, scores: Any, weights: Any | None = None, groups: Sequence[str] | None = None) -> "Sample":
        """A sample from any sequences; without `weights` all are trusted alike, without `groups` each stands alone."""
        labels = np.asarray(labels, dtype=np.float64)
        trust = np.ones_like(labels) if weights is None else np.asarray(weights, dtype=np.float64)
        return cls(labels, np.asarray(scores, dtype=np.float64), trust, group_numbers(groups, len(labels)))


def group_numbers(groups: Sequence[str] | None, count: int) -> NDArray[np.int64]:
    """Names of groups as numbers from 0; each text its own group where there are no names."""
    if groups is None:
        return np.arange(count, dtype=np.int64)
    return np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64).reshape(-1)


def draw_counts(groups: NDArray[np.int64], draws: int, chance: np.random.Generator) -> Floats:
    """How often each text counts in each draw, (draws, n): groups drawn with replacement, as many as there are."""
    total = int(groups.max()) + 1
    picked = chance.integers(0, total, (draws, total)) + np.arange(draws)[:, None] * total
    counts = np.bincount(picked.ravel(), minlength=draws * total).reshape(draws, total)
    return counts[:, groups].astype(np.float64)


def resampled(groups: NDArray[np.int64], draws: int, seed: int = 0) -> Iterator[Floats]:
    """`draw_counts` in slices that keep memory bounded whatever the number of texts."""
    chance = np.random.default_rng(seed)
    at_once = max(1, _CELLS // max(1, len(groups)))
    for done in range(0, draws, at_once):
        yield draw_counts(groups, min(at_once, draws - done), chance)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sample in falling order of score, with the places where a distinct score ends."""

    positive: Floats
    negative: Floats
    order: NDArray[np.int64]
    ends: NDArray[np.int64]
    scores: Floats

    @classmethod
    def of(cls, sample: Sample) -> "Ranked":
        """Sort once."""
        order = np.argsort(-sample.scores, kind="stable")
        scores = sample.scores[order]
        last = np.append(scores[1:] != scores[:-1], True) if len(scores) else np.zeros(0, dtype=bool)
        labels, weights = sample.labels[order], sample.weights[order]
        return cls(weights * labels, weights * (1 - labels), order, np.flatnonzero(last), scores)

    def curves(self, counts: Floats) -> "Curves":
        """Weight found so far at each distinct score, for each draw."""
        ordered = counts[:, self.order]
        found = np.cumsum(ordered * self.positive, axis=1)[:, self.ends]
        false = np.cumsum(ordered * self.negative, axis=1)[:, self.ends]
        return Curves(found, false, self.scores[self.ends])


@dataclass(frozen=True, slots=True)
class Curves:
    """`found` dangerous and `false` harmless weight (draws, distinct scores) at or over each of `scores`, falling."""

    found: Floats
    false: Floats
    scores: Floats

    def area(self) -> Floats:
        """Area under the receiver curve of each draw."""
        gained = np.diff(self.found, prepend=0.0, axis=1)
        added = np.diff(self.false, prepend=0.0, axis=1)
        total, harmless = self.found[:, -1], self.false[:, -1]
        beaten = harmless[:, None] - self.false + 0.5 * added
        return ratios((gained * beaten).sum(axis=1), total * harmless)

    def precision_average(self, prevalence: float | None = None) -> Floats:
        """Average precision of each draw, as it is or with positives re-weighted to `prevalence`."""
        total, harmless = self.found[:, -1:], self.false[:, -1:]
        found, false = self.found, self.false
        if prevalence is not None:
            found, false = prevalence * ratios(found, total), (1 - prevalence) * ratios(false, harmless)
        gained = np.diff(found, prepend=0.0, axis=1)
        precision = found / np.maximum(found + false, 1e-300)
        return ratios((gained * precision).sum(axis=1), found[:, -1])

    def recall_at(self, thresholds: Floats) -> Floats:
        """Recall of each draw at a threshold of its own (draws,)."""
        places = np.searchsorted(-self.scores, -thresholds, side="right")
        found = np.concatenate([np.zeros((len(self.found), 1)), self.found], axis=1)
        return ratios(found[np.arange(len(found)), places], self.found[:, -1])

    def at(self, threshold: float, base_rate: float | None = None) -> dict[str, Floats]:
        """`recall`, `precision`, `false_alarms` per 1,000 harmless, and with `base_rate` the precision there."""
        place = int(np.searchsorted(-self.scores, -threshold, side="right"))
        zero = np.zeros(len(self.found))
        found = self.found[:, place - 1] if place else zero
        false = self.false[:, place - 1] if place else zero
        recall, alarms = ratios(found, self.found[:, -1]), ratios(false, self.false[:, -1])
        figures = {"recall": recall, "precision": ratios(found, found + false), "false_alarms": 1000 * alarms}
        if base_rate is not None:
            hits = base_rate * recall
            figures["precision_at_base_rate"] = ratios(hits, hits + (1 - base_rate) * alarms)
        return figures


def measure(
    sample: Sample,
    thresholds: Mapping[str, float] | None = None,
    *,
    prevalences: Sequence[float] = (),
    base_rate: float | None = None,
    draws: int = DRAWS,
) -> dict[str, Estimate]:
    """`auc`, `average_precision`, `average_precision@<prevalence>`, and per threshold `<name>.<figure>`.

    The figures at a threshold are those of `Curves.at`. A draw in which a figure is undefined does not count.
    """
    ranked = Ranked.of(sample)
    if not len(ranked.ends):
        return {}

    def figures(counts: Floats) -> dict[str, Floats]:
        curves = ranked.curves(counts)
        found = {"auc": curves.area(), "average_precision": curves.precision_average()}
        for prevalence in prevalences:
            found[f"average_precision@{prevalence:g}"] = curves.precision_average(prevalence)
        for name, threshold in (thresholds or {}).items():
            found |= {f"{name}.{figure}": values for figure, values in curves.at(threshold, base_rate).items()}
        return found

    whole = figures(np.ones((1, len(sample.labels))))
    slices = [figures(counts) for counts in resampled(sample.groups, draws)]
    return {key: estimate(float(whole[key][0]), np.concatenate([part[key] for part in slices])) for key in whole}


def estimate(value: float, drawn: Floats) -> Estimate:
    """`value` with the middle 95 % of what was drawn; without an interval where nothing drawn is defined."""
    defined = drawn[np.isfinite(drawn)]
    if not len(defined) or not math.isfinite(value):
        return Estimate(value)
    low, high = np.quantile(defined, _TAILS)
    return Estimate(value, float(low), float(high))


def mean(values: Floats, groups: NDArray[np.int64] | None = None, draws: int = DRAWS) -> Estimate:
    """The mean of `values` (n,), with the interval over groups."""
    if not len(values):
        return Estimate(float("nan"))
    groups = np.arange(len(values)) if groups is None else groups
    drawn = [ratios(counts @ values, counts.sum(axis=1)) for counts in resampled(groups, draws)]
    return estimate(float(values.mean()), np.concatenate(drawn))


def share(part: float, whole: float, per: float = 1.0) -> Estimate:
    """`part` of `whole` with Wilson's interval, which is honest at 0 of few as well; times `per` (1000, say)."""
    if whole <= 0:
        return Estimate(float("nan"))
    p = part / whole
    middle, spread = p + _Z**2 / (2 * whole), _Z * math.sqrt(p * (1 - p) / whole + (_Z / (2 * whole)) ** 2)
    scale = 1 + _Z**2 / whole
    low = 0.0 if part == 0 else max(0.0, (middle - spread) / scale)
    high = 1.0 if part == whole else min(1.0, (middle + spread) / scale)
    return Estimate(per * p, per * low, per * high)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """`first` minus `second` of two shares of different texts, by Newcombe's rule from their Wilson intervals."""
    value = first.value - second.value
    low = value - math.hypot(first.value - first.low, second.high - second.value)
    high = value + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(value, low, high)
