"""Training rows: a text, where it comes from, and for each category either a target with a weight or nothing."""

import gzip
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Targets = Mapping[str, tuple[float, float]]
"""Category → (target 0…1, weight). A missing category is unknown and never enters the loss."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `group` is what splits go by: rows of one group never stand on both sides.

    `level` is how severe its danger is, 1 to 3 by the ladder of `models.training.auxiliary`; None when unknown.
    `opinion` is what a teacher that never saw the row's group says, a logit for each category in the order of
    `CATEGORIES`; None where it was not asked.
    """

    text: str
    source: str
    group: str
    targets: Targets
    level: int | None = None
    opinion: tuple[float, ...] | None = None


class DataError(RuntimeError):
    """Training data are absent or unreadable; the message says what to do."""


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a (gzip) JSON-lines file.

    Raises `DataError` naming file and line when one is not an object with a text.
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                raw = json.loads(line)
                if not isinstance(raw["text"], str):
                    raise TypeError
            except (ValueError, KeyError, TypeError) as error:
                message = f"{path.name}, line {number}: not a JSON object with a text; repair or remove the line"
                raise DataError(message) from error
            yield raw


def normalised(text: str) -> str:
    """`text` reduced to what makes two copies the same: letters and digits, without case, links and names."""
    words = [
        word for word in unicodedata.normalize("NFKC", text).casefold().split() if not word.startswith(("http", "@"))
    ]
    return " ".join("".join(ch for ch in word if ch.isalnum()) for word in words).strip()


def digest_of(text: str) -> str:
    """24 hexadecimal digits that are the same for two copies of a text; empty for a text without letters and digits."""
    key = normalised(text)
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:24] if key else ""
