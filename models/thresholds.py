"""Named operating points per category and channel, fixed by how often harmless text may cross them.

Accuracy on balanced sets says nothing about a school, where nearly everything is harmless. So `alert` is the logit
that at most so many of 1,000 harmless mails, essays and social posts reach; `review` allows ten times as many.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

POINTS = ("alert", "review")

SENSITIVITY: Mapping[str, float] = {"lower": 0.5, "standard": 1.0, "higher": 3.0}
"""What a board may choose per category: so many times the false alarms of `alert`; `standard` is `alert` itself."""

CEILINGS: Mapping[str, Mapping[str, float]] = {
    "formal": {"bullying": 0.45, "self_harm": 0.25, "violence": 0.25, "grooming": 0.05},
    "books": {"bullying": 3.0, "self_harm": 1.5, "violence": 1.5, "grooming": 1.0},
    "social": {"bullying": 6.0, "self_harm": 1.5, "violence": 1.5, "grooming": 1.0},
    "run_on": {"grooming": 2.0},
    "look_alike": {"bullying": 20.0, "self_harm": 20.0, "violence": 20.0, "grooming": 20.0},
}
"""False alarms per 1,000 harmless texts at `alert`: together 1 for `formal`, 10 for `social`.

`formal` is mail and school reading; `books` are paragraphs of old novels and plays, where people insult and threaten
each other; `social` is ordinary posts and comments. Bullying has most of the room: it is by far the most frequent
danger, and rough words stand in harmless text too. Grooming needs hardly any in mail: chat decides its threshold.
`run_on` is ordinary chat and breathless tales, put together from held-out lines: the form that is easily taken for
grooming. `look_alike` is our own held-out sentences that were written to be mistaken for a danger.
"""

REGISTERS: Mapping[str, tuple[str, ...]] = {
    "mail": ("formal", "books", "social", "run_on", "look_alike"),
    "document": ("formal", "books", "social", "run_on", "look_alike"),
    "chat": ("social", "run_on", "look_alike"),
}
"""Whose ceilings hold in a channel. Mail and documents also hold the social ceilings, since students chat in both."""

REVIEW_FACTOR = 10.0
"""`review` allows so many times the false alarms of `alert`."""

_COUNTED = 5
_TAIL_SHARE = 0.02


def upper_quantile(scores: NDArray[np.float64], share: float) -> float:
    """The value that about `share` of harmless texts reach.

    Where fewer than five of the scores lie beyond it, counting is chance: the value then comes from an exponential
    tail fitted to the highest 2 %, but never lies under that with five beyond it: a smaller share gives no lower one.
    Raises `ValueError` for fewer than 50 scores, which fix nothing.
    """
    ordered = np.sort(scores[np.isfinite(scores)])[::-1]
    n = len(ordered)
    if n < 50:
        message = f"{n} harmless texts cannot fix a threshold; at least 50 are needed"
        raise ValueError(message)
    if n * share >= _COUNTED:
        return float(ordered[int(n * share)])
    k = max(10, int(n * _TAIL_SHARE))
    base = float(ordered[k])
    excess = float((ordered[:k] - base).mean())
    return max(base + excess * math.log(k / n / share), float(ordered[_COUNTED]))


def choose_points(category: str, harmless: Mapping[str, NDArray[np.float64]]) -> dict[str, float]:
    """Logits of `alert`, `review`, `lower` and `higher`, as `choose_point` finds them."""
    factors = {"alert": 1.0, "review": REVIEW_FACTOR, "lower": SENSITIVITY["lower"], "higher": SENSITIVITY["higher"]}
    return {point: choose_point(category, harmless, factor) for point, factor in factors.items()}


def choose_point(category: str, harmless: Mapping[str, NDArray[np.float64]], factor: float = 1.0) -> float:
    """The logit that keeps the ceilings of every register in `harmless` at once, `factor` times what `alert` allows.

    `harmless` maps a register (a key of `CEILINGS`) to logits of harmless texts.
    """
    return max(
        upper_quantile(scores, factor * CEILINGS[register][category] / 1000)
        for register, scores in harmless.items()
        if category in CEILINGS[register]
    )
