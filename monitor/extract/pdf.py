"""PDF by PDFium: pages, form fields, annotations, outline, properties, attached files."""

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.pdf_document import (
    read_attached,
    read_attachment,
    read_dynamic_form,
    read_outline,
    read_properties,
    wide_text,
)
from monitor.extract.pictures import MAX_PIXELS, MAX_SOURCE_PIXELS
from monitor.extract.trouble import Broken, Encrypted

_MAX_PAGES = 5_000
_MAX_NOTES = 20_000
_PASSWORD_ERRORS = frozenset({pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY})
_FEW_WORDS = 20  # on a page; with more of them a picture on it is an illustration
_MAX_IMAGES = 1_000
_SCAN_SCALE = 200 / 72
_HYPHEN = re.compile("\ufffe\r?\n?")  # PDFium's mark for the one at a line's end, in the middle of a word
_MARKUP = (b"Contents", b"RC", b"Subj")


def read_pdf(data: bytes, context: Context) -> list[Span]:
    """The spans of a PDF. Raises `Encrypted` where it opens with a password only, `Broken` where not at all."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _PASSWORD_ERRORS or "assword" in str(error):
            raise Encrypted("needs a password") from error
        raise Broken("cannot be opened as PDF") from error
    try:
        if document.get_formtype() == pdfium.FORMTYPE_ACRO_FORM:  # dynamic ones are not shown by this PDFium
            document.init_forms()
        return [
            *read_properties(document),
            *_pages(document, context),
            *read_dynamic_form(document),
            *read_attached(document, context),
        ]
    finally:
        document.close()


def _pages(document: Any, context: Context) -> Iterator[Span]:
    count = len(document)
    if count > _MAX_PAGES:
        context.notes.add(f"pages beyond the first {_MAX_PAGES} of {count} not read")
    texts: list[str] = []
    fields: list[str] = []
    notes: list[str] = []
    carried: list[Span] = []
    characters = 0
    for number in range(min(count, _MAX_PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            context.notes.add("a page cannot be read")
            continue
        texts.append(_page_text(page))
        characters += len(texts[-1])
        carried += _read_annotations(document, page, fields, notes, context)
        if len(texts[-1].split()) < _FEW_WORDS:
            _take_picture(page, number, context)
        page.close()
        if characters > context.limits.max_chars:
            break
    yield Span(SpanKind.NEW, "\n".join(texts), "body")
    yield Span(SpanKind.NEW, "\n".join(dict.fromkeys(fields)), "form")
    yield Span(SpanKind.COMMENT, "\n".join(notes), "annotations")
    yield read_outline(document)
    yield from carried


def _take_picture(page: Any, number: int, context: Context) -> None:
    """A page that is a picture, as scanners make them, goes into the album."""
    sizes = [_pixels_of(image) for image in islice(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]), _MAX_IMAGES)]
    if not sizes:
        return
    if context.album is None:
        context.notes.add("a page that is a picture not read")
        return
    width, height = page.get_size()
    if not context.album.has_room(context.notes) or not (0 < width < math.inf and 0 < height < math.inf):
        return
    if sum(sizes) > MAX_SOURCE_PIXELS:
        context.notes.add(f"a page with pictures of more than {MAX_SOURCE_PIXELS} pixels not read")
        return
    scale = min(_SCAN_SCALE, math.sqrt(MAX_PIXELS / (width * height)))
    try:
        image = page.render(scale=scale, grayscale=True).to_pil()
    except pypdfium2.PdfiumError:
        context.notes.add("a page that is a picture not read")
        return
    context.album.add(image, f"page {number + 1}")


def _pixels_of(image: Any) -> int:
    try:
        width, height = image.get_px_size()
    except pypdfium2.PdfiumError:
        return 0
    return int(width * height)


def _page_text(page: Any) -> str:
    try:
        words = page.get_textpage()
    except pypdfium2.PdfiumError:
        return ""
    try:
        return _HYPHEN.sub("", str(words.get_text_range(errors="replace")))
    finally:
        words.close()


def _read_annotations(document: Any, page: Any, fields: list[str], notes: list[str], context: Context) -> list[Span]:
    """Adds to `fields` and `notes`; the spans are those of files pinned to the page."""
    carried: list[Span] = []
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MAX_NOTES)):
        note = pdfium.FPDFPage_GetAnnot(page, at)
        if not note:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT and (attached := pdfium.FPDFAnnot_GetFileAttachment(note)):
            carried += read_attachment(attached, context)
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            fields.extend(_field_words(document, note))
        elif kind != pdfium.FPDF_ANNOT_POPUP:
            notes.extend(dict.fromkeys(filter(None, (_string(note, key) for key in _MARKUP[:1]))))
        pdfium.FPDFPage_CloseAnnot(note)
    return carried


def _field_words(document: Any, note: Any) -> Iterator[str]:
    value = ""
    if document.formenv:
        form = document.formenv

        def ask(buffer: Any, size: int) -> int:
            return int(pdfium.FPDFAnnot_GetFormFieldValue(form, note, buffer, size))

        value = wide_text(ask)
    yield from filter(
        None, dict.fromkeys((value or _string(note, b"V"), _string(note, b"TU"), _string(note, b"Contents")))
    )


def _string(note: Any, key: bytes) -> str:
    return wide_text(lambda buffer, size: int(pdfium.FPDFAnnot_GetStringValue(note, key, buffer, size)))
