"""Whether the marked sentences truly carry the score: by deleting them, and against characters marked by people."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.categories import CATEGORIES
from models.chunking import split_sentences
from models.classifier import Classifier, ScoredSpan
from models.evaluation.bootstrap import mean, share
from models.evaluation.corpus import Text
from models.evaluation.scored import Scored
from models.training.chance import hash_share, seeded

PER_CATEGORY = 150
"""Flagged texts of one category whose marked sentences are deleted."""

LARGEST_SHARE = 0.8
"""A mark over more of the text than this leaves nothing to compare with."""

_LONGEST = 6000

Spans = Sequence[tuple[int, int]]


def deletion(scored: Scored, classifier: Classifier) -> dict[str, Any]:
    """Category → how often, and by how much, deleting the mark lowers the logit more than a random cut as long.

    Flagged held-out and own texts of at least two sentences. The random cut begins at any word and may overlap the
    mark. `skipped` are flagged texts that are too short or marked nearly throughout.
    """
    return {category: _deleted(scored, classifier, category) for category in CATEGORIES}


def _deleted(scored: Scored, classifier: Classifier, category: str) -> dict[str, Any]:
    flagged = scored.where(lambda t: t.origin in ("held_out", "own") and len(t.text) <= _LONGEST)
    flagged = flagged[[bool(_marks(scored.spans[i], category)) for i in flagged.tolist()]]
    usable = [i for i in flagged.tolist() if _comparable(scored.texts[i].text, _marks(scored.spans[i], category))]
    chosen = sorted(usable, key=lambda i: hash_share("deletion:" + scored.texts[i].text))[:PER_CATEGORY]
    result: dict[str, Any] = {"flagged": len(flagged), "skipped": len(flagged) - len(usable), "n": len(chosen)}
    if not chosen:
        return result
    texts = [scored.texts[i].text for i in chosen]
    marks = [_marks(scored.spans[i], category) for i in chosen]
    chance = seeded(23)
    without = [without_spans(text, spans) for text, spans in zip(texts, marks, strict=True)]
    random_cuts = [
        without_spans(text, [random_cut(text, covered(spans), chance)])
        for text, spans in zip(texts, marks, strict=True)
    ]
    whole, cut, random_cut_ = np.split(classifier.logits([*texts, *without, *random_cuts]), 3)
    column = CATEGORIES.index(category)
    drops, random_drops = (whole - cut)[:, column], (whole - random_cut_)[:, column]
    seen = np.isfinite(drops) & np.isfinite(random_drops)
    gain = (drops - random_drops)[seen]
    return {
        **result,
        "n": int(seen.sum()),
        "marked_lowers_more": share(int((gain > 0).sum()), len(gain)).as_json(),
        "drop_of_marked": mean(drops[seen]).as_json(),
        "drop_of_random": mean(random_drops[seen]).as_json(),
        "difference": mean(gain).as_json(),
        "marked_share_of_text": mean(
            np.array([covered(spans) / len(text) for text, spans in zip(texts, marks, strict=True)])
        ).as_json(),
    }


def _marks(spans: Sequence[ScoredSpan], category: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in spans if span.category == category]


def _comparable(text: str, spans: Spans) -> bool:
    return len(split_sentences(text)) >= 2 and covered(spans) <= LARGEST_SHARE * len(text)


def covered(spans: Spans) -> int:
    """How many characters the spans cover together."""
    return len(characters(spans))


def characters(spans: Spans) -> set[int]:
    """The characters that the spans cover."""
    return {place for start, end in spans for place in range(start, end)}


def without_spans(text: str, spans: Spans) -> str:
    """`text` without the characters of `spans`."""
    gone = characters(spans)
    return "".join(letter for place, letter in enumerate(text) if place not in gone)


def random_cut(text: str, length: int, chance: Any) -> tuple[int, int]:
    """A random span of `length` characters that begins at a word, as far as it fits into the text."""
    last = max(0, len(text) - length)
    starts = [i for i in range(last + 1) if i == 0 or (text[i - 1].isspace() and not text[i].isspace())]
    start = chance.choice(starts)
    return start, min(len(text), start + length)


def toxic_overlap(scored: Scored) -> dict[str, Any]:
    """Marks on flagged toxic comments against the characters that people marked, beside sentences drawn at random.

    Comments with annotated characters and at least two sentences; the random mark has as many sentences as ours.
    Precision and recall are of characters, averaged over comments.
    """
    asked = scored.where(lambda t: t.source == "toxic_spans" and t.origin == "held_out" and bool(_annotated(t)))
    flagged = [i for i in asked.tolist() if _marks(scored.spans[i], "bullying")]
    chosen = [i for i in flagged if len(split_sentences(scored.texts[i].text)) >= 2]
    result: dict[str, Any] = {"annotated": len(asked), "flagged": len(flagged), "n": len(chosen)}
    if not chosen:
        return result
    chance = seeded(29)
    ours, drawn = [], []
    for i in chosen:
        text, truth = scored.texts[i].text, _annotated(scored.texts[i])
        marks, sentences = _marks(scored.spans[i], "bullying"), split_sentences(text)
        ours.append(overlap(characters(marks), truth))
        drawn.append(overlap(characters(chance.sample(sentences, min(len(marks), len(sentences)))), truth))
    for name, rows in (("marked", ours), ("random", drawn)):
        result[name] = {key: mean(np.array([row[key] for row in rows])).as_json() for key in ours[0]}
    result["difference"] = {
        key: mean(np.array([a[key] - b[key] for a, b in zip(ours, drawn, strict=True)])).as_json() for key in ours[0]
    }
    return result


def _annotated(text: Text) -> set[int]:
    places = text.label.get("toxic_chars", ()) if isinstance(text.label, dict) else ()
    return {int(place) for place in places if 0 <= int(place) < len(text.text)}


def overlap(marked: set[int], truth: set[int]) -> dict[str, float]:
    """Whether `marked` touches and covers the non-empty `truth`, and precision and recall of characters."""
    common = len(marked & truth)
    return {
        "touches": float(common > 0),
        "covers": float(common == len(truth)),
        "precision": common / len(marked) if marked else 0.0,
        "recall": common / len(truth),
    }
