"""Small but true Office and PDF files made of text, as an export or an upload would hold them."""

import csv
import io
import zipfile
from xml.sax.saxutils import escape

_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = _OFFICE + "wordprocessingml.document"
XLSX = _OFFICE + "spreadsheetml.sheet"
PPTX = _OFFICE + "presentationml.presentation"
PDF = "application/pdf"
MADE = (DOCX, XLSX, PPTX, PDF)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAW = "http://schemas.openxmlformats.org/drawingml/2006/main"
_LINES_PER_PAGE = 48
_LONGEST_LINE = 90


def sheets_of(text: str) -> list[tuple[str, str]]:
    """The sheets of a spreadsheet's text as (name, CSV): the first is nameless there and called Sheet1."""
    first, *others = text.split("\f")
    named = [sheet.partition("\n") for sheet in others]
    return [("Sheet1", first), *((name.strip() or f"Sheet{at}", rest) for at, (name, _, rest) in enumerate(named, 2))]


def make(kind: str, text: str) -> bytes:
    """`text` as a file of the type `kind`, one of `MADE`. Spreadsheets take CSV as in `sheets_of`; in a deck a blank
    line begins a new slide."""
    return {DOCX: _docx, XLSX: _xlsx, PPTX: _pptx, PDF: _pdf}[kind](text)


def _docx(text: str) -> bytes:
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{_clean(line)}</w:t></w:r></w:p>' for line in text.splitlines()
    )
    page = f'{_XML}<w:document xmlns:w="{_WORD}"><w:body>{body}<w:sectPr/></w:body></w:document>'
    kind = f"{DOCX}.main+xml"
    return _package({"word/document.xml": (page, kind)}, "word/document.xml")


def _xlsx(text: str) -> bytes:
    sheets = sheets_of(text)
    entries = "".join(
        f'<sheet name="{_clean(name)[:31]}" sheetId="{at}" r:id="rId{at}"/>' for at, (name, _) in enumerate(sheets, 1)
    )
    book = f'{_XML}<workbook xmlns="{_CELLS}" xmlns:r="{_RELATED}"><sheets>{entries}</sheets></workbook>'
    parts = {"xl/workbook.xml": (book, f"{XLSX}.main+xml")}
    for at, (_, rows) in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{at}.xml"] = (_cells(rows), _OFFICE + "spreadsheetml.worksheet+xml")
    return _package(parts, "xl/workbook.xml", "worksheet")


def _cells(rows: str) -> str:
    lines = []
    for row in csv.reader(io.StringIO(rows)):
        cells = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{_clean(cell)}</t></is></c>' for cell in row)
        lines.append(f"<row>{cells}</row>")
    return f'{_XML}<worksheet xmlns="{_CELLS}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _pptx(text: str) -> bytes:
    slides = text.split("\n\n")
    entries = "".join(f'<p:sldId id="{255 + at}" r:id="rId{at}"/>' for at in range(1, len(slides) + 1))
    deck = f'{_XML}<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_RELATED}"><p:sldIdLst>{entries}</p:sldIdLst>'
    parts = {"ppt/presentation.xml": (deck + "</p:presentation>", f"{PPTX}.main+xml")}
    for at, slide in enumerate(slides, 1):
        kind = _OFFICE + "presentationml.slide+xml"
        parts[f"ppt/slides/slide{at}.xml"] = (_slide(slide), kind)
    return _package(parts, "ppt/presentation.xml", "slide")


def _slide(text: str) -> str:
    lines = "".join(f"<a:p><a:r><a:t>{_clean(line)}</a:t></a:r></a:p>" for line in text.splitlines())
    shape = f"<p:sp><p:nvSpPr/><p:spPr/><p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"
    return f'{_XML}<p:sld xmlns:p="{_SLIDE}" xmlns:a="{_DRAW}"><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>'


def _package(parts: dict[str, tuple[str, str]], main: str, child: str = "") -> bytes:
    kinds = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, (_, kind) in parts.items())
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    types = f'{_XML}<Types xmlns="{_PACKAGE}content-types"><Default Extension="rels" ContentType="{rels}"/>{kinds}'
    folder, _, name = main.rpartition("/")
    inner = [part.removeprefix(f"{folder}/") for part in parts if part != main]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, "[Content_Types].xml", types + "</Types>")
        _write(archive, "_rels/.rels", _relations([(main, "officeDocument")]))
        if inner:
            _write(archive, f"{folder}/_rels/{name}.rels", _relations([(part, child) for part in inner]))
        for part, (content, _) in parts.items():
            _write(archive, part, content)
    return sink.getvalue()


def _relations(targets: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATED}/{kind}" Target="{target}"/>'
        for at, (target, kind) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}relationships">{lines}</Relationships>'


def _write(archive: zipfile.ZipFile, name: str, content: str) -> None:
    # A fixed date, so that the same text is the same bytes.
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _clean(text: str) -> str:
    allowed = "".join(sign for sign in text if sign == "\t" or sign >= " ")
    return escape(allowed, {'"': "&quot;"})


def _pdf(text: str) -> bytes:
    """One font, no compression; signs outside Latin-1 are lost, as the standard fonts have none."""
    lines = [
        line[at : at + _LONGEST_LINE] for line in text.splitlines() for at in range(0, len(line) or 1, _LONGEST_LINE)
    ]
    pages = [lines[at : at + _LINES_PER_PAGE] for at in range(0, len(lines) or 1, _LINES_PER_PAGE)]
    count = len(pages)
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        stream = _page_stream(page)
        box = "/MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} /Contents {5 + 2 * at} 0 R >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _assembled(objects)


def _page_stream(lines: list[str]) -> bytes:
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = "".join(f"({line}) Tj T*\n" for line in escaped)
    return f"BT /F1 11 Tf 14 TL 60 740 Td\n{shown}ET".encode("cp1252", "replace")


def _assembled(objects: list[bytes]) -> bytes:
    content, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + tail
