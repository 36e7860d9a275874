"""Reads one file of a Drive: its name and its text, as far as they are new and were not written in a break."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.calendars.past import silences
from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.extract import sandbox
from monitor.extract.recognition import can_recognize
from monitor.google.drive import EXPORT_TYPES, GOOGLE_SHEET, Drive, DriveFile, Revision
from monitor.google.errors import AccessLost, PermanentError, TooLarge
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Cursor, Item
from monitor.intake.read_comments import is_comment_key, read_comments
from monitor.intake.readings import LIMITS, Reading, Unreadable, is_dated_in_break
from monitor.intake.text_memory import Remembered, memory_of, only_new, paragraph_hashes
from monitor.intake.withheld import Withheld
from monitor.intake.workspace import open_drive

BREAK_MEMORY = timedelta(days=400)  # breaks further back than this are not looked for in a file's revisions
FIRST_SHEET = "only the first sheet was read"  # all that Google exports as text
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_TEXT = (
    "image/",
    "video/",
    "audio/",
    "application/vnd.google-apps.",
)  # pictures only where no words can be recognized
IN_BREAK = "edited during a break and again after it: what was written in the break cannot be told apart"


def read_file(item: Item, tally: UsageTally) -> Reading:
    """The text of a file, or of its comments. Raises as `read_item`."""
    drive = open_drive(item.account, tally)
    if is_comment_key(item.item_key):
        return read_comments(item, drive)
    file = drive.file(item.item_key)
    if is_dated_in_break(item, file.ref.modified_at):
        raise Asleep(item.account.reference)
    known = memory_of(item, item.item_key)
    withheld, before = _not_to_score(item, drive, file, is_first=known is None)
    extraction = _extract(drive, file)
    remembered = Remembered(item.item_key, paragraph_hashes(extraction.spans))
    extraction = withheld.taken_out_of(only_new(extraction, known or frozenset(), before))
    return Reading(extraction, Direction(item.direction), file.ref.modified_at, file.name, remembered)


def _extract(drive: Drive, file: DriveFile) -> Extraction:
    mime_type = file.ref.mime_type
    if mime_type == GOOGLE_SHEET:
        return _extract_sheet(drive, file)
    if mime_type in EXPORT_TYPES:
        return sandbox.extract_export(_exported(drive, file, "text/plain"), "text/plain", file.name, LIMITS)
    title = (Span(SpanKind.TITLE, file.name),) if file.name.strip() else ()
    if _has_title_only(mime_type):
        return Extraction(ExtractStatus.UNSUPPORTED, mime_type, title, f"only the title was read: {mime_type}")
    try:
        data = drive.download(file.ref.file_id, LIMITS.max_bytes, mime_type)
    except TooLarge:
        if not mime_type.startswith("image/"):
            raise
        return Extraction(ExtractStatus.TOO_LARGE, mime_type, title, f"only the title was read: too large {mime_type}")
    body = sandbox.extract(data, name=file.name, media_type=mime_type, limits=LIMITS)
    return Extraction(body.status, body.media_type, title + body.spans, body.detail)


def _has_title_only(mime_type: str) -> bool:
    if mime_type.startswith("image/") and can_recognize(LIMITS):
        return False
    return mime_type.startswith(NOT_TEXT)


def _exported(drive: Drive, file: DriveFile, media_type: str) -> bytes:
    """A Google format as `media_type`; where it is above 10 MB, by the link that knows no such limit."""
    try:
        return drive.export(file.ref.file_id, media_type)
    except TooLarge as error:
        if error.reason != "exportSizeLimitExceeded":
            raise
    return drive.export_large(file, media_type, LIMITS.max_bytes)


def _extract_sheet(drive: Drive, file: DriveFile) -> Extraction:
    """All sheets by way of a workbook; the first one alone where workbooks cannot be read or are too large."""
    try:
        body = sandbox.extract(
            drive.export(file.ref.file_id, WORKBOOK), name="sheet.xlsx", media_type=WORKBOOK, limits=LIMITS
        )
    except TooLarge:
        body = Extraction(ExtractStatus.UNSUPPORTED, WORKBOOK)
    if body.status in {ExtractStatus.OK, ExtractStatus.EMPTY}:
        title = (Span(SpanKind.TITLE, file.name),) if file.name.strip() else ()
        return replace(body, spans=title + body.spans)
    first = sandbox.extract_export(_exported(drive, file, "text/csv"), "text/csv", file.name, LIMITS)
    return replace(first, detail="; ".join(filter(None, (first.detail, FIRST_SHEET))))


def _not_to_score(item: Item, drive: Drive, file: DriveFile, *, is_first: bool) -> tuple[Withheld, frozenset[bytes]]:
    """What stood in the last revision of each break, and the paragraphs of the last one before the baseline.

    Raises `Unreadable` where a break's revision is listed and Google no longer gives its text.
    """
    withheld, before = Withheld(), frozenset[bytes]()
    marks = list(_moments(item, file, is_first=is_first))
    revisions = drive.revisions(item.item_key) if marks else []
    for starts_at, ends_at, is_break in marks:
        inside = [one for one in revisions if starts_at <= one.modified_at < ends_at]
        if inside and is_break:
            withheld.add(_spans_of_break(drive, file, inside[-1]))
        elif inside:
            before |= _before_baseline(drive, file, inside[-1])
    return withheld, before


def _moments(item: Item, file: DriveFile, *, is_first: bool) -> Iterator[tuple[datetime, datetime, bool]]:
    modified_at, created_at = file.ref.modified_at, file.ref.created_at
    since = max(created_at, modified_at - BREAK_MEMORY)
    for starts_at, ends_at in silences(item.account, since, modified_at):
        yield starts_at, ends_at, True
    if not is_first:
        return
    cursor = Cursor.objects.filter(account_id=item.account_id, source=item.source).first()
    if cursor is not None and cursor.baseline_at is not None and created_at < cursor.baseline_at <= modified_at:
        yield created_at - timedelta(seconds=1), cursor.baseline_at, False


def _spans_of_break(drive: Drive, file: DriveFile, revision: Revision) -> tuple[Span, ...]:
    try:
        spans = _revision_spans(drive, file, revision)
    except PermanentError as error:
        if isinstance(error, AccessLost):
            raise
        raise Unreadable(IN_BREAK) from None
    if not spans:
        raise Unreadable(IN_BREAK)
    return spans


def _before_baseline(drive: Drive, file: DriveFile, revision: Revision) -> frozenset[bytes]:
    try:
        return paragraph_hashes(_revision_spans(drive, file, revision))
    except PermanentError as error:
        if isinstance(error, AccessLost):
            raise
        return frozenset()  # read from the top then: more than is new, never less


def _revision_spans(drive: Drive, file: DriveFile, revision: Revision) -> tuple[Span, ...]:
    mime_type = file.ref.mime_type
    if mime_type == GOOGLE_SHEET:
        data = drive.revision_text(file, revision.revision_id, WORKBOOK, LIMITS.max_bytes)
        body = sandbox.extract(data, name="sheet.xlsx", media_type=WORKBOOK, limits=LIMITS)
        if body.spans:
            return body.spans
    export_type = EXPORT_TYPES.get(mime_type)
    if export_type is None and _has_title_only(mime_type):
        return ()
    data = drive.revision_text(file, revision.revision_id, export_type or "", LIMITS.max_bytes)
    if export_type:
        return sandbox.extract_export(data, export_type, "", LIMITS).spans
    return sandbox.extract(data, name=file.name, media_type=mime_type, limits=LIMITS).spans
