"""How far a score lies over its threshold, in words that outlive a change of classifier.

A probability near 1 says little by itself: one classifier's 0.97 is another's threshold. The distance is taken in
log-odds, where equal steps multiply the odds by equal factors.
"""

import math
from enum import StrEnum

WELL_LOG_ODDS = 1.0  # odds 2.7 times those of the threshold
FAR_LOG_ODDS = 3.5  # odds 33 times those of the threshold
SMALLEST = 1e-12  # probabilities this close to 0 or 1 are taken as this close


class Strength(StrEnum):
    """Just, well or far over the threshold. Ordered by `rank`."""

    JUST = "just"
    WELL = "well"
    FAR = "far"

    @property
    def rank(self) -> int:
        """0 for the weakest, 2 for the strongest."""
        return list(Strength).index(self)


def strength_of(probability: float, threshold: float) -> Strength:
    """How far `probability` lies over `threshold`, both from 0 to 1."""
    distance = _log_odds(probability) - _log_odds(threshold)
    if distance >= FAR_LOG_ODDS:
        return Strength.FAR
    return Strength.WELL if distance >= WELL_LOG_ODDS else Strength.JUST


def _log_odds(probability: float) -> float:
    inside = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(inside / (1 - inside))
