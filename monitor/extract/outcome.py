"""From the spans that were read to the result: blank ones left out, the size limit kept, the status named."""

from dataclasses import replace

from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract.limits import Limits
from monitor.extract.notes import Notes
from monitor.extract.plain import clean_text

NO_TEXT = "no text in it"
_PADDING = " \t\r\n\0"


def conclude(
    media_type: str, spans: list[Span], notes: Notes, limits: Limits, *, is_encrypted: bool = False
) -> Extraction:
    """The extraction that consists of `spans`, as far as `limits` let them through."""
    kept = _keep_within(spans, notes, limits.max_chars)
    status = _status(kept, notes, is_encrypted)
    detail = notes.detail() or (NO_TEXT if status is ExtractStatus.EMPTY else "")
    return Extraction(status, media_type, kept, detail)


def refuse_too_large(media_type: str, limits: Limits) -> Extraction:
    """The extraction of an input above `limits.max_bytes`."""
    return Extraction(ExtractStatus.TOO_LARGE, media_type, (), f"larger than {limits.max_bytes} bytes, not read")


def _keep_within(spans: list[Span], notes: Notes, max_chars: int) -> tuple[Span, ...]:
    kept: list[Span] = []
    left = max_chars
    for span in spans:
        text = clean_text(span.text.strip(_PADDING)).strip()
        if not text:
            continue
        if len(text) > left:
            notes.add(f"text cut at {max_chars} characters")
            text = text[:left]
        left -= len(text)
        if text:
            kept.append(replace(span, text=text))
    return tuple(kept)


def _status(spans: tuple[Span, ...], notes: Notes, is_encrypted: bool) -> ExtractStatus:
    if is_encrypted and all(span.kind is SpanKind.TITLE for span in spans):
        return ExtractStatus.ENCRYPTED
    if spans:
        return ExtractStatus.OK
    if notes.has_unsupported:
        return ExtractStatus.UNSUPPORTED
    return ExtractStatus.BROKEN if notes.has_broken else ExtractStatus.EMPTY
