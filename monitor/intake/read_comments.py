"""Reads the comments and replies in one file: those of the account, or those that others wrote into its file."""

from dataclasses import dataclass

from monitor.domain.source import Direction
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind
from monitor.google.drive import Drive, Remark
from monitor.intake.models import Cursor, Item
from monitor.intake.readings import Reading, is_dated_in_break
from monitor.intake.text_memory import Remembered, hash_of, memory_of

MINE, OTHERS = "#mine", "#others"


@dataclass(frozen=True, slots=True)
class _Fresh:
    remark: Remark
    hash: bytes


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
    listed = [one for one in listed if baseline is None or one.modified_at >= baseline]
    fresh = [_Fresh(one, hash_of(f"{one.remark_id} {one.modified_at.isoformat()}")) for one in listed]
    fresh = [one for one in fresh if one.hash not in known]
    awake = [one.remark for one in fresh if not is_dated_in_break(item, one.remark.modified_at)]
    awake.sort(key=lambda remark: remark.modified_at)
    spans = tuple(Span(SpanKind.NEW, remark.text, "comment") for remark in awake)
    return Reading(
        extraction=Extraction(ExtractStatus.OK if spans else ExtractStatus.EMPTY, "text/plain", spans),
        direction=Direction.WRITTEN if f"#{side}" == MINE else Direction.RECEIVED,
        occurred_at=awake[-1].modified_at if awake else (item.occurred_at or item.seen_at),
        title="",
        remembered=Remembered(item.item_key, frozenset(one.hash for one in fresh)),
    )
