"""A classifier whose scores are written in the text: for tests of everything around a classifier."""

import re

from models.categories import CATEGORIES, CHANNELS
from models.classifier import ScoredSpan, TextScore
from monitor.detection.scan import ScanTally, score_pending

SENTENCE = re.compile(r"[^.\n]+\.?")
SIGN = re.compile(r"sign-([a-z_]+)(!?)")  # "sign-violence" is a sign of violence, "sign-violence!" a certain one
BREAKS = "breaks-the-classifier"


class MarkerClassifier:
    """Flags each sentence that holds a sign, and remembers what it was given."""

    def __init__(self, name: str = "marker-1") -> None:
        self.id = name
        points = {category: {"alert": 0.8, "review": 0.5} for category in CATEGORIES}
        self.thresholds = dict.fromkeys(CHANNELS, points)
        self.texts: list[str] = []

    def score(self, texts: list[str], *, channel: str = "mail") -> list[TextScore]:
        if any(BREAKS in text for text in texts):
            message = f"cannot score {texts!r}"
            raise RuntimeError(message)
        self.texts += texts
        return [_score(text) for text in texts]


def _score(text: str) -> TextScore:
    spans = tuple(
        ScoredSpan(sentence.start(), sentence.end(), sign[1], 0.999 if sign[2] else 0.9)
        for sentence in SENTENCE.finditer(text)
        for sign in SIGN.finditer(sentence[0])
    )
    scores = {
        name: max([span.probability for span in spans if span.category == name], default=0.1) for name in CATEGORIES
    }
    flags = tuple(name for name in CATEGORIES if scores[name] >= 0.8)
    return TextScore(scores, flags, flags, spans)


def score_all(classifier: MarkerClassifier | None = None) -> ScanTally:
    """Score until nothing is left to take; the sums over all passes."""
    classifier, total = classifier or MarkerClassifier(), ScanTally()
    for _ in range(100):
        tally = score_pending(classifier=classifier)
        if not tally.handled:
            return total
        for name in ("scored", "parked", "asleep", "postponed", "findings"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    message = "scoring does not come to an end"
    raise AssertionError(message)
