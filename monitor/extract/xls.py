"""Excel 2 to 2003 (xls): shown values row by row, hidden sheets marked, comments and text boxes."""

import codecs
import struct
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.biff import Record, iter_records, read_shared_strings, read_string
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.ole import OLE, Storage, read_embedded
from monitor.extract.trouble import Broken, Encrypted

_LOCKED, _BOF, _SHEET, _STRINGS = 0x2F, 0x809, 0x85, 0xFC
_LABEL, _RICH_LABEL, _LABEL_SHARED, _NUMBER, _RK, _MANY_RK, _FORMULA, _FORMULA_TEXT = (
    0x204, 0xD6, 0xFD, 0x203, 0x27E, 0xBD, 0x06, 0x207,
)  # fmt: skip
_NOTE, _OBJECT_TEXT, _HEADER, _FOOTER = 0x1C, 0x1B6, 0x14, 0x15
_BOFS = frozenset({_BOF, 0x09, 0x209, 0x409})
_FORMULAS = frozenset({_FORMULA, 0x206, 0x406})
_FORMULA_TEXTS = frozenset({_FORMULA_TEXT, 0x07})
_OLDEST_BOF, _OLDEST_INTEGER, _OLDEST_NUMBER, _OLDEST_LABEL, _OLDEST_FORMULA_TEXT = 0x09, 0x02, 0x03, 0x04, 0x07
_CODEPAGE = 0x42
_CODEPAGES = {10000: "mac-roman", 32768: "mac-roman", 32769: "cp1252", 1200: "cp1252"}
_HIDDEN: Key = (SpanKind.HIDDEN, "hidden sheet")
_UNUSED: Key = (SpanKind.HIDDEN, "in no cell")
_BOXES: Key = (SpanKind.COMMENT, "")


def read_xls(data: bytes, context: Context) -> list[Span]:
    """The spans of a workbook. Raises `Encrypted`, or `Broken` where there is none."""
    if not data.startswith(OLE):
        return _read_stream(data)  # before Excel 5 there was no file system around it
    storage = Storage(data, context)
    stream = storage.read("Workbook") or storage.read("Book")
    if not stream:
        raise Broken("holds no workbook")
    return [*storage.titles(), *_read_stream(stream), *read_embedded(storage, context)]


def _read_stream(stream: bytes) -> list[Span]:
    book = _Book()
    for record in iter_records(stream):
        book.take(record)
    return book.spans()


class _Book:
    """Follows the records: first the book's own, then sheet after sheet."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._hidden_at: set[int] = set()
        self._strings: list[str] = []
        self._used: set[int] = set()
        self._gather = Gather("sheets")
        self._is_wide = True
        self._is_oldest = False
        self._charset = "cp1252"
        self._key: Key | None = None
        self._row = -1

    def spans(self) -> list[Span]:
        """Everything that was met."""
        for number, text in enumerate(self._strings):
            if number not in self._used:
                self._gather.write(text + "\n", _UNUSED)
        return [Span(SpanKind.NEW, "\n".join(self._names), "sheet names"), *self._gather.spans()]

    def take(self, record: Record) -> None:
        """Handle one record. Raises `Encrypted`."""
        kind, data = record.kind, record.data
        if kind == _LOCKED:
            raise Encrypted("needs a password")
        if kind in _BOFS and len(data) >= 4:
            self._is_wide = kind == _BOF and struct.unpack_from("<H", data)[0] >= 0x600
            self._is_oldest = kind == _OLDEST_BOF
            self._key = _HIDDEN if record.at in self._hidden_at else None
            self._row = -1
            self._gather.end()
        elif kind == _CODEPAGE and len(data) >= 2:
            self._charset = _codec(struct.unpack_from("<H", data)[0])
        elif kind == _SHEET and len(data) > 8:
            self._take_sheet(data)
        elif kind == _STRINGS:
            self._strings = read_shared_strings(record)
        elif kind == _OBJECT_TEXT and record.more:
            self._gather.write(read_string_body(record.more[0]) + "\n", _BOXES)
        elif kind in (_HEADER, _FOOTER) and len(data) > 2:
            self._gather.write(self._string(data, 2 if self._is_wide else 1) + "\n", self._key)
        else:
            self._take_cell(kind, data)

    def _take_sheet(self, data: bytes) -> None:
        at, state = struct.unpack_from("<IB", data)
        if state & 3:
            self._hidden_at.add(at)
        self._names.append(self._string(data[6:], 1))

    def _take_cell(self, kind: int, data: bytes) -> None:
        texts = [text for text in self._values(kind, data) if text]
        if kind not in _FORMULA_TEXTS and texts:
            row = struct.unpack_from("<H", data)[0]
            if row != self._row:
                self._gather.end()
                self._row = row
        for text in texts:
            self._gather.write(text, self._key)
            self._gather.end("\t")

    def _values(self, kind: int, data: bytes) -> Iterator[str]:
        size = len(data)
        if kind in (_LABEL, _RICH_LABEL) and size > 8:
            yield self._string(data[6:], 2)
        elif self._is_oldest and kind == _OLDEST_LABEL and size > 8:
            yield self._string(data[7:], 1)
        elif kind == _LABEL_SHARED and size >= 10:
            number = struct.unpack_from("<I", data, 6)[0]
            self._used.add(number)
            yield self._strings[number] if number < len(self._strings) else ""
        elif kind in _FORMULA_TEXTS and size > 1:
            yield self._string(data, 1 if kind == _OLDEST_FORMULA_TEXT else 2)
        elif kind == _NOTE and not self._is_wide and size > 6:
            yield data[6:].decode(self._charset, "replace")
        elif self._is_oldest:
            yield from _oldest_numbers(kind, data)
        else:
            yield from _numbers(kind, data)

    def _string(self, data: bytes, length_size: int) -> str:
        return read_string(data, length_size, wide=self._is_wide, charset=self._charset)


def _numbers(kind: int, data: bytes) -> Iterator[str]:
    """What cells with numbers show; a formula whose result is a text has it in a record of its own."""
    size = len(data)
    if (kind == _NUMBER and size >= 14) or (kind in _FORMULAS and size >= 14 and data[12:14] != b"\xff\xff"):
        yield f"{struct.unpack_from('<d', data, 6)[0]:.15g}"
    elif kind == _RK and size >= 10:
        yield rk_number(struct.unpack_from("<i", data, 6)[0])
    elif kind == _MANY_RK and size >= 12:
        yield from (rk_number(struct.unpack_from("<i", data, at + 2)[0]) for at in range(4, size - 7, 6))


def _oldest_numbers(kind: int, data: bytes) -> Iterator[str]:
    """As `_numbers`, of Excel 2, whose cells have three bytes of format."""
    size = len(data)
    if (kind == _OLDEST_NUMBER and size >= 15) or (kind == _FORMULA and size >= 15 and data[13:15] != b"\xff\xff"):
        yield f"{struct.unpack_from('<d', data, 7)[0]:.15g}"
    elif kind == _OLDEST_INTEGER and size >= 9:
        yield str(struct.unpack_from("<H", data, 7)[0])


def _codec(codepage: int) -> str:
    """Python's name of a code page; the western one where there is none."""
    name = _CODEPAGES.get(codepage, f"cp{codepage}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def read_string_body(data: bytes) -> str:
    """Characters that follow their own width flag, as in a text box."""
    if not data:
        return ""
    return data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")


def rk_number(value: int) -> str:
    """What a number in Excel's short form shows."""
    number = value >> 2 if value & 2 else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", value & ~3))[0]
    return f"{number / 100 if value & 1 else number:.15g}"
