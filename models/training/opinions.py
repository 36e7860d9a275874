"""Second opinions: what a larger network says of each training text, by the text's digest. No text is kept.

A source answers one or two of the four questions, and raters err. A network five times as large, which never saw the
text's group while it learned, answers all four. The small network learns from both (Hinton et al., *Distilling the
knowledge in a neural network*, 2015). `models.training.teacher` makes the file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
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

STEPS = 16
"""Logits are kept in sixteenths, between -8 and 8."""


def with_opinions(rows: Iterable[Row], path: Path = FILE) -> list[Row]:
    """`rows`, each with the opinion that the file at `path` has on its text; without one where it has none.

    Raises `DataError` when the file cannot be read.
    """
    known = read_opinions(path)
    return [replace(row, opinion=known.get(digest_of(row.text)[:_KEY])) for row in rows]


def read_opinions(path: Path = FILE) -> dict[str, tuple[float, ...]]:
    """Beginning of a digest → logit of each category, in their order. Raises `DataError` as `with_opinions`."""
    try:
        with safe_open(path, framework="numpy") as opened:
            keys, logits = opened.get_tensor("keys"), opened.get_tensor("logits")
    except (OSError, SafetensorError) as error:
        message = f"{path.name} cannot be read ({error}); fetch the project anew, or make it with train --teacher"
        raise DataError(message) from error
    found = (logits.astype(np.float64) / STEPS).tolist()
    return {bytes(key).hex(): tuple(said) for key, said in zip(keys, found, strict=True)}


def write_opinions(
    path: Path, rows: Sequence[Row], logits: NDArray[np.floating[Any]], origin: Mapping[str, Any]
) -> int:
    """Keep `logits` (rows, categories) of `rows` at `path`, with where they come from; returns how many."""
    found = {digest_of(row.text)[:_KEY]: said for row, said in zip(rows, logits, strict=True)}
    digests = sorted(found)
    keys = np.frombuffer(bytes.fromhex("".join(digests)), np.uint8).reshape(-1, _KEY // 2)
    steps = np.array([found[digest] for digest in digests]).reshape(-1, len(CATEGORIES)) * STEPS
    tensors = {"keys": keys, "logits": steps.round().clip(-127, 127).astype(np.int8)}
    save_file(tensors, path, metadata={"origin": json.dumps(origin, sort_keys=True)})
    return len(digests)


def origin_of(path: Path = FILE) -> dict[str, Any]:
    """Who said what the file at `path` keeps. Raises `DataError` when it cannot be read."""
    try:
        with safe_open(path, framework="numpy") as opened:
            said: dict[str, Any] = json.loads(opened.metadata()["origin"])
    except (OSError, SafetensorError) as error:
        message = f"{path.name} cannot be read ({error}); fetch the project anew"
        raise DataError(message) from error
    return said
