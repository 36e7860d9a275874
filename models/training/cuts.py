"""Where the first pass cuts: as little ordinary text let through as possible, hardly any alert of the full model lost.

An *alert* is a text and a category in which the full model reaches a limit in at least one window. It is lost when none
of these windows passes. A window passes when the early heads reach the cut of *any* category, and then gets exact
scores for all of them: so the cuts are chosen together, and an alert that another category's cut lets through costs
nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES
from models.evaluation.bootstrap import share

LOSS = 0.003
"""This share of the alerts may be lost where the cuts are chosen; 0.005 is promised on text not seen before."""

CATEGORY_LOSS = 0.005
"""No category may lose more than this, so that a rare one does not pay for the others."""

MARGINS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5)
"""Logits by which cuts may be lowered. The least one also covers what another precision changes in an estimate."""

_FREE_MOVE = 0.2

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """Windows judged by the whole network and early.

    `logits` are the full model's and `estimates` the early heads', both (windows, categories); `owners` (windows,) are
    numbers of texts; `weights` (windows,) say how much letting a window through costs, 0 for text that is not ordinary.
    """

    logits: Floats
    estimates: Floats
    owners: NDArray[np.int64]
    weights: NDArray[np.float64]

    def part(self, picked: Flags) -> "Judged":
        """Only the windows where `picked` (windows,) is true."""
        return Judged(self.logits[picked], self.estimates[picked], self.owners[picked], self.weights[picked])


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts of judged windows.

    `windows` and `numbers` are the (window, alert) pairs that belong together; `columns` is each alert's category.
    """

    windows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    columns: NDArray[np.int64]

    def lost(self, passed: Flags) -> Flags:
        """Which alerts (alerts,) are lost when the windows `passed` (windows,) go on to the encoder."""
        lost = np.ones(len(self.columns), dtype=np.bool_)
        lost[self.numbers[passed[self.windows]]] = False
        return lost

    def counts(self, picked: Flags | None = None) -> NDArray[np.int64]:
        """Alerts per category (categories,); with `picked` (alerts,) only those."""
        columns = self.columns if picked is None else self.columns[picked]
        return np.bincount(columns, minlength=len(CATEGORIES))


def find_alerts(logits: Floats, owners: NDArray[np.int64], limits: NDArray[np.float64]) -> Alerts:
    """The alerts where `logits` (windows, categories) reach `limits` (categories,)."""
    windows, columns = np.nonzero(logits >= limits)
    named = owners[windows] * len(CATEGORIES) + columns
    alerts, numbers = np.unique(named, return_inverse=True)
    return Alerts(windows, numbers, alerts % len(CATEGORIES))


def passing(estimates: Floats, cuts: NDArray[np.float64]) -> Flags:
    """Which windows (windows,) reach the cut of any category."""
    reached: Flags = np.logical_or.reduce(estimates >= cuts, axis=1)
    return reached


def choose_cuts(judged: Judged, limits: NDArray[np.float64], loss: float = LOSS) -> NDArray[np.float64]:
    """One cut per category (categories,) that lets little ordinary text through within the bounds on lost alerts.

    `limits` (categories,) are the full model's logits from which a category alerts. No cut is above its limit: what the
    early heads themselves take for an alert always passes. Where there is no alert to learn from, the cut is the limit.
    """
    choice = _Choice(judged, limits, loss)
    found = [choice.raised(choice.raised(choice.safe(), held), None) for held in (None, *range(len(CATEGORIES)))]
    return min(found, key=choice.cost)


def choose_margin(
    judged: Judged, limits: NDArray[np.float64], halves: Flags, loss: float = LOSS
) -> tuple[float, NDArray[np.int64]]:
    """By how much cuts must be lowered to hold on text they were not chosen on, and what is then lost per category.

    Cuts are chosen on each of the `halves` (windows,) and tried on the other; texts must not lie in both. The last of
    `MARGINS` where none is enough.
    """
    lost = np.zeros(len(CATEGORIES), dtype=np.int64)
    pairs = [(judged.part(halves), judged.part(~halves)), (judged.part(~halves), judged.part(halves))]
    tries = [
        (choose_cuts(one, limits, loss), other, find_alerts(other.logits, other.owners, limits)) for one, other in pairs
    ]
    whole = sum(len(alerts.columns) for _, _, alerts in tries)
    for margin in MARGINS:
        counts = [a.counts(a.lost(passing(other.estimates, cuts - margin))) for cuts, other, a in tries]
        lost = np.sum(counts, axis=0, dtype=np.int64)
        if lost.sum() <= loss * whole:
            return margin, lost
    return MARGINS[-1], lost


class _Choice:
    """The search for cuts: raised one at a time, always where most ordinary text is kept out per alert lost."""

    def __init__(self, judged: Judged, limits: NDArray[np.float64], loss: float) -> None:
        self._judged, self._limits = judged, limits
        self._alerts = find_alerts(judged.logits, judged.owners, limits)
        self._bound = int(loss * len(self._alerts.columns))
        self._bounds = (CATEGORY_LOSS * self._alerts.counts()).astype(np.int64)

    def safe(self) -> NDArray[np.float64]:
        """Cuts at which each category loses nothing even alone."""
        keys = [self._keys(column)[self._alerts.columns == column] for column in range(len(CATEGORIES))]
        lowest = [own.min(initial=np.inf) for own in keys]
        return np.minimum(np.array(lowest, dtype=np.float64), self._limits)

    def cost(self, cuts: NDArray[np.float64]) -> float:
        """The weight of all windows that pass."""
        return float(self._judged.weights @ passing(self._judged.estimates, cuts))

    def raised(self, cuts: NDArray[np.float64], held: int | None) -> NDArray[np.float64]:
        """`cuts` raised as far as the bounds allow; that of the category `held` stays."""
        columns = [column for column in range(len(CATEGORIES)) if column != held]
        while True:
            now = self.cost(cuts)
            lost = int(self._alerts.lost(passing(self._judged.estimates, cuts)).sum())
            best, worth = cuts, 0.0
            for column in columns:
                for moved, then in self._moves(cuts, column):
                    gain = (now - self.cost(moved)) / (max(0, then - lost) + _FREE_MOVE)
                    if gain > worth + 1e-12:
                        best, worth = moved, gain
            if best is cuts:
                return cuts
            cuts = best

    def _moves(self, cuts: NDArray[np.float64], column: int) -> Iterator[tuple[NDArray[np.float64], int]]:
        """Cuts with a higher one for `column`, and the alerts lost there, as long as the bounds hold."""
        reached = self._judged.estimates >= cuts
        reached[:, column] = False
        alone = self._alerts.lost(np.logical_or.reduce(reached, axis=1))
        keys = self._keys(column)
        for value in [*np.unique(keys[alone]).tolist(), np.inf]:
            moved = cuts.copy()
            moved[column] = min(value, self._limits[column])
            lost = alone & (keys < moved[column])
            if lost.sum() > self._bound or (self._alerts.counts(lost) > self._bounds).any():
                return
            if moved[column] > cuts[column]:
                yield moved, int(lost.sum())
            if value >= self._limits[column]:
                return

    def _keys(self, column: int) -> NDArray[np.float64]:
        """Per alert the highest cut of `column` at which it still passes."""
        keys = np.full(len(self._alerts.columns), -np.inf)
        np.maximum.at(keys, self._alerts.numbers, self._judged.estimates[self._alerts.windows, column])
        return keys


def measure(
    judged: Judged,
    cuts: NDArray[np.float64],
    points: Mapping[str, NDArray[np.float64]],
    registers: Mapping[str, Flags],
) -> dict[str, Any]:
    """What the first pass with `cuts` (categories,) costs and saves on judged windows, as JSON values.

    `points` maps an operating point to the full model's limits (categories,), `registers` a register to its windows.
    Per point: how many alerts there are, how many of them are lost, the share with its 95 % interval (Wilson), and
    both counts by category. `let_through`: the share of the windows of each register, null where it has none.
    """
    passed = passing(judged.estimates, cuts)
    return {
        "texts": len(np.unique(judged.owners)),
        "windows": len(passed),
        "lost": {
            point: _lost(find_alerts(judged.logits, judged.owners, limits), passed) for point, limits in points.items()
        },
        "let_through": {
            name: round(float(passed[inside].mean()), 4) if inside.any() else None for name, inside in registers.items()
        },
    }


def _lost(alerts: Alerts, passed: Flags) -> dict[str, Any]:
    lost = alerts.lost(passed)
    by_category = zip(CATEGORIES, alerts.counts().tolist(), alerts.counts(lost).tolist(), strict=True)
    return {
        "of": len(lost),
        "lost": int(lost.sum()),
        "share": share(int(lost.sum()), len(lost)).as_json(),
        "by_category": {category: {"of": count, "lost": gone} for category, count, gone in by_category},
    }
