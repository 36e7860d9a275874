"""Mistakes put into the product by hand, each by its name. A search that does not find them finds nothing.

Each takes pytest's `MonkeyPatch`, so that it is taken out again at the end of the test.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from monitor.calendars import past
from monitor.calendars.models import Break
from monitor.detection import scan
from monitor.domain.text import Extraction, SpanKind
from monitor.google import calls
from monitor.google.drive import Drive, Remark
from monitor.google.errors import GoogleError, NotFound, TransientError
from monitor.google.gmail import Gmail, HistoryPage
from monitor.intake import (
    drive_sync,
    gmail_sync,
    items,
    leases,
    ledger,
    poll,
    queue,
    read_comments,
    read_file,
    read_mail,
    reading,
    readings,
    shared_drives,
)
from monitor.intake.models import Cursor, Item
from monitor.intake.readings import Unreadable
from monitor.intake.withheld import Withheld
from monitor.roster.exemptions import Exemptions
from tests.promises.histories.defects_chat import CHAT_DEFECTS

Defect = Callable[[pytest.MonkeyPatch], None]
DEFECTS: dict[str, Defect] = dict(CHAT_DEFECTS)


def _planted(defect: Defect) -> Defect:
    DEFECTS[defect.__name__] = defect
    return defect


@_planted
def cursor_moves_before_rows_are_written(patch: pytest.MonkeyPatch) -> None:
    """Not in one transaction: a death in between loses what the page told."""

    def record(found: Iterable[Item], cursor: Cursor) -> int:
        rows = {(item.item_key, item.version): item for item in found}
        cursor.save(update_fields=["value", "baseline_at", "read_until"])
        new = [item for key, item in rows.items() if key not in items._known(cursor, set(rows))]
        Item.objects.bulk_create(new, ignore_conflicts=True)
        return len(new)

    for module in (gmail_sync, drive_sync):
        patch.setattr(module, "record_items", record)


@_planted
def second_page_of_history_is_skipped(patch: pytest.MonkeyPatch) -> None:
    """The loop goes over it."""
    whole = Gmail.history_pages

    def pages(self: Gmail, start: str, most: int = 0, **given: Any) -> Iterator[HistoryPage]:
        for number, page in enumerate(whole(self, start, **given)):
            yield replace(page, added=()) if number == 1 else page

    patch.setattr(Gmail, "history_pages", pages)


@_planted
def text_of_a_break_is_not_withheld(patch: pytest.MonkeyPatch) -> None:
    """A document that was edited in a break and after it is read whole."""
    patch.setattr(Withheld, "taken_out_of", lambda _self, extraction: extraction)


@_planted
def known_paragraphs_are_scored_again(patch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered of a document's earlier versions."""
    patch.setattr(read_file, "only_new", lambda extraction, _known, _before: extraction)


@_planted
def moved_file_counts_as_new(patch: pytest.MonkeyPatch) -> None:
    """What is known of a file is forgotten when it lies elsewhere."""
    whole, known, places = Drive.file, read_file.memory_of, {}
    now: dict[str, str] = {}

    def file(self: Drive, file_id: str) -> Any:
        found = whole(self, file_id)
        now[file_id] = found.ref.drive_id or found.ref.owner_address
        return found

    def memory(item: Item, key: str) -> frozenset[bytes] | None:
        before = places.setdefault((item.account_id, key), now[key])
        places[item.account_id, key] = now[key]
        return known(item, key) if before == now[key] else None

    patch.setattr(Drive, "file", file)
    patch.setattr(read_file, "memory_of", memory)


@_planted
def error_500_is_taken_for_gone(patch: pytest.MonkeyPatch) -> None:
    """A passing failure ends an item."""
    whole = calls.map_error

    def mapped(error: Exception, context: Any) -> GoogleError:
        found = whole(error, context)
        is_500 = isinstance(found, TransientError) and found.status == 500
        return NotFound("gone", reason="gone", status=500) if is_500 else found

    patch.setattr(calls, "map_error", mapped)


@_planted
def gone_items_are_parked(patch: pytest.MonkeyPatch) -> None:
    """A tombstone is not understood: what was removed waits for a person for ever."""
    patch.setattr(reading, "READERS", {source: _parking(read) for source, read in reading.READERS.items()})


def _parking(whole: Callable[..., Any]) -> Callable[..., Any]:
    def read(item: Item, tally: Any) -> Any:
        try:
            return whole(item, tally)
        except NotFound:
            raise Unreadable("not there") from None

    return read


@_planted
def exempt_address_is_read(patch: pytest.MonkeyPatch) -> None:
    """The rule for addresses is not asked."""
    patch.setattr(Exemptions, "of_mail", lambda *_: None)


@_planted
def exempt_label_is_read(patch: pytest.MonkeyPatch) -> None:
    """The rule for labels is not asked."""
    patch.setattr(Exemptions, "of_labels", lambda *_: None)


@_planted
def rule_of_the_bin_is_inverted(patch: pytest.MonkeyPatch) -> None:
    """The switch for the bin means its opposite."""
    whole = gmail_sync.left_out_by_labels

    def left_out(labels: Iterable[str], given: Any) -> str:
        return whole(labels, replace(given, bin=not given.bin))

    for module in (gmail_sync, read_mail):
        patch.setattr(module, "left_out_by_labels", left_out)


@_planted
def shared_drive_is_read_by_two(patch: pytest.MonkeyPatch) -> None:
    """The text goes to its author and to the drive's reader."""
    whole = shared_drives._authors

    def authors(row: Any, *given: Any) -> list[Any]:
        found = whole(row, *given)
        return [*found, row.reader] if found and row.reader not in found else found

    patch.setattr(shared_drives, "_authors", authors)


@_planted
def last_instant_of_a_break_is_one_too_late(patch: pytest.MonkeyPatch) -> None:
    """What arrives as the school wakes counts as written in the break."""

    def sleeping(site: Any, instant: datetime) -> Break | None:
        return Break.objects.filter(site=site, starts_at__lte=instant, ends_at__gte=instant).first()

    patch.setattr(past, "sleeping_break", sleeping)


@_planted
def first_instant_of_a_break_is_one_too_late(patch: pytest.MonkeyPatch) -> None:
    """What arrives as the school falls asleep is read."""

    def sleeping(site: Any, instant: datetime) -> Break | None:
        return Break.objects.filter(site=site, starts_at__lt=instant, ends_at__gt=instant).first()

    patch.setattr(past, "sleeping_break", sleeping)


@_planted
def changes_during_a_fault_are_lost(patch: pytest.MonkeyPatch) -> None:
    """After a failure reading goes on from the present."""
    whole = drive_sync.read_drive

    def read(account: Any, cursor: Cursor, tally: Any) -> int:
        try:
            return whole(account, cursor, tally)
        except TransientError:
            Cursor.objects.filter(pk=cursor.pk).update(value="")
            raise

    patch.setitem(poll.READERS, next(one for one in poll.READERS if one.value == "drive"), read)


@_planted
def expired_history_is_a_new_beginning(patch: pytest.MonkeyPatch) -> None:
    """Instead of listing what came since, a fresh baseline is all that is taken."""
    patch.setattr(gmail_sync, "_awake", lambda *_: [])


@_planted
def dead_leases_are_honoured(patch: pytest.MonkeyPatch) -> None:
    """A lease does not run out."""

    def claim(manager: Any, pk: int, condition: Any = None) -> str | None:
        rows = manager.filter(leased_until=None, pk=pk)
        rows = rows.filter(condition) if condition is not None else rows
        owner = leases.new_owner()
        return owner if rows.update(lease_owner=owner, leased_until=leases.clock.now() + leases.LEASE) == 1 else None

    for module in (poll, queue, shared_drives):
        patch.setattr(module, "claim", claim)


@_planted
def comments_are_dated_by_their_answers(patch: pytest.MonkeyPatch) -> None:
    """A comment of a break is read when somebody answers it afterwards."""

    def is_of_break(item: Item, remark: Remark, **_: bool) -> bool:
        return readings.is_dated_in_break(item, remark.modified_at)

    patch.setattr(read_comments, "_is_of_break", is_of_break)


@_planted
def paragraphs_are_remembered_before_they_are_scored(patch: pytest.MonkeyPatch) -> None:
    """Not in one transaction: a death in between loses what was new."""
    whole = scan._write

    def write(held: scan.Held, *given: Any) -> None:
        if held.reading.remembered is not None:
            scan.enter(held.item, held.reading.remembered)
        whole(held, *given)

    patch.setattr(scan, "_write", write)


@_planted
def attachments_are_left_out(patch: pytest.MonkeyPatch) -> None:
    """Only the mail's own words are read."""
    whole = read_mail._as_said

    def as_said(extraction: Extraction) -> Extraction:
        spans = whole(extraction).spans
        return replace(extraction, spans=tuple(span for span in spans if span.kind is not SpanKind.ATTACHMENT))

    patch.setattr(read_mail, "_as_said", as_said)


@_planted
def calls_are_made_in_a_break(patch: pytest.MonkeyPatch) -> None:
    """The last door before Google stands open, and the first one too."""
    for module in (ledger, poll, queue, scan):
        name = "awake_accounts" if module is queue else "is_awake"
        if module is queue:
            patch.setattr(module, name, lambda _now: queue.Q(site__isnull=False))
        else:
            patch.setattr(module, name, lambda *_: True)
