"""Recall on dangers that are disguised or mistyped, beside the same dangers written plainly."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from models.categories import CATEGORIES
from models.classifier import Classifier
from models.evaluation.bootstrap import mean, share
from models.evaluation.corpus import Text
from models.evaluation.scored import Scored, log_odds
from models.training.augment import WAYS
from models.training.chance import hash_share, seeded

PER_CATEGORY = 60
"""Dangers disguised per category."""

_LONGEST = 1000
_TRUSTED = 0.3


def disguises(scored: Scored, classifier: Classifier) -> dict[str, Any]:
    """Category → way → n, recall at alert plain and disguised, their paired difference and the change in log-odds.

    Held-out dangers whose label is trusted, at the points of their own channel; each way of `augment.WAYS` once.
    """
    ways = {way.__name__.strip("_"): way for way in WAYS}
    return {category: _category(scored, classifier, category, ways) for category in CATEGORIES}


def _category(
    scored: Scored, classifier: Classifier, category: str, ways: dict[str, Callable[[str, random.Random], str]]
) -> dict[str, Any]:
    chosen = _dangers(scored, category)
    if not chosen:
        return {}
    texts = [scored.texts[i] for i in chosen]
    plain = scored.column(category)[chosen]
    limits = scored.limits(category, "alert")[chosen]
    hits = plain >= limits
    result: dict[str, Any] = {"plain": {"n": len(chosen), "recall": share(int(hits.sum()), len(hits)).as_json()}}
    for number, (name, way) in enumerate(sorted(ways.items())):
        chance = seeded(17, number)
        scores = _scores(classifier, [way(text.text, chance) for text in texts], texts, category)
        found = scores >= limits
        result[name] = {
            "n": len(chosen),
            "recall": share(int(found.sum()), len(found)).as_json(),
            "change_of_recall": mean(found.astype(float) - hits.astype(float)).as_json(),
            "change_of_log_odds": mean(log_odds(scores) - log_odds(plain)).as_json(),
        }
    return result


def _dangers(scored: Scored, category: str) -> list[int]:
    def trusted(text: Text) -> bool:
        target = text.targets.get(category, (0.0, 0.0))
        is_danger = target[0] > 0.5 and target[1] >= _TRUSTED
        return is_danger and text.origin in ("held_out", "own") and len(text.text) <= _LONGEST

    found = scored.where(trusted).tolist()
    return sorted(found, key=lambda i: hash_share("disguise:" + scored.texts[i].text))[:PER_CATEGORY]


def _scores(classifier: Classifier, changed: Sequence[str], texts: Sequence[Text], category: str) -> Any:
    scores = np.zeros(len(changed))
    for channel in sorted({text.channel for text in texts}):
        places = [i for i, text in enumerate(texts) if text.channel == channel]
        scores[places] = [s.scores[category] for s in classifier.score([changed[i] for i in places], channel=channel)]
    return scores
