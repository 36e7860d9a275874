"""The classifiers' one door: texts in, calibrated probabilities, flags and the sentences behind them out."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.chunking import Chunk, iter_chunks, readable
from models.explain import ScoredSpan, carrying, merged, sentences_between
from models.inference import calibrate, compute_logits

if TYPE_CHECKING:
    from models.heads import Network
    from models.store import Manifest

__all__ = ["CATEGORIES", "Classifier", "ClassifierError", "ScoredSpan", "TextScore", "load_classifier"]

Thresholds = dict[str, dict[str, float]]
"""Category → operating point (`alert`, `review`) → calibrated probability."""

PENDING_CHUNKS = 1024
"""Windows held before they are run: bounds memory whatever the number and length of texts."""

EXPLAINED_CHUNKS = 8
"""Per text and category, so many of the highest windows over the threshold are explained."""


@dataclass(frozen=True, slots=True)
class TextScore:
    """What the classifiers say about one text.

    `scores` holds a calibrated probability per category, the maximum over windows; 0.0 each for a text without
    letters. `flags` are the categories at or over the alert threshold, `reviews` those at or over the review
    threshold, both in the order of `CATEGORIES`. `spans` are, for flagged categories, the sentences that carry it.
    """

    scores: dict[str, float]
    flags: tuple[str, ...]
    reviews: tuple[str, ...]
    spans: tuple[ScoredSpan, ...]


@dataclass(slots=True)
class _Reading:
    """Running maximum and the windows over the alert threshold, while a text is being read."""

    best: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(CATEGORIES)))
    crossed: dict[str, list[tuple[float, int, int]]] = field(default_factory=lambda: {c: [] for c in CATEGORIES})


class Classifier:
    """Four calibrated categories over any texts. Safe to share between threads; holds no text between calls."""

    def __init__(self, manifest: "Manifest", network: "Network", tokenizer: Any) -> None:
        self.id = manifest.id
        self.thresholds = manifest.thresholds
        self._manifest = manifest
        self._network = network
        self._tokenizer = tokenizer

    def score(self, texts: Sequence[str], *, channel: str = "mail") -> list[TextScore]:
        """One `TextScore` per text, in order. Any text is accepted, whatever its length or characters.

        `channel` is `mail`, `document` or `chat`: it chooses the thresholds.
        Raises `ClassifierError` for another channel.
        """
        if channel not in CHANNELS:
            message = f"the channel {channel!r} is unknown; use one of {', '.join(CHANNELS)}"
            raise ClassifierError(message)
        thresholds = self.thresholds[channel]
        readings = [_Reading() for _ in texts]
        pending: list[tuple[int, Chunk]] = []
        for index, text in enumerate(texts):
            if not any(map(str.isalpha, text)):
                continue
            for chunk in iter_chunks(text, self._tokenizer, self._manifest.max_tokens):
                pending.append((index, chunk))
                if len(pending) >= PENDING_CHUNKS:
                    self._read(pending, readings, thresholds)
                    pending = []
        self._read(pending, readings, thresholds)
        return [self._conclude(text, reading, thresholds) for text, reading in zip(texts, readings, strict=True)]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Uncalibrated logits (texts, categories), the maximum over windows; for calibration and evaluation.

        A text without letters has -inf.
        """
        best = np.full((len(texts), len(CATEGORIES)), -np.inf)
        owners, rows = [], []
        for index, text in enumerate(texts):
            for chunk in iter_chunks(text, self._tokenizer, self._manifest.max_tokens):
                owners.append(index)
                rows.append(chunk.tokens)
        if rows:
            np.maximum.at(best, owners, compute_logits(self._network, rows))
        return best

    def _probabilities(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        return calibrate(compute_logits(self._network, rows), self._manifest.calibration)

    def _read(self, pending: list[tuple[int, Chunk]], readings: list[_Reading], thresholds: Thresholds) -> None:
        """Score pending windows and fold them into their texts' readings."""
        if not pending:
            return
        probabilities = self._probabilities([chunk.tokens for _, chunk in pending])
        for (index, chunk), row in zip(pending, probabilities, strict=True):
            reading = readings[index]
            np.maximum(reading.best, row, out=reading.best)
            for category, probability in zip(CATEGORIES, row, strict=True):
                if probability >= thresholds[category]["alert"]:
                    crossed = reading.crossed[category]
                    crossed.append((float(probability), chunk.start, chunk.end))
                    crossed.sort(reverse=True)
                    del crossed[EXPLAINED_CHUNKS:]

    def _conclude(self, text: str, reading: _Reading, thresholds: Thresholds) -> TextScore:
        scores = {c: float(p) for c, p in zip(CATEGORIES, reading.best, strict=True)}
        return TextScore(
            scores=scores,
            flags=tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["alert"]),
            reviews=tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["review"]),
            spans=self._explain(text, reading, thresholds),
        )

    def _explain(self, text: str, reading: _Reading, thresholds: Thresholds) -> tuple[ScoredSpan, ...]:
        """The sentences that carry each flag, by scoring the sentences of the windows that crossed."""
        windows = {(start, end) for crossed in reading.crossed.values() for _, start, end in crossed}
        sentences = {window: sentences_between(text, *window) for window in windows}
        places = sorted({place for spans in sentences.values() for place in spans})
        if not places:
            return ()
        encoded = self._tokenizer.encode_batch(
            [readable(text[start:end]) for start, end in places], add_special_tokens=False
        )
        rows = self._probabilities([encoding.ids[: self._manifest.max_tokens - 2] for encoding in encoded])
        known = dict(zip(places, rows, strict=True))
        found: list[ScoredSpan] = []
        for column, category in enumerate(CATEGORIES):
            for _, start, end in reading.crossed[category]:
                inside = sentences[start, end]
                values = [float(known[place][column]) for place in inside]
                found += carrying(inside, values, category, thresholds[category]["alert"])
        return merged(found)


def load_classifier(folder: Path | None = None, *, threads: int | None = None) -> Classifier:
    """Verify and load a classifier folder; without `folder` the shipped one.

    `threads` sets torch's thread count for the whole process; without it, one per processor.
    Raises `ClassifierError` with the remedy when a file is missing, altered or does not fit. Takes a second or two;
    callers keep the result.
    """
    import torch

    from models.store import SHIPPED, load_network, read_manifest

    torch.set_num_threads(threads or os.cpu_count() or 1)
    folder = folder or SHIPPED
    manifest = read_manifest(folder)
    network, tokenizer = load_network(folder, manifest)
    return Classifier(manifest, network, tokenizer)
