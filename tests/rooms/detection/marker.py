"""A classifier whose scores are written in the text: for tests of everything around a classifier."""

import re
from collections.abc import Sequence

import numpy as np

from models.cache import CacheUse, Outputs, remembered
from models.categories import CATEGORIES, CHANNELS
from models.classifier import ScoredSpan, TextScore
from monitor.detection.scan import ScanTally, score_pending

SENTENCE = re.compile(r"[^.\n]+\.?")
# "sign-violence" is a sign of violence, "sign-violence!" a certain one, "sign-violence3" one at level 3
SIGN = re.compile(r"sign-([a-z_]+)([123]?)(!?)")
BREAKS = "breaks-the-classifier"


class MarkerClassifier:
    """Flags each sentence that holds a sign, and remembers what it was given.

    With a cache it looks up each text and keeps it, as one window.
    """

    def __init__(self, name: str = "marker-1") -> None:
        self.id = name
        points = {category: {"alert": 0.8, "review": 0.5} for category in CATEGORIES}
        self.thresholds = dict.fromkeys(CHANNELS, points)
        self.texts: list[str] = []
        self.computed: list[str] = []  # those that no cache knew
        self.first_passes: list[bool] = []

    def at(self, _: dict[str, str]) -> "MarkerClassifier":
        return self

    def score(
        self,
        texts: Sequence[str],
        *,
        channel: str = "mail",
        first_pass: bool = False,
        cache: CacheUse | None = None,
    ) -> list[TextScore]:
        if any(BREAKS in text for text in texts):
            message = f"cannot score {texts!r}"
            raise RuntimeError(message)
        self.texts += texts
        self.first_passes.append(first_pass)
        remembered([text.encode() for text in texts], lambda new: self._compute(texts, new), (1, 1), self.id, cache)
        return [_score(text) for text in texts]

    def _compute(self, texts: Sequence[str], new: list[int]) -> Outputs:
        self.computed += [texts[index] for index in new]
        return np.ones((len(new), 1, 1), np.float32)


def _score(text: str) -> TextScore:
    spans = tuple(
        ScoredSpan(sentence.start(), sentence.end(), sign[1], 0.999 if sign[3] else 0.9)
        for sentence in SENTENCE.finditer(text)
        for sign in SIGN.finditer(sentence[0])
    )
    scores = {
        name: max([span.probability for span in spans if span.category == name], default=0.1) for name in CATEGORIES
    }
    flags = tuple(name for name in CATEGORIES if scores[name] >= 0.8)
    levels = {sign[1]: int(sign[2]) for sign in SIGN.finditer(text) if sign[2]}
    return TextScore(scores=scores, flags=flags, reviews=flags, spans=spans, levels=levels)


def score_all(classifier: MarkerClassifier | None = None) -> ScanTally:
    """Score until nothing is left to take; the sums over all passes."""
    classifier, total = classifier or MarkerClassifier(), ScanTally()
    for _ in range(100):
        tally = score_pending(classifier=classifier)
        if not tally.handled:
            return total
        for name in ("scored", "parked", "asleep", "postponed", "settled", "findings"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    message = "scoring does not come to an end"
    raise AssertionError(message)
