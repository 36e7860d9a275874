"""Adds to an extraction the words that stand in its pictures."""

import time
from collections.abc import Callable
from dataclasses import replace

from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract import tesseract
from monitor.extract.limits import Limits
from monitor.extract.outcome import NO_TEXT
from monitor.extract.pictures import Picture

RECOGNIZED = "recognized"
"""The `detail` of a span whose words a program read off a picture."""

_NOT_FINAL = frozenset({ExtractStatus.EMPTY, ExtractStatus.UNSUPPORTED})


def can_recognize(limits: Limits) -> bool:
    """Whether pictures are to be read, and the program and a wanted language are there."""
    return limits.max_pictures > 0 and bool(tesseract.usable_languages(limits.picture_languages))


def with_pictures(
    extraction: Extraction,
    pictures: list[Picture],
    limits: Limits,
    clean: Callable[[str], tuple[Span, ...]],
    until: float,
) -> Extraction:
    """The same extraction and a span for each picture with words, after all others.

    All pictures together take at most `limits.picture_seconds`, and no longer than `until` (of `time.monotonic`); what
    was not read is said in `detail`. `clean` makes spans of what the program answered, which is believed no more than a
    file is.
    """
    deadline = min(time.monotonic() + limits.picture_seconds, until)
    languages = tesseract.usable_languages(limits.picture_languages)
    spans: list[Span] = []
    left_out = 0
    room = max(0, limits.max_chars - sum(len(span.text) for span in extraction.spans))
    for picture in pictures:
        try:
            text = tesseract.recognize(picture, languages, deadline)
        except (tesseract.NotRecognized, OSError):
            left_out += 1
            continue
        for span in clean(text[:room]) if text.strip() else ():
            spans.append(replace(span, kind=SpanKind.IMAGE_TEXT, part=picture.part, detail=RECOGNIZED))
            room = max(0, room - len(span.text))
    remark = f"{left_out} of {len(pictures)} pictures not read: out of time, or the reader failed" if left_out else ""
    status = ExtractStatus.OK if spans and extraction.status in _NOT_FINAL else extraction.status
    said = "" if spans and extraction.detail == NO_TEXT else extraction.detail
    detail = "; ".join(filter(None, (said, remark)))
    return replace(extraction, status=status, spans=(*extraction.spans, *spans), detail=detail)
