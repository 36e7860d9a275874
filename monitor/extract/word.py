"""Word documents (docx, docm, dotx): everything in them that holds words."""

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.ooxml import check_read, open_office, read_embedded, read_parts, read_properties

_PLACES = (
    (r"word/document\d*\.xml", "body", SpanKind.NEW),
    (r"word/header\d*\.xml", "header", SpanKind.NEW),
    (r"word/footer\d*\.xml", "footer", SpanKind.NEW),
    (r"word/footnotes\d*\.xml", "footnotes", SpanKind.NEW),
    (r"word/endnotes\d*\.xml", "endnotes", SpanKind.NEW),
    (r"word/comments\d*\.xml", "comments", SpanKind.COMMENT),
    (r"word/diagrams/data\d*\.xml", "diagram", SpanKind.NEW),
    (r"word/charts/chart\w*\.xml", "chart", SpanKind.NEW),
    (r"word/(?:drawings|diagrams)/drawing\d*\.xml", "drawing", SpanKind.NEW),
    (r"word/glossary/document\.xml", "building blocks", SpanKind.HIDDEN),
)


def read_docx(data: bytes, context: Context) -> list[Span]:
    """The spans of a Word document."""
    archive = open_office(data, context, "word/")
    spans = read_properties(archive)
    for pattern, part, kind in _PLACES:
        spans += read_parts(archive, pattern, part, kind)
    return check_read(spans + read_embedded(archive, context), archive, "word/document.xml")
