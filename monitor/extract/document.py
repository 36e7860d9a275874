"""A Google document as Drive exports or downloads it."""

from dataclasses import replace

from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract.files import extract_file
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.message import BODY, read_text
from monitor.extract.notes import Notes
from monitor.extract.outcome import conclude, refuse_too_large
from monitor.extract.pictures import Album
from monitor.extract.plain import clean_text

_TEXT_EXPORTS = frozenset({"text/plain", "text/csv", "text/tab-separated-values", "text/markdown"})


def extract_export(
    data: bytes, export_type: str, title: str, limits: Limits = DEFAULT_LIMITS, album: Album | None = None
) -> Extraction:
    """The file's name as title, then its content.

    `export_type`: the media type that was asked of Drive, or the file's own for a download. A text export is
    taken as it is, even if it looks like a mail; anything else is read as a file.
    """
    if export_type in _TEXT_EXPORTS and len(data) <= limits.max_bytes and b"\0" not in data[:4096]:
        body = Span(SpanKind.NEW, read_text(data, export_type), BODY)
        return conclude(export_type, [Span(SpanKind.TITLE, clean_text(title)), body], Notes(), limits)
    if len(data) > limits.max_bytes:
        extraction = refuse_too_large(export_type, limits)
    else:
        extraction = extract_file(data, name=title, media_type=export_type, limits=limits, album=album)
    return _with_title(extraction, title)


def _with_title(extraction: Extraction, title: str) -> Extraction:
    text = clean_text(title).strip()
    if not text:
        return extraction
    status = ExtractStatus.OK if extraction.status is ExtractStatus.EMPTY else extraction.status
    return replace(extraction, status=status, spans=(Span(SpanKind.TITLE, text), *extraction.spans))
