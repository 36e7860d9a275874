"""One classifier of a panel: a sequence classifier from a local folder, asked in windows as ours is."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.cache import CacheUse, remembered
from models.calibration import sigmoid
from models.categories import CATEGORIES, CHANNELS, checked_channel
from models.chunking import Chunk, iter_windows, readable
from models.classifier import EXPLAINED_CHUNKS, TextScore
from models.explain import ScoredSpan, carrying, merged
from models.panel_folder import Member
from models.panel_spec import MemberSpec, Points

PENDING_WINDOWS = 256
"""Windows held before they are run: bounds memory whatever the number and length of texts."""

_UNMAPPED = {"alert": 1.0, "review": 1.0}  # of a category about which a member says nothing: its score is 0


Window = tuple[int, Chunk]
"""The index of a text, and a stretch of it."""


@dataclass(slots=True)
class _Reading:
    """Running maximum and the windows over the alert threshold, while a text is being read."""

    best: NDArray[np.float32] = field(default_factory=lambda: np.zeros(len(CATEGORIES), np.float32))
    crossed: dict[str, list[tuple[float, Chunk]]] = field(default_factory=lambda: {c: [] for c in CATEGORIES})


class _Measured:
    """A tokenizer that tells how long pieces are and where their tokens stand, but not which tokens they are.

    A window is tokenised as a whole afterwards, as the folder's own pipeline does; numbers of tokens are all that
    filling it needs. Vocabularies of any size fit.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def encode(self, text: str, **options: Any) -> "_Lengths":
        """How many tokens one text has, and where they stand."""
        encoding = self._tokenizer.encode(text, **options)
        return _Lengths([0] * len(encoding.ids), encoding.offsets)

    def encode_batch_fast(self, texts: Sequence[str], **options: Any) -> list["_Lengths"]:
        """How many tokens each text has."""
        encodings = self._tokenizer.encode_batch_fast(list(texts), **options)
        return [_Lengths([0] * len(encoding.ids), []) for encoding in encodings]


@dataclass(frozen=True, slots=True)
class _Lengths:
    ids: list[int]
    offsets: list[tuple[int, int]]


class PanelMember:
    """A sequence classifier from a local folder. Safe to share between threads; holds no text between calls.

    It speaks about `categories`; every other has probability 0.
    """

    def __init__(self, spec: MemberSpec, member: Member) -> None:
        self.categories = spec.categories
        self.id = f"{spec.id}-{digest_of([spec.head, *_decides(spec), dict(member.files)])[:8]}"
        unmapped = dict.fromkeys(CATEGORIES, _UNMAPPED)
        self.thresholds = {channel: unmapped | dict(spec.thresholds[channel]) for channel in CHANNELS}
        self._member = member
        self._evidence = [spec.evidence[category] for category in self.categories]
        self._calibration = np.array([spec.calibration[category] for category in self.categories])
        self._columns = [CATEGORIES.index(category) for category in self.categories]

    def score(
        self,
        texts: Sequence[str],
        *,
        channel: str = "mail",
        first_pass: bool = False,  # noqa: ARG002 - a folder brings none of its own, so every text is read
        cache: CacheUse | None = None,
    ) -> list[TextScore]:
        """One `TextScore` per text, in order; long texts in overlapping windows. `cache` keeps scores of windows.

        Raises `ClassifierError` for an unknown channel.
        """
        thresholds = self.thresholds[checked_channel(channel)]
        readings = [_Reading() for _ in texts]
        pending: list[Window] = []
        for window in self._windows(texts):
            pending.append(window)
            if len(pending) >= PENDING_WINDOWS:
                self._read(texts, pending, readings, thresholds, cache)
                pending = []
        self._read(texts, pending, readings, thresholds, cache)
        return [self._conclude(text, reading, thresholds, cache) for text, reading in zip(texts, readings, strict=True)]

    def _windows(self, texts: Sequence[str]) -> Iterator[Window]:
        """The windows that have something to read."""
        read = (text if any(map(str.isalpha, text)) else "" for text in texts)
        room = self._member.max_tokens - self._member.markers
        # iter_windows takes the two markers of our own encoder off its limit
        return iter_windows(read, _Measured(self._member.tokenizer), room + 2)

    def _read(
        self,
        texts: Sequence[str],
        pending: Sequence[Window],
        readings: Sequence[_Reading],
        thresholds: Points,
        cache: CacheUse | None,
    ) -> None:
        """Score pending windows and fold them into their texts' readings."""
        rows = self._probabilities([texts[index][chunk.start : chunk.end] for index, chunk in pending], cache)
        for (index, chunk), row in zip(pending, rows, strict=True):
            reading = readings[index]
            np.maximum(reading.best, row, out=reading.best)
            for category, probability in zip(CATEGORIES, row.tolist(), strict=True):
                if probability >= thresholds[category]["alert"]:
                    crossed = reading.crossed[category]
                    crossed.append((probability, chunk))
                    crossed.sort(key=lambda one: (round(one[0], 6), one[1].start), reverse=True)
                    del crossed[EXPLAINED_CHUNKS:]

    def _conclude(self, text: str, reading: _Reading, thresholds: Points, cache: CacheUse | None) -> TextScore:
        scores = dict(zip(CATEGORIES, reading.best.tolist(), strict=True))
        return TextScore(
            scores=scores,
            flags=tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["alert"]),
            reviews=tuple(c for c in CATEGORIES if scores[c] >= thresholds[c]["review"]),
            spans=self._explain(text, reading, thresholds, cache),
        )

    def _explain(
        self, text: str, reading: _Reading, thresholds: Points, cache: CacheUse | None
    ) -> tuple[ScoredSpan, ...]:
        """The sentences that carry each flag, by scoring the sentences of the windows that crossed."""
        places = sorted({place for crossed in reading.crossed.values() for _, chunk in crossed for place in _in(chunk)})
        rows = self._probabilities([text[start:end] for start, end in places], cache)
        known = dict(zip(places, rows.tolist(), strict=True))
        found: list[ScoredSpan] = []
        for column, category in enumerate(CATEGORIES):
            for _, chunk in reading.crossed[category]:
                values = [known[place][column] for place in _in(chunk)]
                found += carrying(_in(chunk), values, category, thresholds[category]["alert"])
        return merged(found)

    def _probabilities(self, texts: Sequence[str], cache: CacheUse | None) -> NDArray[np.float32]:
        """Calibrated probabilities (texts, categories), each different text once; those in `cache` are not computed."""
        texts = [readable(text) for text in texts]
        windows = [text.encode() for text in texts]
        rows = remembered(
            windows, lambda some: self._compute([texts[i] for i in some]), (1, len(CATEGORIES)), self.id, cache
        )
        return rows[:, 0]

    def _compute(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities (texts, 1, categories)."""
        rows = np.zeros((len(texts), 1, len(CATEGORIES)), np.float32)
        odds = self._member.log_odds(texts, self._evidence)
        rows[:, 0, self._columns] = sigmoid(self._calibration[:, 0] * odds + self._calibration[:, 1])
        return rows


def _in(chunk: Chunk) -> list[tuple[int, int]]:
    """Start and end of the sentences in a window."""
    return [(start, end) for start, end, _ in chunk.parts]


def _decides(spec: MemberSpec) -> list[Any]:
    """What of a table decides about scores and flags."""
    evidence = {category: asdict(evidence) for category, evidence in spec.evidence.items()}
    return [evidence, dict(spec.calibration), {name: dict(points) for name, points in spec.thresholds.items()}]


def digest_of(content: Any) -> str:
    """SHA-256 (hex) over `content` written as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
