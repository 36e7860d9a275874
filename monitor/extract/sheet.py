"""Workbooks (xlsx, xlsm): shown values row by row, hidden sheets, rows and columns marked, comments, drawings."""

from typing import Any

from monitor.domain.text import Span, SpanKind
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.gather import Gather, Key
from monitor.extract.ooxml import check_read, open_office, parts, read_embedded, read_parts, read_properties
from monitor.extract.xml_tree import all_text, attribute, local, parse_xml

PLACES = (
    (r"xl/comments\d*\.xml|xl/comments/[^/]+\.xml", "comments", SpanKind.COMMENT),
    (r"xl/threadedComments/[^/]+\.xml", "comments", SpanKind.COMMENT),
    (r"xl/drawings/drawing\d*\.xml", "drawing", SpanKind.NEW),
    (r"xl/diagrams/data\d*\.xml", "diagram", SpanKind.NEW),
    (r"xl/charts/chart\w*\.xml", "chart", SpanKind.NEW),
)
_T = frozenset({"t"})
_MARGINS = frozenset({"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"})
_HIDDEN_SHEET: Key = (SpanKind.HIDDEN, "hidden sheet")
_HIDDEN_CELL: Key = (SpanKind.HIDDEN, "hidden row or column")
_UNUSED: Key = (SpanKind.HIDDEN, "in no cell")
_MAX_COLUMN = 16_384


def read_xlsx(data: bytes, context: Context) -> list[Span]:
    """The spans of a workbook."""
    archive = open_office(data, context, "xl/")
    strings = _shared_strings(archive)
    sheets = _sheets(archive)
    used: set[int] = set()
    spans = read_properties(archive)
    spans += [Span(SpanKind.NEW, "\n".join(name for name, _ in sheets.values()), "sheet names")]
    for name, root in parts(archive, r"xl/(?:worksheets|chartsheets|dialogsheets|macrosheets)/[^/]+\.xml"):
        is_hidden = sheets.get(name, ("", False))[1]
        gather = Gather("sheet", *(_HIDDEN_SHEET if is_hidden else (SpanKind.NEW, "")))
        _Sheet(gather, strings, used).write(root)
        spans += gather.spans()
    rest = Gather("strings", *_UNUSED)
    for number, text in enumerate(strings):
        if number not in used:
            rest.write(text + "\n")
    spans += rest.spans()
    for pattern, part, kind in PLACES:
        spans += read_parts(archive, pattern, part, kind)
    return check_read(spans + read_embedded(archive, context), archive, "xl/workbook.xml")


def _shared_strings(archive: Archive) -> list[str]:
    root = parse_xml(archive.read("xl/sharedStrings.xml"))
    if root is None:
        return []
    return [_words(item) for item in root if local(item) == "si"]


def _words(item: Any) -> str:
    """A string's runs, without the reading aids (phonetic runs) of East Asian text."""
    for child in [child for child in item if local(child) == "rPh"]:
        item.remove(child)
    return all_text(item, _T, frozenset())


def sheet_places(archive: Archive, links: str) -> dict[str | None, str]:
    """A workbook's own name of each part (in the part `links`) → the part's name in the archive."""
    found = parse_xml(archive.read(links))
    named = {link.get("Id"): link.get("Target") or "" for link in found} if found is not None else {}
    targets = {key: target.removeprefix("/").removeprefix("xl/") for key, target in named.items()}
    return {key: f"xl/{target}" for key, target in targets.items() if target}


def _sheets(archive: Archive) -> dict[str, tuple[str, bool]]:
    """Part name → (sheet's name, whether it is hidden)."""
    book = parse_xml(archive.read("xl/workbook.xml"))
    places = sheet_places(archive, "xl/_rels/workbook.xml.rels")
    found: dict[str, tuple[str, bool]] = {}
    for sheet in book.iter() if book is not None else ():
        if local(sheet) == "sheet":
            place = places.get(attribute(sheet, "id")) or f"sheet {len(found)}"
            found[place] = (sheet.get("name") or "", (sheet.get("state") or "visible") != "visible")
    return found


class _Sheet:
    """Writes one sheet."""

    def __init__(self, gather: Gather, strings: list[str], used: set[int]) -> None:
        self._gather = gather
        self._strings = strings
        self._used = used
        self._hidden_columns: set[int] = set()

    def write(self, root: Any) -> None:
        """Columns, rows, then what else of the sheet has words."""
        for element in root.iter():
            name = local(element)
            if name == "col" and element.get("hidden") in ("1", "true"):
                first, last = _number(element.get("min")), _number(element.get("max"))
                self._hidden_columns.update(range(first, min(last, _MAX_COLUMN) + 1))
            elif name == "row":
                self._write_row(element)
            elif name in _MARGINS:
                self._gather.write((element.text or "") + "\n")
            elif name == "dataValidation":
                words = (element.get(key) for key in ("promptTitle", "prompt", "errorTitle", "error"))
                self._gather.write("\n".join(filter(None, words)))
                self._gather.end()
            elif name == "hyperlink" and element.get("tooltip"):
                self._gather.write(element.get("tooltip") + "\n")

    def _write_row(self, row: Any) -> None:
        is_hidden = row.get("hidden") in ("1", "true")
        for place, cell in enumerate(row, start=1):
            text = self._value(cell)
            if text:
                hidden = is_hidden or (_column(cell.get("r") or "") or place) in self._hidden_columns
                self._gather.write(text, _HIDDEN_CELL if hidden else None)
                self._gather.end("\t")
        self._gather.end()

    def _value(self, cell: Any) -> str:
        """What the cell shows; of a formula without a stored result the formula."""
        values = {local(child): child for child in cell}
        if "is" in values:
            return _words(values["is"])
        shown = values["v"].text or "" if "v" in values else ""
        if cell.get("t") == "s" and shown.strip().isdecimal():
            number = int(shown[:9])
            self._used.add(number)
            return self._strings[number] if number < len(self._strings) else ""
        formula = values["f"].text or "" if "f" in values else ""
        return shown or (f"={formula}" if formula else "")


def _column(reference: str) -> int:
    number = 0
    for letter in reference[:3]:
        if not ("A" <= letter <= "Z"):
            break
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str | None) -> int:
    return int(text[:6]) if text and text.isdecimal() else 0
