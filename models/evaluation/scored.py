"""All texts scored once, each in its own channel, and the samples that figures are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES, CHANNELS
from models.classifier import Classifier, ScoredSpan
from models.evaluation.bootstrap import Sample
from models.evaluation.corpus import Text
from models.evaluation.figures import Floats
from models.training.progress import Progress

Thresholds = Mapping[str, Mapping[str, Mapping[str, float]]]
"""Channel → category → point → probability."""

Chosen = Callable[[Text], bool]

_SLICE = 512
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Scored:
    """Texts with their probabilities (n, categories), marked sentences and levels, and the thresholds in force."""

    texts: Sequence[Text]
    scores: Floats
    spans: Sequence[tuple[ScoredSpan, ...]]
    levels: Sequence[Mapping[str, Any] | None]
    thresholds: Thresholds

    def where(self, chosen: Chosen) -> NDArray[np.int64]:
        """Indices of the texts for which `chosen` holds."""
        return np.array([i for i, text in enumerate(self.texts) if chosen(text)], dtype=np.int64)

    def column(self, category: str) -> Floats:
        """Scores (n,) of one category."""
        column: Floats = self.scores[:, CATEGORIES.index(category)]
        return column

    def sample(self, category: str, indices: NDArray[np.int64]) -> Sample:
        """Those of the texts whose label is known."""
        known = [i for i in indices.tolist() if category in self.texts[i].targets]
        targets = [self.texts[i].targets[category] for i in known]
        return Sample.of(
            [float(target > 0.5) for target, _ in targets],
            self.column(category)[known],
            [weight for _, weight in targets],
            [self.texts[i].group for i in known],
        )

    def limits(self, category: str, point: str) -> Floats:
        """The threshold (n,) of each text in its own channel."""
        by_channel = {channel: self.thresholds[channel][category][point] for channel in CHANNELS}
        return np.array([by_channel[text.channel] for text in self.texts])

    def over(self, category: str, point: str) -> NDArray[np.bool_]:
        """Which texts (n,) reach the point of their own channel."""
        reached: NDArray[np.bool_] = self.column(category) >= self.limits(category, point)
        return reached

    def lead(self, category: str, point: str) -> Floats:
        """Log-odds (n,) over the threshold of each text's own channel: at 0 and more the point is reached.

        So texts of different channels can stand in one sample.
        """
        return log_odds(self.column(category)) - log_odds(self.limits(category, point))

    def part(self, indices: NDArray[np.int64]) -> "Scored":
        """These texts alone."""
        chosen = indices.tolist()
        return Scored(
            [self.texts[i] for i in chosen],
            self.scores[indices],
            [self.spans[i] for i in chosen],
            [self.levels[i] for i in chosen],
            self.thresholds,
        )


def log_odds(probabilities: Floats) -> Floats:
    """ln(p / (1 - p)), bounded at ±27.6."""
    p = np.clip(probabilities, _TINY, 1 - _TINY)
    odds: Floats = np.log(p) - np.log1p(-p)
    return odds


def score_all(
    classifier: Classifier, texts: Sequence[Text], progress: Progress | None = None, *, first_pass: bool = False
) -> Scored:
    """Every text once, in its own channel, read whole; with `first_pass` as a worker reads it."""
    if progress:
        progress.first = 0  # the first report comes after hundreds of texts, not after one
    scores = np.zeros((len(texts), len(CATEGORIES)))
    spans: list[tuple[ScoredSpan, ...]] = [()] * len(texts)
    levels: list[Mapping[str, Any] | None] = [None] * len(texts)
    done = 0
    for channel in CHANNELS:
        chosen = [i for i, text in enumerate(texts) if text.channel == channel]
        for start in range(0, len(chosen), _SLICE):
            part = chosen[start : start + _SLICE]
            read = classifier.score([texts[i].text for i in part], channel=channel, first_pass=first_pass)
            for index, found in zip(part, read, strict=True):
                scores[index] = [found.scores[category] for category in CATEGORIES]
                spans[index] = found.spans
                levels[index] = getattr(found, "levels", None)
            done += len(part)
            if progress:
                progress.show(done)
    return Scored(list(texts), scores, spans, levels, classifier.thresholds)
