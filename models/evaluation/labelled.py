"""Reading labelled JSON lines: `text` and `labels` (category → 0 or 1; a missing category is unknown)."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from models.categories import CATEGORIES


class EvaluationError(RuntimeError):
    """The data cannot be evaluated; the message says what to do."""


@dataclass(slots=True)
class Labelled:
    """Texts and labels in file order, and how many lines were unusable with the reason for the first few."""

    texts: list[str] = field(default_factory=list)
    labels: list[dict[str, int]] = field(default_factory=list)
    bad_lines: int = 0
    complaints: list[str] = field(default_factory=list)


_COMPLAINTS = 10


def read_labelled(path: Path) -> Labelled:
    """Read one file, or every `*.jsonl` and `*.jsonl.gz` of a folder. Bad lines are counted, never fatal.

    Raises `EvaluationError` when there is no file, none can be read, or no line is usable.
    """
    files = sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]) if path.is_dir() else [path]
    found = Labelled()
    for file in files:
        for number, line in _lines(file):
            reason = _take(line, found)
            if reason:
                found.bad_lines += 1
                if len(found.complaints) < _COMPLAINTS:
                    found.complaints.append(f"{file.name}, line {number}: {reason}")
    if not found.texts:
        message = f"no labelled text in {path}; give JSON lines with `text` and `labels` (.jsonl or .jsonl.gz)"
        raise EvaluationError(message)
    return found


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            yield from enumerate(stream, start=1)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{file} cannot be read ({error}); check the path and that it is a whole file"
        raise EvaluationError(message) from error


def _take(line: bytes, found: Labelled) -> str:
    """Add one line to `found`; returns why it is unusable, or an empty string."""
    try:
        raw = json.loads(line)
    except ValueError:
        return "not JSON"
    if not isinstance(raw, dict) or not isinstance(raw.get("text"), str):
        return "no text"
    labels = raw.get("labels")
    if not isinstance(labels, dict):
        return "no labels"
    known = {category: labels[category] for category in CATEGORIES if labels.get(category) is not None}
    if any(isinstance(value, bool | str | list | dict) or value not in (0, 1) for value in known.values()):
        return "a label that is neither 0 nor 1"
    found.texts.append(raw["text"])
    found.labels.append({category: int(value) for category, value in known.items()})
    return ""
