"""Remembering the scores of windows under a keyed hash: the same words are computed once, and no text is kept.

Replies quote, announcements go to hundreds, documents are saved again and again: much of what a school writes in a day
has been scored before. An entry holds nothing but outputs. Its key is an HMAC over what computes them (the classifier's
id, precision and whether a first pass stood before it) and the tokens, so entries of another classifier never match.
"""

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 16

Outputs = NDArray[np.float32]
"""(windows, categories, outputs), as logits."""

_PACKED = np.dtype("<f4")


class ScoreCache(Protocol):
    """Where entries rest: 16-byte keys, values of a few dozen bytes. May forget at any time.

    Where threads share a `CacheUse`, the store must be thread-safe.
    """

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are known."""
        ...

    def put_many(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep the entries."""
        ...


class MemoryCache:
    """At most `limit` entries in this process; the one unused for longest goes first. Thread-safe.

    Raises `ValueError` when the limit is below 1.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            message = f"a cache of {limit} entries holds nothing; give at least 1"
            raise ValueError(message)
        self._limit = limit
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values of those keys that are known; they count as used now."""
        with self._lock:
            found = {key: self._entries[key] for key in keys if key in self._entries}
            for key in found:
                self._entries.move_to_end(key)
        return found

    def put_many(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep the entries, and forget the oldest over the limit."""
        with self._lock:
            for key, value in entries.items():
                self._entries[key] = value
                self._entries.move_to_end(key)
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)


@dataclass(slots=True)
class CacheUse:
    """A cache with the secret that its keys are made with, and how often it helped.

    `hits` counts windows whose outputs were in the store or stood twice in one call, `misses` those computed.
    May be shared between threads.
    """

    secret: bytes
    store: ScoreCache
    hits: int = 0
    misses: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def key(self, label: str, tokens: bytes) -> bytes:
        """The key of a window: `label` says what computes the outputs."""
        return hmac.digest(self.secret, label.encode() + b"|" + tokens, "sha256")[:KEY_BYTES]

    def count(self, windows: int, computed: int) -> None:
        """Add one call's windows to the counters."""
        with self._lock:
            self.hits += windows - computed
            self.misses += computed


def remembered(
    windows: Sequence[bytes],
    compute: Callable[[list[int]], Outputs],
    shape: tuple[int, int],
    label: str,
    use: CacheUse | None = None,
) -> Outputs:
    """Outputs (windows, *shape) of `windows` (their tokens as bytes), each distinct one looked up or computed once.

    `compute` gets indices of `windows` and returns outputs (indices, *shape). Without `use` nothing is looked up or
    kept, yet windows that stand twice are still computed once.
    """
    first: dict[bytes, int] = {}
    for index, tokens in enumerate(windows):
        first.setdefault(tokens, index)
    keys = {tokens: use.key(label, tokens) for tokens in first} if use else {}
    stored = use.store.get_many(list(keys.values())) if use else {}
    known = {tokens: _unpacked(stored[key], shape) for tokens, key in keys.items() if key in stored}
    missing = [tokens for tokens in first if known.get(tokens) is None]
    if missing:
        known.update(zip(missing, compute([first[tokens] for tokens in missing]), strict=True))
    if use:
        use.count(len(windows), len(missing))
        fresh = {keys[tokens]: np.asarray(known[tokens], dtype=_PACKED).tobytes() for tokens in missing}
        if fresh:
            use.store.put_many(fresh)
    outputs = np.zeros((len(windows), *shape), dtype=np.float32)
    for index, tokens in enumerate(windows):
        outputs[index] = known[tokens]
    return outputs


def _unpacked(value: bytes, shape: tuple[int, int]) -> Outputs | None:
    """The outputs in `value`; None when something else wrote it."""
    if len(value) != _PACKED.itemsize * shape[0] * shape[1]:
        return None
    outputs = np.frombuffer(value, dtype=_PACKED).reshape(shape)
    return outputs.astype(np.float32) if np.isfinite(outputs).all() else None
