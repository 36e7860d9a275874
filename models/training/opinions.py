"""Second opinions: what a larger network says of each training text, by the text's digest. No text is kept.

A source answers one or two of the four questions, and raters err. A network five times as large, which never saw the
text's group while it learned, answers all four. The small network learns from both (Hinton et al., *Distilling the
knowledge in a neural network*, 2015). `models.training.teacher` makes the file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from models.categories import CATEGORIES
from models.training.rows import DataError, Row, digest_of

FILE = Path(__file__).with_name("opinions.safetensors")

_KEY = 16
"""Hexadecimal digits of a digest that are kept: 200,000 texts share one with a chance of one in a billion."""

_STEPS = 16
"""Logits are kept in sixteenths, between -8 and 8."""


def with_opinions(rows: Iterable[Row], path: Path = FILE) -> list[Row]:
    """`rows`, each with the opinion that the file at `path` has on its text; without one where it has none.

    Raises `DataError` when the file cannot be read.
    """
    known = read_opinions(path)
    return [replace(row, opinion=known.get(digest_of(row.text)[:_KEY])) for row in rows]


def read_opinions(path: Path = FILE) -> dict[str, tuple[float, ...]]:
    """Beginning of a digest → logit of each category, in their order. Raises `DataError` as `with_opinions`."""
    with opened_judgements(path) as opened:
        keys, steps = opened.get_tensor("keys"), opened.get_tensor("logits")
    return {bytes(key).hex(): said for key, said in zip(keys, from_steps(steps), strict=True)}


def write_opinions(
    path: Path, rows: Sequence[Row], logits: NDArray[np.floating[Any]], origin: Mapping[str, Any]
) -> int:
    """Keep `logits` (rows, categories) of `rows` at `path`, with where they come from; returns how many."""
    found = {digest_of(row.text)[:_KEY]: said for row, said in zip(rows, logits, strict=True)}
    digests = sorted(found)
    keys = np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(-1, _KEY // 2)
    tensors = {"keys": keys, "logits": to_steps(np.array([found[digest] for digest in digests]))}
    save_file(tensors, path, metadata={"origin": json.dumps(origin, sort_keys=True)})
    return len(digests)


def origin_of(path: Path) -> dict[str, Any]:
    """Who said what the file at `path` keeps. Raises `DataError` when it cannot be read."""
    with opened_judgements(path) as opened:
        said: dict[str, Any] = json.loads(opened.metadata()["origin"])
        return said


@contextmanager
def opened_judgements(path: Path, option: str = "--teacher") -> Iterator[Any]:
    """The file of opinions or readings at `path`; `option` of `train` makes it.

    Raises `DataError` when it, or what is asked of it, cannot be read.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            yield opened
    except (OSError, SafetensorError) as error:
        message = f"{path.name} cannot be read ({error}); fetch the project anew, or make it with train {option}"
        raise DataError(message) from error


def to_steps(logits: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
    """Logits as they are kept: (texts, categories) in sixteenths."""
    steps = np.asarray(logits, dtype=np.float64).reshape(-1, len(CATEGORIES)) * _STEPS
    return steps.round().clip(-127, 127).astype(np.int8)


def from_steps(kept: NDArray[np.int8]) -> list[tuple[float, ...]]:
    """The logits of each text again."""
    return [tuple(said) for said in (kept.astype(np.float64) / _STEPS).tolist()]
