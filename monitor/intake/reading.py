"""Fetches one item from Google and turns it into text, in memory only."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.calendars.awake import sleeping_break, slept_between
from monitor.domain.source import Direction, Source
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract.document import extract_export
from monitor.extract.files import extract_file
from monitor.extract.limits import Limits
from monitor.extract.mail import extract_mail
from monitor.extract.unquote import unquote
from monitor.google.drive import EXPORT_TYPES, GOOGLE_SHEET, Drive, DriveFile
from monitor.intake.gmail_sync import direction_of
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Item
from monitor.intake.workspace import open_drive, open_gmail

LIMITS = Limits()
BREAK_MEMORY = timedelta(days=400)  # breaks further back than this are not looked for in a file's revisions
FIRST_SHEET = "only the first sheet was read"  # all that Google exports as text
NOT_TEXT = ("image/", "video/", "audio/", "application/vnd.google-apps.")  # only the title of these can be read


class Unreadable(Exception):
    """An item that can never be read; the message is the reason that people see. It holds no text of the item."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An item's text and what is known of it. `title` is its subject or file name."""

    extraction: Extraction
    direction: Direction
    occurred_at: datetime
    title: str


def read_item(item: Item, tally: UsageTally) -> Reading:
    """Fetch `item` and extract its text.

    Raises `Asleep` where a break forbids it, `Unreadable` where it can never be read, and the errors of
    `monitor.google.errors` where Google did not give it.
    """
    reading = _read_message(item, tally) if item.source == Source.GMAIL else _read_file(item, tally)
    reason = refusal(reading.extraction)
    if reason:
        raise Unreadable(reason)
    return reading


def refusal(extraction: Extraction) -> str:
    """Why an extraction must be parked, or "" when it can be scored (also when there is nothing in it)."""
    if extraction.status in {ExtractStatus.OK, ExtractStatus.EMPTY} or extraction.spans:
        return ""
    return f"{extraction.status.value}: {extraction.detail or extraction.media_type}"


def _read_message(item: Item, tally: UsageTally) -> Reading:
    message = open_gmail(item.account, tally).fetch(item.item_key)
    if _is_dated_in_break(item, message.internal_at):
        raise Asleep(item.account.reference)
    extraction = _as_said(extract_mail(message.raw, LIMITS))
    title = next((span.text for span in extraction.spans if span.kind is SpanKind.TITLE), "")
    return Reading(extraction, direction_of(message.label_ids), message.internal_at, title)


def _as_said(extraction: Extraction) -> Extraction:
    """The same text with quotations as they were before quoting: a repeated passage must be known for the same."""
    spans = tuple(
        replace(span, text=unquote(span.text)) if span.kind is SpanKind.QUOTED else span for span in extraction.spans
    )
    return replace(extraction, spans=spans)


def _read_file(item: Item, tally: UsageTally) -> Reading:
    drive = open_drive(item.account, tally)
    file = drive.file(item.item_key)
    if _is_dated_in_break(item, file.ref.modified_at):
        raise Asleep(item.account.reference)
    _refuse_break_revisions(item, drive, file)
    return Reading(_extract(drive, file), Direction(item.direction), file.ref.modified_at, file.name)


def _extract(drive: Drive, file: DriveFile) -> Extraction:
    mime_type = file.ref.mime_type
    if mime_type in EXPORT_TYPES:
        export_type = EXPORT_TYPES[mime_type]
        extraction = extract_export(drive.export(file.ref.file_id, export_type), export_type, file.name, LIMITS)
        return _with_note(extraction, FIRST_SHEET) if mime_type == GOOGLE_SHEET else extraction
    title = (Span(SpanKind.TITLE, file.name),) if file.name.strip() else ()
    if mime_type.startswith(NOT_TEXT):
        return Extraction(ExtractStatus.UNSUPPORTED, mime_type, title, f"only the title was read: {mime_type}")
    body = extract_file(
        drive.download(file.ref.file_id, LIMITS.max_bytes), name=file.name, media_type=mime_type, limits=LIMITS
    )
    return Extraction(body.status, body.media_type, title + body.spans, body.detail)


def _with_note(extraction: Extraction, note: str) -> Extraction:
    return replace(extraction, detail="; ".join(filter(None, (extraction.detail, note))))


def _refuse_break_revisions(item: Item, drive: Drive, file: DriveFile) -> None:
    """Park a file that was also edited inside a break: its text of then cannot be told from the rest."""
    site, modified_at = item.account.site, file.ref.modified_at
    if site is None:
        return
    since = max(file.ref.created_at, modified_at - BREAK_MEMORY)
    if not slept_between(site, since, modified_at):
        return
    if any(sleeping_break(site, instant) for instant in drive.revision_times(item.item_key)):
        message = "edited during a break and again after it: what was written in the break cannot be told apart"
        raise Unreadable(message)


def _is_dated_in_break(item: Item, instant: datetime) -> bool:
    site = item.account.site
    return site is not None and sleeping_break(site, instant) is not None
