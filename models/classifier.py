"""The classifiers' one door: texts in, calibrated probabilities, flags and the sentences behind them out."""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.cache import CacheUse, Outputs, remembered
from models.categories import CATEGORIES, CHANNELS, ClassifierError, checked_channel
from models.chunking import Chunk, iter_windows
from models.explain import ScoredSpan, carrying, merged
from models.heap import limit_heaps
from models.processors import usable_processors

if TYPE_CHECKING:
    from array import array

    from models.store import Manifest, Parts

__all__ = ["CATEGORIES", "CacheUse", "Classifier", "ClassifierError", "ScoredSpan", "TextScore", "load_classifier"]

Thresholds = dict[str, dict[str, float]]
"""Category → operating point (`alert`, `review`) → calibrated probability."""

PENDING_CHUNKS = 1024
"""Windows held before they are run: bounds memory whatever the number and length of texts."""

EXPLAINED_CHUNKS = 8
"""Per text and category, so many of the highest windows over the threshold are explained."""

MARGIN = 0.01
"""What only the first pass looked at stays so far under the review threshold, as a logit."""

MOST_CHANCES = 16
"""More windows than these, some 1,500 words, take no more off a text's logit."""

Spans = tuple[ScoredSpan, ...]
Crossed = list[tuple[float, Chunk, NDArray[np.float64]]]
"""Windows over an alert threshold: the category's probability, the window, the probabilities of all categories."""


@dataclass(frozen=True, slots=True)
class TextScore:
    """What the classifiers say about one text.

    `scores` holds a calibrated probability per category, the maximum over windows less what the many chances of a long
    text are worth (`many_chances`); 0.0 each for a text without letters. `flags` are the categories at or over the
    alert threshold, `reviews` those at or over the review one, both in the order of `CATEGORIES`. `spans` are, for
    flagged categories, the sentences that carry it. `levels` says how grave each flagged category is, 1 to 3, the
    highest over its windows; it is empty where the classifier has no severity ladder.
    """

    scores: dict[str, float]
    flags: tuple[str, ...]
    reviews: tuple[str, ...]
    spans: Spans
    levels: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """Running maxima and the windows over the alert threshold, while a text is being read.

    `best` are logits while windows come, and probabilities once `_settle` has seen them all.
    """

    best: NDArray[np.float64] = field(default_factory=lambda: np.full(len(CATEGORIES), -np.inf))
    count: int = 0
    levels: dict[str, int] = field(default_factory=dict)
    crossed: dict[str, Crossed] = field(default_factory=lambda: {c: [] for c in CATEGORIES})

    def windows(self) -> dict[tuple[int, int], Chunk]:
        """The windows that are explained, each once."""
        return {(chunk.start, chunk.end): chunk for crossed in self.crossed.values() for _, chunk, _ in crossed}


class Classifier:
    """Four calibrated categories over any texts. Safe to share between threads; holds no text between calls.

    `precision` is what the encoder's products run in (`fp32`, `bf16` or `int8`); `has_first_pass` whether the folder
    has one; `cuts_for` the operating point whose alerts it must not lose.
    """

    def __init__(self, manifest: "Manifest", parts: "Parts") -> None:
        self.id = manifest.id
        self.thresholds = manifest.thresholds
        self.precision = parts.precision
        self.has_first_pass = parts.first_pass is not None
        self._manifest = manifest
        self._parts = parts
        self.cuts_for = "alert"
        self._shape = (len(CATEGORIES), manifest.heads.outputs)
        self._ceilings = np.array([_ceiling(manifest, category) for category in CATEGORIES], dtype=np.float32)

    def at(self, sensitivity: Mapping[Any, str]) -> "Classifier":
        """This classifier with the alert points of other levels of sensitivity; it shares everything else.

        `sensitivity` maps a category to `lower`, `standard` or `higher`; a category left out stays at `standard`.
        Scores stay the same; flags change, and so does the id. Raises `ClassifierError` for a level that is not there.
        """
        changed = {category: level for category, level in sensitivity.items() if level != "standard"}
        if not changed:
            return self
        known = self._manifest.thresholds
        for category, level in changed.items():
            if category not in CATEGORIES or level not in known[CHANNELS[0]][category]:
                message = f"{self._manifest.id} has no sensitivity {level!r} for {category!r}"
                raise ClassifierError(message)
        other = copy(self)
        other.thresholds = {
            channel: {c: {**points, "alert": points[changed.get(c, "alert")]} for c, points in known[channel].items()}
            for channel in known
        }
        other.cuts_for = "higher" if "higher" in changed.values() else "alert"
        other.id = f"{self._manifest.id}+{','.join(f'{c}-{changed[c]}' for c in sorted(changed))}"
        return other

    def score(
        self, texts: Sequence[str], *, channel: str = "mail", first_pass: bool = False, cache: CacheUse | None = None
    ) -> list[TextScore]:
        """One `TextScore` per text, in order. Any text is accepted, whatever its length or characters.

        `channel` is `mail`, `document` or `chat`: it chooses the thresholds. With `first_pass` only windows in which
        the first pass sees anything reach the encoder; the others score what it estimates, always below `review`.
        A classifier without a first pass scores exactly either way. With `cache` outputs are looked up and kept.
        Raises `ClassifierError` for another channel.
        """
        thresholds = self.thresholds[checked_channel(channel)]
        readings = [_Reading() for _ in texts]
        for block in self._blocks(texts):
            outputs = self._outputs([chunk.tokens for _, chunk in block], cache, first_pass=first_pass)
            self._read(block, outputs, readings, thresholds)
        self._settle(readings, thresholds)
        spans = self._explain(readings, thresholds, cache)
        return [self._conclude(*pair, thresholds) for pair in zip(readings, spans, strict=True)]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Uncalibrated logits (texts, categories) that `score` goes by; for calibration and evaluation.

        A text without letters has -inf.
        """
        return self.outputs(texts)[..., 0]

    def outputs(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """All outputs (texts, categories, outputs) as logits, each the maximum over windows; exact, without a cache.

        Output 0 is the category, less what many windows are worth; 1 and 2 (where the classifier has them) are its
        severity ladder. A text without letters has -inf.
        """
        best = np.full((len(texts), *self._shape), -np.inf)
        counts = np.zeros(len(texts), dtype=np.int64)
        for block in self._blocks(texts):
            owners = [index for index, _ in block]
            np.maximum.at(best, owners, self._outputs([chunk.tokens for _, chunk in block], None, first_pass=False))
            np.add.at(counts, owners, 1)
        best[..., 0] -= np.array([many_chances(self._manifest.chances, int(n)) for n in counts])[:, None]
        return best

    def let_through(self, texts: Sequence[str]) -> float | None:
        """The share of the windows of `texts` that the first pass gives to the encoder; None without a first pass."""
        first_pass = self._parts.first_pass
        if first_pass is None:
            return None
        blocks = [self._parts.engine.estimates([c.tokens for _, c in b], first_pass) for b in self._blocks(texts)]
        through = [first_pass.passes(estimates, self.cuts_for) for estimates in blocks]
        return float(np.concatenate(through).mean()) if through else 0.0

    def read_twice(self, texts: Sequence[str]) -> float | None:
        """The share of the windows of `texts` that a second network reads too; None without a second reader."""
        readers = self._parts.two_readers
        if readers is None:
            return None
        blocks = [(len(block), readers.read_twice([c.tokens for _, c in block])) for block in self._blocks(texts)]
        return sum(size * share for size, share in blocks) / max(1, sum(size for size, _ in blocks))

    def _blocks(self, texts: Sequence[str]) -> Iterator[list[tuple[int, Chunk]]]:
        """(index of the text, window) in blocks of bounded size, of all texts with letters."""
        told = [index for index, text in enumerate(texts) if any(map(str.isalpha, text))]
        windows = iter_windows((texts[index] for index in told), self._parts.tokenizer, self._manifest.max_tokens)
        block: list[tuple[int, Chunk]] = []
        for position, chunk in windows:
            block.append((told[position], chunk))
            if len(block) >= PENDING_CHUNKS:
                yield block
                block = []
        if block:
            yield block

    def _outputs(self, rows: "Sequence[array[int]]", cache: CacheUse | None, *, first_pass: bool) -> Outputs:
        """Outputs (rows, categories, outputs); what the cache knows is not computed."""
        first_pass = first_pass and self.has_first_pass
        compute = self._with_first_pass if first_pass else self._parts.engine.outputs
        how = f"first pass, {self.cuts_for}" if first_pass else "whole"
        label = f"{self._manifest.id}|{self._parts.rounding}|{how}"
        return remembered(
            [row.tobytes() for row in rows],
            lambda missing: compute([rows[index] for index in missing]),
            self._shape,
            label,
            cache,
        )

    def _with_first_pass(self, rows: "Sequence[array[int]]") -> Outputs:
        """The whole network's outputs where the first pass sees anything, its own estimate elsewhere."""
        first_pass = self._parts.first_pass
        if first_pass is None:
            return self._parts.engine.outputs(rows)
        outputs, through = self._parts.engine.passed(rows, first_pass, self.cuts_for)
        outputs[~through, :, 0] = np.minimum(outputs[~through, :, 0], self._ceilings)
        return outputs

    def _probabilities(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        logits = outputs[..., 0].astype(np.float64)
        columns = [self._manifest.calibration[c](logits[:, i]) for i, c in enumerate(CATEGORIES)]
        return np.stack(columns, axis=1)

    def _read(
        self,
        block: list[tuple[int, Chunk]],
        outputs: Outputs,
        readings: list[_Reading],
        thresholds: Thresholds,
    ) -> None:
        """Fold a block's windows into their texts' readings."""
        probabilities = self._probabilities(outputs)
        for place, (index, _) in enumerate(block):
            best = readings[index].best
            np.maximum(best, outputs[place, :, 0], out=best)
            readings[index].count += 1
        alerts = np.array([thresholds[category]["alert"] for category in CATEGORIES])
        for place, column in np.argwhere(probabilities >= alerts):
            index, chunk = block[place]
            reading, category = readings[index], CATEGORIES[column]
            crossed = reading.crossed[category]
            crossed.append((float(probabilities[place, column]), chunk, probabilities[place]))
            crossed.sort(key=lambda one: (round(one[0], 6), one[1].start), reverse=True)
            del crossed[EXPLAINED_CHUNKS:]
            if self._shape[1] > 1:
                level = self._level(category, outputs[place, column])
                reading.levels[category] = max(level, reading.levels.get(category, 1))

    def _settle(self, readings: list[_Reading], thresholds: Thresholds) -> None:
        """Once all windows of the texts are known: what their number is worth is off, and `best` are probabilities."""
        chances = self._manifest.chances
        settled = [reading.best - many_chances(chances, reading.count) for reading in readings]
        probabilities = self._probabilities(np.array(settled).reshape(-1, len(CATEGORIES), 1))
        for reading, row in zip(readings, probabilities, strict=True):
            reading.best = row
            for category, probability in zip(CATEGORIES, row, strict=True):
                if probability < thresholds[category]["alert"]:
                    reading.crossed[category].clear()

    def _level(self, category: str, outputs: NDArray[np.float32]) -> int:
        second, third = self._manifest.levels[category]
        return 1 + int(outputs[1] >= second) + int(outputs[2] >= third)

    def _conclude(self, reading: _Reading, spans: Spans, thresholds: Thresholds) -> TextScore:
        scores = {c: float(p) for c, p in zip(CATEGORIES, reading.best, strict=True)}
        flags = tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["alert"])
        return TextScore(
            scores=scores,
            flags=flags,
            reviews=tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["review"]),
            spans=spans,
            levels={c: reading.levels[c] for c in flags if c in reading.levels},
        )

    def _explain(self, readings: list[_Reading], thresholds: Thresholds, cache: CacheUse | None) -> list[Spans]:
        """For each text the sentences that carry its flags, by scoring the sentences of the windows that crossed."""
        places: dict[tuple[int, int, int], array[int]] = {}
        for index, reading in enumerate(readings):
            for chunk in reading.windows().values():
                if len(chunk.parts) > 1:
                    places.update({(index, start, end): tokens for start, end, tokens in chunk.sentences()})
        rows = self._probabilities(self._outputs(list(places.values()), cache, first_pass=False))
        known = dict(zip(places, rows, strict=True))
        return [_spans(index, reading, known, thresholds) for index, reading in enumerate(readings)]


def _spans(
    index: int,
    reading: _Reading,
    known: Mapping[tuple[int, int, int], NDArray[np.float64]],
    thresholds: Thresholds,
) -> Spans:
    found: list[ScoredSpan] = []
    for column, category in enumerate(CATEGORIES):
        for _, chunk, alone in reading.crossed[category]:
            inside = [(start, end) for start, end, _ in chunk.parts]
            # A window of one sentence was scored already.
            values = [float(known.get((index, *place), alone)[column]) for place in inside]
            found += carrying(inside, values, category, thresholds[category]["alert"])
    return merged(found)


def many_chances(weight: float, windows: int) -> float:
    """What is taken off the logit of a text of so many windows: `weight` times their number's logarithm.

    The more windows a text has, the likelier the highest of them is high by chance alone. It ends at `MOST_CHANCES`: a
    diary of a hundred pages must not be too long for anything in it to count.
    """
    return weight * math.log(min(max(windows, 1), MOST_CHANCES))


def _ceiling(manifest: "Manifest", category: str) -> float:
    """The logit just under the lowest named threshold of the category in any channel."""
    lowest = min(p for points in manifest.thresholds.values() for p in points[category].values())
    return manifest.calibration[category].inverse(lowest) - MARGIN


def load_classifier(
    folder: Path | None = None, *, threads: int | None = None, precision: str | None = None
) -> Classifier:
    """Verify and load a classifier folder; without `folder` the shipped one.

    `threads` sets torch's thread count for the whole process; without it, one per processor that the process may use.
    Threads of the process that begin later share a heap.
    `precision` is `fp32`, `bf16`, `int8` or `auto` (a short measurement decides); without it, what HEED_PRECISION says.
    Raises `ClassifierError` with the remedy when a file is missing, altered or does not fit. Takes a second or two;
    callers keep the result.
    """
    import torch

    from models.store import SHIPPED, load_parts, read_manifest

    limit_heaps()  # before lanes begin
    torch.set_num_threads(threads or usable_processors())
    folder = folder or SHIPPED
    manifest = read_manifest(folder)
    parts = load_parts(folder, manifest, precision or os.environ.get("HEED_PRECISION") or "auto")
    return Classifier(manifest, parts)
