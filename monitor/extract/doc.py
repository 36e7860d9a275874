"""Word 6 to 2003 (doc): the piece table gives body, notes, headers, comments and text boxes alike."""

import struct
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.ole import Storage, fields_shown, read_embedded
from monitor.extract.trouble import Broken, Encrypted

_WORD_97 = 0xC1
_MAX_PIECES = 500_000
# The parts of the document in the order in which their characters stand in it, each with the offset of its length.
_PARTS = (
    (0x4C, "body", SpanKind.NEW),
    (0x50, "footnotes", SpanKind.NEW),
    (0x54, "header", SpanKind.NEW),
    (0x58, "macros", SpanKind.NEW),
    (0x5C, "comments", SpanKind.COMMENT),
    (0x60, "endnotes", SpanKind.NEW),
    (0x64, "text box", SpanKind.NEW),
    (0x68, "text box", SpanKind.NEW),
)


def read_doc(data: bytes, context: Context) -> list[Span]:
    """The spans of a Word document. Raises `Encrypted`, or `Broken` where its text cannot be found."""
    storage = Storage(data, context)
    main = storage.read("WordDocument")
    if len(main) < 0x60:
        raise Broken("holds no document")
    version, flags = struct.unpack_from("<H", main, 2)[0], struct.unpack_from("<H", main, 10)[0]
    if flags & 0x100:
        raise Encrypted("needs a password")
    table = storage.read("1Table" if flags & 0x200 else "0Table")
    text = _by_pieces(main, table) if version >= _WORD_97 else ""
    if not text:
        text = _simple(main)
        spans = [Span(SpanKind.NEW, fields_shown(text), "body")]
    else:
        spans = list(_split(main, text))
    return [*storage.titles(), *spans, *read_embedded(storage, context)]


def _split(main: bytes, text: str) -> Iterator[Span]:
    at = 0
    for offset, part, kind in _PARTS:
        length = max(0, struct.unpack_from("<i", main, offset)[0]) if len(main) >= offset + 4 else 0
        yield Span(kind, fields_shown(text[at : at + length]), part)
        at += length
    yield Span(SpanKind.NEW, fields_shown(text[at:]), "body")


def _by_pieces(main: bytes, table: bytes) -> str:
    """All characters of the document in their order; empty where there is no usable piece table."""
    if len(main) < 0x1AA:
        return ""
    start, size = struct.unpack_from("<II", main, 0x1A2)
    clx = table[start : start + size]
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        return ""
    pieces = clx[at + 5 :]
    count = min((len(pieces) - 4) // 12, _MAX_PIECES)
    if count <= 0:
        return ""
    bounds = struct.unpack_from(f"<{count + 1}I", pieces, 0)
    texts: list[str] = []
    most = len(main)  # pieces may overlap, but honest ones never hold more than the stream
    for number in range(count):
        where = struct.unpack_from("<I", pieces, 4 * (count + 1) + 8 * number + 2)[0]
        length = min(bounds[number + 1] - bounds[number], most)
        if length <= 0:
            continue
        most -= length
        texts.append(_piece(main, where, length))
    return "".join(texts)


def _piece(main: bytes, where: int, length: int) -> str:
    if where & 0x40000000:
        start = (where & ~0x40000000) // 2
        return main[start : start + length].decode("cp1252", "replace")
    return main[where : where + 2 * length].decode("utf-16-le", "replace")


def _simple(main: bytes) -> str:
    """The text of Word 6 and 95, and of later files whose table is lost: one run of bytes."""
    first, last = struct.unpack_from("<II", main, 0x18)
    run = main[first:last] if 0x20 <= first < last else main[0x200:]
    if run[:2000].count(0) > len(run[:2000]) // 4:
        return run.decode("utf-16-le", "replace")
    return run.decode("cp1252", "replace")
