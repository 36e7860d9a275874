"""Workbooks in Excel's binary form (xlsb): cells row by row, what is hidden marked, comments, margins."""

import re
import struct
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.ooxml import open_office, read_embedded, read_parts, read_properties
from monitor.extract.sheet import PLACES, sheet_places
from monitor.extract.trouble import Broken
from monitor.extract.xls import rk_number

_SHEET = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets|macrosheets)/[^/]+\.bin$", re.IGNORECASE)
_COMMENTS = re.compile(r"xl/comments/?[^/]*\.bin$", re.IGNORECASE)
_ROW, _RK, _BOOLEAN, _REAL, _TEXT, _SHARED, _FORMULA_TEXT, _FORMULA_NUMBER, _RICH = 0, 2, 4, 5, 6, 7, 8, 9, 62
_STRING_ITEM, _COLUMNS, _SHEET_ENTRY, _MARGINS, _COMMENT_TEXT, _LINK = 19, 60, 156, 479, 637, 494
_CELL = 8  # bytes before a cell's value: its column and its style
_HIDDEN_SHEET: Key = (SpanKind.HIDDEN, "hidden sheet")
_HIDDEN_CELL: Key = (SpanKind.HIDDEN, "hidden row or column")
_UNUSED: Key = (SpanKind.HIDDEN, "in no cell")
_MOST_RECORDS = 5_000_000
_MAX_COLUMN = 16_384


def read_xlsb(data: bytes, context: Context) -> list[Span]:
    """The spans of a workbook. Raises `Broken` where no sheet can be read."""
    archive = open_office(data, context, "xl/")
    strings = [
        _wide(item, 1)[0] for kind, item in _records(archive.read("xl/sharedStrings.bin")) if kind == _STRING_ITEM
    ]
    sheets = _sheets(archive)
    spans = [
        *read_properties(archive),
        Span(SpanKind.NEW, "\n".join(name for name, _ in sheets.values()), "sheet names"),
    ]
    used: set[int] = set()
    names = [name for name in archive.names if _SHEET.match(name)]
    for name in names:
        is_hidden = sheets.get(name, ("", False))[1]
        gather = Gather("sheet", *(_HIDDEN_SHEET if is_hidden else (SpanKind.NEW, "")))
        _Sheet(gather, strings, used).write(archive.read(name))
        spans += gather.spans()
    rest = Gather("strings", *_UNUSED)
    for number, text in enumerate(strings):
        if number not in used:
            rest.write(text + "\n")
    spans += rest.spans()
    for name in (name for name in archive.names if _COMMENTS.match(name)):
        words = [_wide(item, 1)[0] for kind, item in _records(archive.read(name)) if kind == _COMMENT_TEXT]
        spans.append(Span(SpanKind.COMMENT, "\n".join(words), "comments"))
    for pattern, part, kind in PLACES:
        spans += read_parts(archive, pattern, part, kind)
    spans += read_embedded(archive, context)
    if not names and not any(span.text.strip() for span in spans):
        raise Broken("holds no sheet")
    return spans


def _sheets(archive: Archive) -> dict[str, tuple[str, bool]]:
    """Part name → (sheet's name, whether it is hidden)."""
    places = sheet_places(archive, "xl/_rels/workbook.bin.rels")
    found: dict[str, tuple[str, bool]] = {}
    for kind, entry in _records(archive.read("xl/workbook.bin")):
        if kind == _SHEET_ENTRY:
            link, at = _wide(entry, 8)
            place = places.get(link) or f"sheet {len(found)}"
            found[place] = (_wide(entry, at)[0], int.from_bytes(entry[:4], "little") != 0)
    return found


class _Sheet:
    """Writes one sheet."""

    def __init__(self, gather: Gather, strings: list[str], used: set[int]) -> None:
        self._gather = gather
        self._strings = strings
        self._used = used
        self._hidden_columns: set[int] = set()
        self._is_hidden_row = False

    def write(self, part: bytes) -> None:
        """Rows, then what stands in the margins and on links."""
        for kind, item in _records(part):
            if kind == _ROW:
                self._gather.end()
                self._is_hidden_row = len(item) > 11 and bool(item[11] & 0x10)
            elif kind == _COLUMNS and len(item) >= 18:
                first, last = struct.unpack_from("<II", item)
                if item[16] & 1:
                    self._hidden_columns.update(range(first, min(last, _MAX_COLUMN) + 1))
            elif kind in (_MARGINS, _LINK):
                self._gather.end()
                at, count = (2, 6) if kind == _MARGINS else (16, 4)
                for number in range(count):
                    text, at = _wide(item, at)
                    if kind == _MARGINS or number >= 2:
                        self._gather.write(text + "\n" if text else "")
            else:
                self._write_cell(kind, item)
        self._gather.end()

    def _write_cell(self, kind: int, item: bytes) -> None:
        text = self._value(kind, item)
        if text:
            column = int.from_bytes(item[:4], "little")
            hidden = self._is_hidden_row or column in self._hidden_columns
            self._gather.write(text, _HIDDEN_CELL if hidden else None)
            self._gather.end("\t")

    def _value(self, kind: int, item: bytes) -> str:
        value = item[_CELL:]
        if kind in (_TEXT, _FORMULA_TEXT):
            return _wide(item, _CELL)[0]
        if kind == _RICH:
            return _wide(item, _CELL + 1)[0]
        if kind == _SHARED and len(value) >= 4:
            number = int.from_bytes(value[:4], "little")
            self._used.add(number)
            return self._strings[number] if number < len(self._strings) else ""
        if kind in (_REAL, _FORMULA_NUMBER) and len(value) >= 8:
            return f"{struct.unpack_from('<d', value)[0]:.15g}"
        if kind == _RK and len(value) >= 4:
            return rk_number(struct.unpack_from("<i", value)[0])
        return str(bool(value[0])).upper() if kind == _BOOLEAN and value else ""


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """(kind, content) of the records of a part, as far as it goes."""
    at = 0
    for _ in range(_MOST_RECORDS):
        if at >= len(part):
            return
        kind = part[at]
        at += 1
        if kind & 0x80 and at < len(part):
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while at < len(part) and shift < 28:
            size |= (part[at] & 0x7F) << shift
            shift += 7
            at += 1
            if not part[at - 1] & 0x80:
                break
        yield kind, part[at : at + size]
        at += size


def _wide(item: bytes, at: int) -> tuple[str, int]:
    """A string behind the number of its 16-bit characters, and where it ends; a missing one is empty."""
    length = int.from_bytes(item[at : at + 4], "little")
    at += 4
    if length >= len(item):
        return "", at
    return item[at : at + 2 * length].decode("utf-16-le", "replace"), at + 2 * length
