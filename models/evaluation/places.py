"""Plain dangers inside student essays: found at the start, in the middle and at the end, beside look-alikes there."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.categories import CATEGORIES
from models.classifier import Classifier
from models.evaluation.bootstrap import share
from models.evaluation.corpus import Text
from models.evaluation.scored import Scored
from models.thresholds import POINTS
from models.training.chance import hash_share

SENTENCES = "frozen_sentences"
ESSAYS = "benign_essays"
ESSAYS_EACH = 5
"""Essays that each sentence is put into."""

PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""Place → the share of the essay that comes before the sentence."""

_SHORTEST, _LONGEST = 700, 3000
CHANNEL = "document"


def places(scored: Scored, classifier: Classifier) -> dict[str, Any]:
    """Place → of the frozen dangers those that reach a point of their category, of the look-alikes those of any.

    Each sentence stands in the same five essays, none of which reaches a point by itself. Empty without essays.
    """
    sentences = [text for text in scored.texts if text.origin == "frozen" and text.source == SENTENCES]
    essays = _essays(scored)
    if not sentences or not essays:
        return {}
    return {name: _place(classifier, sentences, essays, before) for name, before in PLACES.items()}


def _essays(scored: Scored) -> list[str]:
    quiet = ~np.any([scored.over(category, "review") for category in CATEGORIES], axis=0)

    def chosen(text: Text) -> bool:
        return text.origin == "eval" and text.source == ESSAYS and _SHORTEST <= len(text.text) <= _LONGEST

    found = [i for i in scored.where(chosen).tolist() if quiet[i]]
    found.sort(key=lambda i: hash_share("places:" + scored.texts[i].text))
    return [scored.texts[i].text for i in found[:ESSAYS_EACH]]


def _place(classifier: Classifier, sentences: Sequence[Text], essays: Sequence[str], before: float) -> dict[str, Any]:
    asked = [sentence for sentence in sentences for _ in essays]
    texts = [put_into(essay, sentence.text, before) for sentence in sentences for essay in essays]
    scores = [found.scores for found in classifier.score(texts, channel=CHANNEL)]
    limits = classifier.thresholds[CHANNEL]
    result: dict[str, Any] = {}
    for name, dangerous in (("dangers", True), ("look_alikes", False)):
        rows = [i for i, text in enumerate(asked) if text.harmless is not dangerous]
        result[name] = {"n": len(rows)}
        for point in POINTS:
            hits = [
                any(scores[i][c] >= limits[c][point] for c in CATEGORIES if not dangerous or asked[i].knows(c))
                for i in rows
            ]
            result[name][point] = share(sum(hits), len(hits)).as_json()
    return result


def put_into(essay: str, sentence: str, before: float) -> str:
    """`essay` with that share of it `before` the `sentence`: at the nearest end of a sentence, or of a word."""
    at = round(before * len(essay))
    stops = [place + 2 for place in range(len(essay) - 1) if essay[place] in ".!?" and essay[place + 1] == " "]
    if 0 < at < len(essay):
        at = min(stops or [essay.rfind(" ", 0, at) + 1], key=lambda stop: abs(stop - at))
    return " ".join(part for part in (essay[:at].strip(), sentence, essay[at:].strip()) if part)
