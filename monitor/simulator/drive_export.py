"""What Docs, Sheets and Slides look like once exported.

As Google does: a Doc's plain text begins with a byte order mark and ends its lines with CR LF, so does a Sheet's CSV
without the mark; CSV and TSV hold the first sheet only.
"""

import csv
import html
import io

from monitor.simulator import office
from monitor.simulator.drive_files import DOC, EDITORS, SHEET, SLIDES

EXPORTS = {
    DOC: ("text/plain", "text/html", "text/markdown", office.DOCX, office.PDF),
    SHEET: ("text/csv", "text/tab-separated-values", office.XLSX, office.PDF),
    SLIDES: ("text/plain", office.PPTX, office.PDF),
}
SHORT = {
    "text/plain": "txt",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    office.DOCX: "docx",
    office.XLSX: "xlsx",
    office.PPTX: "pptx",
    office.PDF: "pdf",
}
"""The names that export links use for the types."""


def exports(mime_type: str) -> tuple[str, ...]:
    """The types that the simulator exports a file to; Google knows more (ODF, RTF, EPUB), which are refused here."""
    return EXPORTS[mime_type] if mime_type in EDITORS else ()


def export(mime_type: str, name: str, content: bytes, media_type: str) -> bytes:
    """The content of a file of `mime_type` as `media_type`, which must be one of its `exports`."""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    if media_type in office.MADE:
        return office.make(media_type, text)
    if media_type == "text/html":
        return _page(name, text).encode()
    if mime_type == SHEET:
        text = text.partition("\f")[0]
        if media_type == "text/tab-separated-values":
            rows = csv.reader(io.StringIO(text))
            return "\r\n".join("\t".join(row) for row in rows).encode()
        return text.replace("\n", "\r\n").encode()
    if media_type == "text/plain" and mime_type == DOC:
        return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    return text.encode()


def _page(title: str, text: str) -> str:
    paragraphs = "".join(f"<p><span>{html.escape(line)}</span></p>" for line in text.split("\n"))
    head = (
        f'<head><meta content="text/html; charset=UTF-8" http-equiv="content-type"><title>{html.escape(title)}</title>'
    )
    return f"<html>{head}<style>p{{margin:0}}</style></head><body>{paragraphs}</body></html>"
