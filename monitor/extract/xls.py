"""Excel 5 to 2003 (xls): shown values row by row, hidden sheets marked, comments and text boxes."""

import struct
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.biff import Record, iter_records, read_shared_strings, read_string
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.ole import Storage, read_embedded
from monitor.extract.trouble import Broken, Encrypted

_LOCKED, _BOF, _SHEET, _STRINGS = 0x2F, 0x809, 0x85, 0xFC
_LABEL, _RICH_LABEL, _LABEL_SHARED, _NUMBER, _RK, _MANY_RK, _FORMULA, _FORMULA_TEXT = (
    0x204, 0xD6, 0xFD, 0x203, 0x27E, 0xBD, 0x06, 0x207,
)  # fmt: skip
_NOTE, _OBJECT_TEXT, _HEADER, _FOOTER = 0x1C, 0x1B6, 0x14, 0x15
_HIDDEN: Key = (SpanKind.HIDDEN, "hidden sheet")
_UNUSED: Key = (SpanKind.HIDDEN, "in no cell")
_BOXES: Key = (SpanKind.COMMENT, "")


def read_xls(data: bytes, context: Context) -> list[Span]:
    """The spans of a workbook. Raises `Encrypted`, or `Broken` where there is none."""
    storage = Storage(data, context)
    stream = storage.read("Workbook") or storage.read("Book")
    if not stream:
        raise Broken("holds no workbook")
    book = _Book()
    for record in iter_records(stream):
        book.take(record)
    return [*storage.titles(), *book.spans(), *read_embedded(storage, context)]


class _Book:
    """Follows the records: first the book's own, then sheet after sheet."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._hidden_at: set[int] = set()
        self._strings: list[str] = []
        self._used: set[int] = set()
        self._gather = Gather("sheets")
        self._is_wide = True
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
        if kind == _BOF and len(data) >= 4:
            self._is_wide = struct.unpack_from("<H", data)[0] >= 0x600
            self._key = _HIDDEN if record.at in self._hidden_at else None
            self._row = -1
            self._gather.end()
        elif kind == _SHEET and len(data) > 8:
            self._take_sheet(data)
        elif kind == _STRINGS:
            self._strings = read_shared_strings(record)
        elif kind == _OBJECT_TEXT and record.more:
            self._gather.write(read_string_body(record.more[0]) + "\n", _BOXES)
        elif kind in (_HEADER, _FOOTER) and len(data) > 2:
            self._gather.write(read_string(data, 2 if self._is_wide else 1, wide=self._is_wide) + "\n", self._key)
        else:
            self._take_cell(kind, data)

    def _take_sheet(self, data: bytes) -> None:
        at, state = struct.unpack_from("<IB", data)
        if state & 3:
            self._hidden_at.add(at)
        self._names.append(read_string(data[6:], 1, wide=self._is_wide))

    def _take_cell(self, kind: int, data: bytes) -> None:
        texts = [text for text in self._values(kind, data) if text]
        if kind != _FORMULA_TEXT and texts:
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
            yield read_string(data[6:], 2, wide=self._is_wide)
        elif kind == _LABEL_SHARED and size >= 10:
            number = struct.unpack_from("<I", data, 6)[0]
            self._used.add(number)
            yield self._strings[number] if number < len(self._strings) else ""
        elif kind == _FORMULA_TEXT and size > 2:
            yield read_string(data, 2, wide=self._is_wide)
        elif kind == _NOTE and not self._is_wide and size > 6:
            yield data[6:].decode("cp1252", "replace")
        else:
            yield from _numbers(kind, data)


def _numbers(kind: int, data: bytes) -> Iterator[str]:
    """What cells with numbers show; a formula whose result is a text has it in a record of its own."""
    size = len(data)
    if (kind == _NUMBER and size >= 14) or (kind == _FORMULA and size >= 14 and data[12:14] != b"\xff\xff"):
        yield f"{struct.unpack_from('<d', data, 6)[0]:.15g}"
    elif kind == _RK and size >= 10:
        yield _rk(struct.unpack_from("<i", data, 6)[0])
    elif kind == _MANY_RK and size >= 12:
        yield from (_rk(struct.unpack_from("<i", data, at + 2)[0]) for at in range(4, size - 7, 6))


def read_string_body(data: bytes) -> str:
    """Characters that follow their own width flag, as in a text box."""
    if not data:
        return ""
    return data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")


def _rk(value: int) -> str:
    """A number in Excel's short form."""
    number = value >> 2 if value & 2 else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", value & ~3))[0]
    return f"{number / 100 if value & 1 else number:.15g}"
