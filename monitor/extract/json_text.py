"""JSON, line-wise JSON and notebooks: escapes undone, the cells of notebooks in order, their pictures through the door.

JSON without escapes is readable as it stands, and stays so.
"""

import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.gather import Gather
from monitor.extract.plain import clean_text, decode_bytes

BODY = "body"
_LONG = 1_000
_LONG_WORD = 60
_PICTURE = re.compile(r"image/(?:png|jpeg)$")
_MAX_CHARS = 20_000_000


def read_json(data: bytes, context: Context) -> list[Span]:
    """The spans of a JSON file; what is not whole JSON is the text that it is."""
    text = decode_bytes(data[: context.limits.max_bytes])
    values = _values(text) if "\\" in text and len(text) <= _MAX_CHARS else None
    if values is None:
        return [Span(SpanKind.NEW, text, BODY)]
    gather = Gather(BODY)
    pictures: list[tuple[str, bytes]] = []
    for value in values:
        if _is_notebook(value):
            _write_notebook(value, gather, pictures)
        else:
            for line in _lines(value, ""):
                gather.write(line + "\n")
    spans = gather.spans()
    for name, content in pictures:
        spans += context.nested(content, name)
    return spans


def _values(text: str) -> list[Any] | None:
    """The one value of the text, or that of each line; None where it is no JSON."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        return None


def _lines(value: Any, name: str) -> Iterator[str]:
    """One line for each value, with the name before it."""
    waiting: list[tuple[str, Any]] = [(name, value)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            if name and value:
                yield f"{name}:"
            waiting.extend((clean_text(key), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((name, inner) for inner in reversed(value))
        else:
            said = value if isinstance(value, str) else json.dumps(value)
            yield f"{name}: {_readable(said)}" if name else _readable(said)


def _readable(text: str) -> str:
    words = text.split() if len(text) > _LONG else []
    return "" if words and len(text) / len(words) > _LONG_WORD else clean_text(text)


def _is_notebook(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("cells"), list) and "nbformat" in value


def _write_notebook(book: dict[str, Any], gather: Gather, pictures: list[tuple[str, bytes]]) -> None:
    """Cells in order, each with what it printed."""
    for cell in book["cells"]:
        if not isinstance(cell, dict):
            continue
        gather.write(_joined(cell.get("source", "")))
        gather.end()
        for output in cell.get("outputs") or ():
            if isinstance(output, dict):
                _write_output(output, gather, pictures)
        attachments = cell.get("attachments")
        for content in attachments.values() if isinstance(attachments, dict) else ():
            _take_pictures(content, pictures)


def _write_output(output: dict[str, Any], gather: Gather, pictures: list[tuple[str, bytes]]) -> None:
    gather.write(_joined(output.get("text", "")))
    gather.end()
    content = output.get("data")
    if isinstance(content, dict):
        gather.write(_joined(content.get("text/plain") or content.get("text/markdown") or ""))
        gather.end()
        _take_pictures(content, pictures)


def _take_pictures(content: Any, pictures: list[tuple[str, bytes]]) -> None:
    for kind, value in content.items() if isinstance(content, dict) else ():
        if _PICTURE.match(kind):
            try:
                pictures.append((kind, binascii.a2b_base64(_joined(value))))
            except (binascii.Error, ValueError):
                continue


def _joined(value: Any) -> str:
    lines = value if isinstance(value, list) else [value]
    return clean_text("".join(line for line in lines if isinstance(line, str)))
