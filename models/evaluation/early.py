"""The first pass beside the whole network: which alerts it loses, and how much ordinary text it settles."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from models.categories import CATEGORIES, CHANNELS
from models.classifier import Classifier
from models.evaluation.bootstrap import share
from models.evaluation.scored import Scored
from models.store import CUT_POINTS
from models.training.chance import hash_share

REGISTERS = ("ordinary mail", "raw mail", "student essays", "books", "school reading", "ordinary posts", "game chat")
"""Ordinary text, of which as little as possible should need the whole network."""

CHOSEN_ON = "own"
"""Origin of texts that took part in choosing the cuts: they are not counted."""

PER_REGISTER = 300
_SLICE = 256


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
    unseen = scored.where(lambda text: text.origin != CHOSEN_ON).tolist()
    over = {category: scored.over(category, point) for category in CATEGORIES}
    by_channel: dict[str, list[int]] = defaultdict(list)
    for index in unseen:
        if any(over[category][index] for category in CATEGORIES):
            by_channel[scored.texts[index].channel].append(index)
    counts: Mapping[str, dict[str, int]] = {category: {"of": 0, "lost": 0} for category in CATEGORIES}
    for channel in CHANNELS:
        for start in range(0, len(by_channel[channel]), _SLICE):
            part = by_channel[channel][start : start + _SLICE]
            served = classifier.score([scored.texts[i].text for i in part], channel=channel, first_pass=True)
            for index, found in zip(part, served, strict=True):
                for category in CATEGORIES:
                    counts[category]["of"] += int(over[category][index])
                    counts[category]["lost"] += int(over[category][index] and category not in found.flags)
    of, lost = (sum(count[key] for count in counts.values()) for key in ("of", "lost"))
    return {"of": of, "lost": lost, "share": share(lost, of).as_json(), "by_category": counts}


def _let_through(scored: Scored, classifier: Classifier, register: str) -> float | None:
    """The share of the windows of harmless texts of `register`, some hundred of them, that the other layers read."""
    chosen = scored.where(lambda text: text.register == register and text.harmless).tolist()
    texts = sorted((scored.texts[i].text for i in chosen), key=hash_share)[:PER_REGISTER]
    return classifier.let_through(texts) if texts else None
