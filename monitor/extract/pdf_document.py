"""What belongs to a PDF as a whole and stands on no page: properties, outline, dynamic forms (XFA), attached files."""

import ctypes
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.xml_text import read_elements
from monitor.extract.xml_tree import parse_xml

_MAX_OUTLINE = 5_000
_MAX_ATTACHED = 100
_MAX_PACKETS = 50
_PACKETS_WITH_WORDS = frozenset({"template", "datasets"})
_MAX_TEXT = 10_000_000
_MAX_FILE = 100_000_000
_PROPERTIES = (b"Title", b"Subject", b"Keywords")


def wide_text(ask: Callable[[Any, int], int]) -> str:
    """What a PDFium function gives that fills a buffer with UTF-16 and answers its length in bytes."""
    size = ask(None, 0)
    if not 2 < size < _MAX_TEXT:
        return ""
    buffer = ctypes.create_string_buffer(size)
    ask(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\r", "\n")


def read_properties(document: Any) -> list[Span]:
    """Title, subject and keywords."""
    return [Span(SpanKind.TITLE, wide_text(partial(_property, document, key))) for key in _PROPERTIES]


def _property(document: Any, key: bytes, buffer: Any, size: int) -> int:
    return int(pdfium.FPDF_GetMetaText(document, key, buffer, size))


def read_outline(document: Any) -> Span:
    """The entries of the outline, a line for each."""
    titles: list[str] = []
    try:
        for entry in document.get_toc(max_depth=10):
            titles.append(wide_text(partial(pdfium.FPDFBookmark_GetTitle, entry)))
            if len(titles) >= _MAX_OUTLINE:
                break
    except (pypdfium2.PdfiumError, ValueError, RecursionError):
        pass  # an outline that runs in a circle; what was met until then is kept
    return Span(SpanKind.NEW, "\n".join(titles), "outline")


def read_dynamic_form(document: Any) -> list[Span]:
    """What a form made with XFA says and was filled in with; its pages show no more than "please wait"."""
    spans: list[Span] = []
    for at in range(min(pdfium.FPDF_GetXFAPacketCount(document), _MAX_PACKETS)):
        name = _bytes(partial(pdfium.FPDF_GetXFAPacketName, document, at))
        if name.rstrip(b"\0").decode("ascii", "replace") not in _PACKETS_WITH_WORDS:
            continue
        root = parse_xml(_bytes(partial(_packet, document, at)))
        spans += [
            span for span in (read_elements(root, "form") if root is not None else ()) if span.kind is SpanKind.NEW
        ]
    return spans


def _packet(document: Any, at: int, buffer: Any, size: int) -> int:
    length = ctypes.c_ulong(0)
    pdfium.FPDF_GetXFAPacketContent(document, at, buffer, size, ctypes.byref(length))
    return int(length.value)


def _bytes(ask: Callable[[Any, int], int]) -> bytes:
    size = ask(None, 0)
    if not 0 < size < _MAX_FILE:
        return b""
    buffer = ctypes.create_string_buffer(size)
    ask(buffer, size)
    return buffer.raw[:size]


def read_attached(document: Any, context: Context) -> Iterator[Span]:
    """The files that the document carries (a portfolio carries nothing else)."""
    for at in range(min(document.count_attachments(), _MAX_ATTACHED)):
        try:
            attached = document.get_attachment(at)
        except pypdfium2.PdfiumError:
            context.notes.add("an attached file cannot be read")
            continue
        yield from read_attachment(attached.raw, context)


def read_attachment(attached: Any, context: Context) -> list[Span]:
    """The spans of one carried file, given as PDFium's handle."""
    name = wide_text(partial(pdfium.FPDFAttachment_GetName, attached))
    content = _bytes(partial(_file, attached))
    return context.nested(content, name)


def _file(attached: Any, buffer: Any, size: int) -> int:
    length = ctypes.c_ulong(0)
    if not pdfium.FPDFAttachment_GetFile(attached, buffer, size, ctypes.byref(length)):
        return 0
    return int(length.value)
