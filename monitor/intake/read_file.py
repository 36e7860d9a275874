"""Reads one file of a Drive: its name and its text."""

from dataclasses import replace
from datetime import timedelta

from monitor.calendars.awake import sleeping_break, slept_between
from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract import sandbox
from monitor.google.drive import EXPORT_TYPES, GOOGLE_SHEET, Drive, DriveFile
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Item
from monitor.intake.readings import LIMITS, Reading, Unreadable, is_dated_in_break
from monitor.intake.workspace import open_drive

BREAK_MEMORY = timedelta(days=400)  # breaks further back than this are not looked for in a file's revisions
FIRST_SHEET = "only the first sheet was read"  # all that Google exports as text
NOT_TEXT = ("image/", "video/", "audio/", "application/vnd.google-apps.")  # only the title of these can be read


def read_file(item: Item, tally: UsageTally) -> Reading:
    """The text of a file. Raises as `read_item`."""
    drive = open_drive(item.account, tally)
    file = drive.file(item.item_key)
    if is_dated_in_break(item, file.ref.modified_at):
        raise Asleep(item.account.reference)
    _refuse_break_revisions(item, drive, file)
    return Reading(_extract(drive, file), Direction(item.direction), file.ref.modified_at, file.name)


def _extract(drive: Drive, file: DriveFile) -> Extraction:
    mime_type = file.ref.mime_type
    if mime_type in EXPORT_TYPES:
        export_type = EXPORT_TYPES[mime_type]
        extraction = sandbox.extract_export(drive.export(file.ref.file_id, export_type), export_type, file.name, LIMITS)
        return _with_note(extraction, FIRST_SHEET) if mime_type == GOOGLE_SHEET else extraction
    title = (Span(SpanKind.TITLE, file.name),) if file.name.strip() else ()
    if mime_type.startswith(NOT_TEXT):
        return Extraction(ExtractStatus.UNSUPPORTED, mime_type, title, f"only the title was read: {mime_type}")
    body = sandbox.extract(
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
