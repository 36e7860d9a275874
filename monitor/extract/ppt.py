"""PowerPoint 97 to 2003 (ppt): one walk over its records."""

import struct
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.ole import Storage, read_embedded
from monitor.extract.plain import clean_text
from monitor.extract.trouble import Broken, Encrypted

_HEAD = struct.Struct("<HHI")
_CHARACTERS, _BYTES, _STRING, _SLIDE_INFO = 4000, 4008, 4026, 1017
_SLIDE, _NOTES, _MASTER, _COMMENT, _LIST, _DOCUMENT_STRINGS = 1006, 1008, 1016, 12000, 4080, frozenset({4026})
_SKIPPED_STRINGS = frozenset({1010, 2005, 4044, 5000})  # environment, fonts, and the program's own tags
_MAX_RECORDS = 500_000
_LOCKED = 0xF3D1C4DF
_HIDDEN: Key = (SpanKind.HIDDEN, "hidden slide")
_KEYS: dict[int, Key] = {
    _NOTES: (SpanKind.COMMENT, "notes"),
    _COMMENT: (SpanKind.COMMENT, ""),
    _MASTER: (SpanKind.HIDDEN, "master"),
}


def read_ppt(data: bytes, context: Context) -> list[Span]:
    """The spans of a presentation. Raises `Encrypted`, or `Broken` where there is none."""
    storage = Storage(data, context)
    stream = storage.read("PowerPoint Document")
    if not stream:
        raise Broken("holds no presentation")
    user = storage.read("Current User")
    if len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _LOCKED:
        raise Encrypted("needs a password")
    gather = Gather("slides")
    for text, key in _texts(stream):
        gather.write(clean_text(text).rstrip("\n") + "\n", key)
    return [*storage.titles(), *gather.spans(), *read_embedded(storage, context)]


def _texts(stream: bytes) -> Iterator[tuple[str, Key | None]]:
    """Each text with the kind of the innermost container that says one."""
    open_until: list[tuple[int, int, Key | None]] = []  # end, record type, kind
    at = count = 0
    while at + _HEAD.size <= len(stream) and count < _MAX_RECORDS:
        count += 1
        version, kind, size = _HEAD.unpack_from(stream, at)
        while open_until and at >= open_until[-1][0]:
            open_until.pop()
        start = at + _HEAD.size
        end = min(start + size, len(stream))
        key = open_until[-1][2] if open_until else None
        if version & 0xF == 0xF:
            found = _KEYS.get(kind, key)
            if kind == _SLIDE and _is_hidden(stream, start, end):
                found = _HIDDEN
            if kind == _LIST and version >> 4 == 2:
                found = _KEYS[_NOTES]
            if len(open_until) < 200:
                open_until.append((end, kind, found))
            at = start
            continue
        inside = {record for _, record, _ in open_until}
        if kind in (_CHARACTERS, _BYTES) or (kind == _STRING and inside and inside.isdisjoint(_SKIPPED_STRINGS)):
            codec = "latin-1" if kind == _BYTES else "utf-16-le"
            yield stream[start:end].decode(codec, "replace"), key
        at = end


def _is_hidden(stream: bytes, at: int, end: int) -> bool:
    """Whether the slide's own settings, right inside its container, say so."""
    for _ in range(64):
        if at + _HEAD.size > end:
            return False
        _, kind, size = _HEAD.unpack_from(stream, at)
        if kind == _SLIDE_INFO and at + _HEAD.size + 12 <= len(stream):
            return bool(stream[at + _HEAD.size + 10] & 4)
        at += _HEAD.size + size
    return False
