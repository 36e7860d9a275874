"""Which sentences carry a score, so that a person sees why a text was flagged."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.chunking import split_sentences


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """Characters `start:end` of the text given, and the calibrated probability of `category` for them alone."""

    start: int
    end: int
    category: str
    probability: float


def sentences_between(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences inside the window `text[start:end]`, as offsets into `text`."""
    return [(start + left, start + right) for left, right in split_sentences(text[start:end])]


def carrying(
    sentences: Sequence[tuple[int, int]], probabilities: Sequence[float], category: str, threshold: float
) -> list[ScoredSpan]:
    """The sentences of one window that reach `threshold` by themselves, or the highest one where none does.

    A window can cross its threshold by sentences that are harmless one by one; then the strongest stands for it.
    """
    spans = [ScoredSpan(a, b, category, p) for (a, b), p in zip(sentences, probabilities, strict=True)]
    strong = [span for span in spans if span.probability >= threshold]
    return strong or sorted(spans, key=lambda span: -span.probability)[:1]


def merged(spans: Sequence[ScoredSpan]) -> tuple[ScoredSpan, ...]:
    """Spans in text order, each (start, end, category) once with its highest probability.

    Overlapping windows name the same sentence twice.
    """
    best: dict[tuple[int, int, str], ScoredSpan] = {}
    for span in spans:
        key = (span.start, span.end, span.category)
        if key not in best or span.probability > best[key].probability:
            best[key] = span
    return tuple(best[key] for key in sorted(best))
