"""Pages, Numbers and Keynote since 2013: their texts, the cells of their tables, comments, and what is packed in.

The parts (`.iwa`) are chains of protocol-buffer messages, packed by Snappy without its usual frame. Nothing of the
format is published; what is read here are the messages that hold words, by their numbers, the same in all versions.
"""

import re
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather
from monitor.extract.plain import clean_text
from monitor.extract.trouble import Broken, Encrypted

_PART = re.compile(r"(?:.*/)?[^/]+\.iwa$")
_TEMPLATE = re.compile(
    r"(?:.*/)?(?:TemplateSlide|MasterSlide|ThemeStylesheet|DocumentStylesheet|AnnotationAuthor|Stylesheet)"
)
_FILE = re.compile(
    r"(?:Data/|.*\.(?:pages|numbers|key)/Data/)[^/]+\.(?:png|jpe?g|tiff?|gif|heic|pdf|docx?)$", re.IGNORECASE
)
_STORAGE, _CELLS, _COMMENT = 2001, 6005, 3056
_MOST_FIELDS = 500_000
_MOST_UNPACKED = 50_000_000
_OBJECT = "\ufffc"


def read_iwork(data: bytes, context: Context) -> list[Span]:
    """The spans of a document. Raises `Encrypted`, or `Broken` where none of its parts can be read."""
    archive = Archive(data, context)
    if any(name.endswith(".iwph") for name in archive.names):
        raise Encrypted("needs a password")
    inner = Archive(archive.read("Index.zip"), context) if "Index.zip" in archive.names else archive
    spans = _words(inner)
    for name in archive.names:
        if _FILE.match(name) and "-small-" not in name:
            spans += context.nested(archive.read(name), name.rpartition("/")[2])
    return spans


def _words(archive: Archive) -> list[Span]:
    body, comments = Gather("body"), Gather("comments", SpanKind.COMMENT)
    read = 0
    for name in archive.names:
        if not _PART.match(name) or _TEMPLATE.match(name):
            continue
        for kind, message in _messages(_unpack(archive.read(name))):
            read += 1
            gather = comments if kind == _COMMENT else body
            for text in _texts(kind, message):
                gather.write(clean_text(text.replace(_OBJECT, "")))
                gather.end()
    if not read:
        raise Broken("its parts cannot be read")
    return [*body.spans(), *comments.spans()]


def _texts(kind: int, message: bytes) -> Iterator[str]:
    """The words of one message: a text's paragraphs, the strings of a table, a comment."""
    wanted = {_STORAGE: 3, _COMMENT: 1}.get(kind)
    for number, value in _fields(message):
        if number == wanted:
            yield value.decode("utf-8", "replace")
        elif kind == _CELLS and number == 3:
            yield from (inner.decode("utf-8", "replace") for place, inner in _fields(value) if place == 3)


def _messages(part: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of the messages of an unpacked part."""
    at = 0
    while at < len(part):
        size, at = _varint(part, at)
        head = part[at : at + size]
        at += size
        if not size:
            return
        for number, info in _fields(head):
            if number == 2:
                numbers = dict(_numbers(info))
                length = numbers.get(3, 0)
                yield numbers.get(1, 0), part[at : at + length]
                at += length


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """(number, content) of the fields that have a length; ends at the first thing that makes no sense."""
    yield from ((number, value) for number, value in _all_fields(message) if isinstance(value, bytes))


def _numbers(message: bytes) -> Iterator[tuple[int, int]]:
    yield from ((number, value) for number, value in _all_fields(message) if isinstance(value, int))


def _all_fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    at = 0
    for _ in range(_MOST_FIELDS):
        if at >= len(message):
            return
        key, at = _varint(message, at)
        shape = key & 7
        if shape == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
        elif shape == 2:
            size, at = _varint(message, at)
            yield key >> 3, message[at : at + size]
            at += size
        elif shape in (1, 5):
            at += 8 if shape == 1 else 4
        else:
            return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if not byte & 0x80:
            break
    return value, at


def _unpack(packed: bytes) -> bytes:
    """The chunks of a part one after another: each has a zero, its length in three bytes, and Snappy's data."""
    pieces: list[bytes] = []
    at = total = 0
    while at + 4 <= len(packed) and packed[at] == 0 and total < _MOST_UNPACKED:
        size = int.from_bytes(packed[at + 1 : at + 4], "little")
        pieces.append(_snappy(packed[at + 4 : at + 4 + size]))
        total += len(pieces[-1])
        at += 4 + size
    return b"".join(pieces)


def _snappy(packed: bytes) -> bytes:
    """One Snappy block; of a damaged one what comes before the damage."""
    expected, at = _varint(packed, 0)
    out = bytearray()
    while at < len(packed) and len(out) < min(expected, _MOST_UNPACKED):
        tag = packed[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                count = size - 59
                size = int.from_bytes(packed[at : at + count], "little")
                at += count
            out += packed[at : at + size + 1]
            at += size + 1
            continue
        count = (1, 2, 4)[(tag & 3) - 1]
        offset = int.from_bytes(packed[at : at + count], "little")
        size = (tag >> 2) + 1
        if count == 1:
            offset, size = offset | (tag & 0xE0) << 3, (tag >> 2 & 7) + 4
        at += count
        if not 0 < offset <= len(out):
            break
        while size > 0:
            piece = out[len(out) - offset : len(out) - offset + size]
            out += piece
            size -= len(piece)
    return bytes(out)
