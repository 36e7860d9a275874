"""From a logit to a probability that means something in a school, where danger is rare.

Platt scaling (slope and intercept per category) is fitted on held-out groups. The held-out sets hold far more
danger than a school's mail does, so the log-odds are then shifted from the fitted share of positives to a base rate.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BASE_RATES = {"bullying": 0.005, "self_harm": 0.002, "violence": 0.002, "grooming": 0.001}
"""Assumed share of dangerous texts among those a school writes: a judgement, stated on the card, not a measurement."""

_STEPS = 100
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Calibration:
    """`probability = sigmoid(slope · logit + intercept + shift)`; `shift` moves to the base rate."""

    slope: float = 1.0
    intercept: float = 0.0
    shift: float = 0.0

    def __call__(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities for logits of any shape."""
        return sigmoid(self.slope * np.asarray(logits, dtype=np.float64) + self.intercept + self.shift)

    def inverse(self, probability: float) -> float:
        """The logit that has `probability`; 0 and 1, which none has, count as a millionth of a millionth from them."""
        within = min(max(probability, 1e-12), 1 - 1e-12)
        return (_log_odds(within) - self.intercept - self.shift) / self.slope


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + e^-x) without overflow."""
    half: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * x))
    return half


def fit_platt(
    logits: NDArray[np.float64],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    base_rate: float | None = None,
) -> Calibration:
    """Slope and intercept by Newton's method on the weighted log-loss, with Platt's softened targets.

    `base_rate` adds the shift from the weighted share of positives to that rate. Returns the identity when one of
    the two classes is absent, since nothing can be fitted then.
    """
    weights = np.ones_like(labels) if weights is None else weights
    positives, negatives = float(weights @ labels), float(weights @ (1 - labels))
    if positives <= 0 or negatives <= 0:
        return Calibration()
    targets = np.where(labels > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    solution = _newton(design, targets, weights)
    shift = 0.0 if base_rate is None else _log_odds(base_rate) - _log_odds(positives / (positives + negatives))
    return Calibration(slope=float(max(solution[0], 1e-3)), intercept=float(solution[1]), shift=shift)


def _newton(
    design: NDArray[np.float64], targets: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimum of the weighted log-loss; each step is halved until the loss falls, so it cannot run away."""

    def loss(solution: NDArray[np.float64]) -> float:
        z = design @ solution
        return float(weights @ (np.logaddexp(0.0, z) - targets * z))

    solution = np.array([1.0, 0.0])
    current = loss(solution)
    for _ in range(_STEPS):
        p = sigmoid(design @ solution)
        gradient = design.T @ (weights * (p - targets))
        curvature = (design * (weights * p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        for _ in range(_HALVINGS):
            if loss(solution - step) <= current:
                break
            step = step / 2
        solution = solution - step
        before, current = current, loss(solution)
        if before - current < 1e-9 * max(1.0, abs(before)):
            break
    return solution


def _log_odds(rate: float) -> float:
    return math.log(rate / (1 - rate))
