"""The first pass beside the whole network: which alerts it loses, and how much ordinary text it settles."""

from typing import Any

import numpy as np

from models.categories import CATEGORIES
from models.classifier import Classifier
from models.evaluation.bootstrap import share
from models.evaluation.scored import Scored, score_all
from models.store import CUT_POINTS
from models.training.chance import hash_share

REGISTERS = ("ordinary mail", "raw mail", "student essays", "books", "school reading", "ordinary posts", "game chat")
"""Ordinary text, of which as little as possible should need the whole network."""

CHOSEN_ON = "own"
"""Origin of texts that took part in choosing the cuts: they are not counted."""

PER_REGISTER = 300


def first_pass(scored: Scored, classifier: Classifier) -> dict[str, Any] | None:
    """Per point of `CUT_POINTS` the alerts of the whole network and those lost; per register the share let through.

    An alert is a text and a category. None for a classifier without a first pass.
    """
    if not classifier.has_first_pass:
        return None
    levels = {"alert": classifier, "higher": classifier.at(dict.fromkeys(CATEGORIES, "higher"))}
    return {
        "points": {point: _lost(scored, levels[point], point) for point in CUT_POINTS},
        "let_through": {register: _let_through(scored, classifier, register) for register in REGISTERS},
    }


def _lost(scored: Scored, classifier: Classifier, point: str) -> dict[str, Any]:
    """What `classifier`, whose alert points are those of `point`, loses. Only a text that alerts can lose anything."""
    alerts = np.stack([scored.over(category, point) for category in CATEGORIES], axis=1)
    unseen = scored.where(lambda text: text.origin != CHOSEN_ON)
    chosen = unseen[np.logical_or.reduce(alerts[unseen], axis=1)]
    served = score_all(classifier, [scored.texts[i] for i in chosen.tolist()], first_pass=True)
    kept = np.stack([served.over(category, "alert") for category in CATEGORIES], axis=1)
    of, lost = alerts[chosen].sum(axis=0), (alerts[chosen] & ~kept).sum(axis=0)
    return {
        "of": int(of.sum()),
        "lost": int(lost.sum()),
        "share": share(int(lost.sum()), int(of.sum())).as_json(),
        "by_category": {c: {"of": int(of[i]), "lost": int(lost[i])} for i, c in enumerate(CATEGORIES)},
    }


def _let_through(scored: Scored, classifier: Classifier, register: str) -> float | None:
    """The share of the windows of harmless texts of `register`, some hundred of them, that the other layers read."""
    chosen = scored.where(lambda text: text.register == register and text.harmless).tolist()
    texts = sorted((scored.texts[i].text for i in chosen), key=hash_share)[:PER_REGISTER]
    return classifier.let_through(texts) if texts else None
