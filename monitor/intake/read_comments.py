"""Reads the comments and replies in one file: those of the account, or those that others wrote into its file."""

from collections.abc import Iterable, Iterator

from monitor.calendars.past import silences
from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.google.drive import Drive, Remark
from monitor.intake.models import Cursor, Item
from monitor.intake.readings import Reading, is_dated_in_break
from monitor.intake.text_memory import Remembered, hash_of, memory_of

MINE, OTHERS = "#mine", "#others"


def is_comment_key(item_key: str) -> bool:
    """Whether an item stands for a file's comments."""
    return item_key.endswith((MINE, OTHERS))


def read_comments(item: Item, drive: Drive) -> Reading:
    """What was commented since it was last read, comments of a break left out for good. Raises as `read_item`."""
    file_id, _, side = item.item_key.partition("#")
    cursor = Cursor.objects.filter(account_id=item.account_id, source=item.source).first()
    baseline = cursor.baseline_at if cursor else None
    known = memory_of(item, item.item_key) or frozenset()
    listed = [one for one in drive.comments(file_id, baseline) if one.is_mine == (f"#{side}" == MINE)]
    listed = [one for one in listed if baseline is None or one.said_at >= baseline]
    fresh = [one for one in listed if _text_hash(one) not in known]
    awake = [one for one in fresh if not _is_of_break(item, one, is_edited=hash_of(one.remark_id) in known)]
    awake.sort(key=lambda remark: remark.said_at)
    spans = tuple(Span(SpanKind.NEW, remark.text, "comment") for remark in awake)
    return Reading(
        extraction=Extraction(ExtractStatus.OK if spans else ExtractStatus.EMPTY, "text/plain", spans),
        direction=Direction.WRITTEN if f"#{side}" == MINE else Direction.RECEIVED,
        occurred_at=awake[-1].said_at if awake else (item.occurred_at or item.seen_at),
        title="",
        remembered=Remembered(item.item_key, frozenset(_hashes(fresh))),
    )


def _is_of_break(item: Item, remark: Remark, *, is_edited: bool) -> bool:
    """Whether a remark may have been written in a break; where Google's dates leave it open, it was.

    Of a comment that was edited and answered since nothing says when it was edited.
    """
    if is_dated_in_break(item, remark.created_at) or is_dated_in_break(item, remark.said_at):
        return True
    if not (is_edited and remark.was_answered):
        return False
    return bool(silences(item.account, remark.created_at, remark.modified_at))


def _hashes(remarks: Iterable[Remark]) -> Iterator[bytes]:
    for remark in remarks:
        yield hash_of(remark.remark_id)
        yield _text_hash(remark)


def _text_hash(remark: Remark) -> bytes:
    """By its words and not by its date: that of a comment changes with each reply."""
    return hash_of(f"{remark.remark_id} {remark.text}")
