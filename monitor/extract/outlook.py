"""Outlook messages saved as files (msg): subject, bodies, attachments, and messages inside the message."""

import re

from monitor.domain.text import Span, SpanKind
from monitor.extract import mapi
from monitor.extract.context import Context
from monitor.extract.ole import Storage
from monitor.extract.plain import decode_bytes
from monitor.extract.trouble import Broken

_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})$", re.IGNORECASE)
_ATTACHMENT = re.compile(r"__attach_version1\.0_", re.IGNORECASE)
_RECEIVERS = re.compile(r"__(?:recip|nameid)_version1\.0", re.IGNORECASE)
_UNICODE = 0x001F
_INNER = "__substg1.0_3701000D"
_MAX_DEPTH = 10


def read_msg(data: bytes, context: Context) -> list[Span]:
    """The spans of a saved message. Raises `Broken` where it holds none."""
    storage = Storage(data, context)
    spans = _read(storage, (), context, 0)
    if not spans and not any(_STREAM.match(path[-1]) for path in storage.paths):
        raise Broken("holds no message")
    return spans


def _read(storage: Storage, at: tuple[str, ...], context: Context, depth: int) -> list[Span]:
    """The message whose streams stand below the folder `at`."""
    values = _properties(storage, at)
    spans = mapi.body_spans(
        _text(values, mapi.SUBJECT),
        _text(values, mapi.BODY_TEXT),
        _bytes(values, mapi.BODY_HTML),
        _bytes(values, mapi.BODY_RTF),
        context,
    )
    depth_here = len(at)
    folders = dict.fromkeys(
        path[: depth_here + 1]
        for path in storage.paths
        if len(path) > depth_here + 1 and path[:depth_here] == at and _ATTACHMENT.match(path[depth_here])
    )
    for folder in folders:
        if not context.take_part() or depth > _MAX_DEPTH:
            break
        spans += _attached(storage, folder, context, depth)
    return spans


def _attached(storage: Storage, folder: tuple[str, ...], context: Context, depth: int) -> list[Span]:
    inner = (*folder, _INNER)
    if any(path[: len(inner)] == inner for path in storage.paths):
        spans = _read(storage, inner, context, depth + 1)
        return [
            span if span.kind is SpanKind.ATTACHMENT else Span(SpanKind.FORWARDED, span.text, span.part)
            for span in spans
        ]
    values = _properties(storage, folder)
    name = _text(values, mapi.ATTACH_LONG_NAME) or _text(values, mapi.ATTACH_NAME)
    return context.nested(_bytes(values, mapi.ATTACH_DATA), name, _text(values, mapi.ATTACH_TYPE) or None)


def _properties(storage: Storage, at: tuple[str, ...]) -> dict[int, tuple[int, bytes]]:
    """Property number → (type, content) of the streams right below `at`."""
    found: dict[int, tuple[int, bytes]] = {}
    wanted = {
        mapi.SUBJECT, mapi.BODY_TEXT, mapi.BODY_HTML, mapi.BODY_RTF, mapi.ATTACH_DATA, mapi.ATTACH_NAME,
        mapi.ATTACH_LONG_NAME, mapi.ATTACH_TYPE,
    }  # fmt: skip
    for path in storage.paths:
        stream = _STREAM.match(path[-1]) if len(path) == len(at) + 1 and path[:-1] == at else None
        if stream and int(stream[1], 16) in wanted:
            found[int(stream[1], 16)] = (int(stream[2], 16), storage.read(*path))
    return found


def _text(values: dict[int, tuple[int, bytes]], number: int) -> str:
    kind, content = values.get(number, (0, b""))
    return content.decode("utf-16-le", "replace") if kind == _UNICODE else decode_bytes(content)


def _bytes(values: dict[int, tuple[int, bytes]], number: int) -> bytes:
    kind, content = values.get(number, (0, b""))
    return content.decode("utf-16-le", "replace").encode() if kind == _UNICODE else content
