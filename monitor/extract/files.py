"""A file's bytes to spans of text, whatever the file claims to be."""

import os
import stat
from pathlib import Path

from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract import sniff
from monitor.extract.html import html_to_text
from monitor.extract.limits import DEFAULT_LIMITS, Limits
from monitor.extract.mail import BODY, decode_html, extract_mail, read_text
from monitor.extract.mbox import MBOX, extract_mbox
from monitor.extract.notes import Notes, name_media_type
from monitor.extract.outcome import conclude, refuse_too_large


def extract_file(
    data: bytes, *, name: str = "", media_type: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Extraction:
    """The text of a file; never raises on any bytes.

    The content decides what the file is, then the extension of `name`, then the declared `media_type`. Mails
    and mailboxes are read as such; of HTML the page's title is a title; other text is one new span. Everything
    else is `unsupported`, or `encrypted` where that can be seen.
    """
    found = sniff.sniff(data, name, media_type)
    if len(data) > limits.max_bytes:
        return refuse_too_large(found, limits)
    if not data.strip():
        return Extraction(ExtractStatus.EMPTY, found)
    if found in sniff.MAIL_TYPES:
        return extract_mbox(data, limits) if found == MBOX else extract_mail(data, limits)
    if sniff.is_text(found):
        return _read_document(data, found, limits)
    return _refuse(data, media_type if media_type and found == sniff.BINARY else found)


def extract_path(path: Path, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """The text of the file at `path`; never raises and never waits for a pipe or a device.

    What cannot be opened, or is no regular file, is `broken` with the reason.
    """
    try:
        data = _read_regular(path, limits.max_bytes)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Extraction(ExtractStatus.BROKEN, sniff.BINARY, (), f"cannot be read: {reason}")
    except ValueError:
        return Extraction(ExtractStatus.BROKEN, sniff.BINARY, (), "cannot be read: not a possible path")
    return extract_file(data, name=path.name, limits=limits)


def _refuse(data: bytes, media_type: str) -> Extraction:
    encrypted = sniff.is_encrypted(data, media_type)
    status = ExtractStatus.ENCRYPTED if encrypted else ExtractStatus.UNSUPPORTED
    return Extraction(status, media_type, (), f"{status.value}: {name_media_type(media_type)}")


def _read_regular(path: Path, max_bytes: int) -> bytes:
    """At most one byte more than `max_bytes`, so that a larger file shows itself without being read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "not a regular file")
        return file.read(max_bytes + 1)


def _read_document(data: bytes, media_type: str, limits: Limits) -> Extraction:
    notes = Notes()
    if media_type not in sniff.HTML_TYPES:
        return conclude(media_type, [Span(SpanKind.NEW, read_text(data, media_type), BODY)], notes, limits)
    page = html_to_text(decode_html(data, None))
    if page.is_tangled:
        notes.add("HTML too deeply nested, read without its structure")
    spans = [Span(SpanKind.TITLE, page.title), Span(SpanKind.NEW, page.text, BODY)]
    return conclude(media_type, spans, notes, limits)
