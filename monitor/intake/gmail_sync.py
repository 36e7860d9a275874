"""Reads what changed in one mailbox: ids only, no content."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.calendars.awake import awake_windows, slept_between
from monitor.domain.source import Direction
from monitor.google.errors import CursorExpired
from monitor.google.gmail import Gmail, MessageRef
from monitor.intake.items import new_item, record_items
from monitor.intake.ledger import UsageTally
from monitor.intake.models import Cursor, Item
from monitor.intake.workspace import open_gmail
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

MAX_PAGES = 200  # of 500 records; what is left is read by the next poll, from the cursor that was saved
OVERLAP = timedelta(hours=1)  # listing by date starts this much early; what is known already is not written twice


def read_gmail(account: MonitoredAccount, cursor: Cursor, tally: UsageTally) -> int:
    """Bring `cursor` up to now and write the messages that came since; how many rows are new.

    Costs 2 units for a mailbox in which nothing happened, 1 for the first contact (which reads nothing old).
    """
    gmail, now = open_gmail(account, tally), clock.now()
    if not cursor.value or cursor.read_until is None:
        cursor.value, cursor.baseline_at, cursor.read_until = gmail.profile().history_id, now, now
        return record_items([], cursor)
    if account.site is not None and slept_between(account.site, cursor.read_until, now):
        return _wake(account, cursor, gmail, now)
    try:
        return _read_history(cursor, gmail, now)
    except CursorExpired:
        # Only what came after the last successful reading can be missing, and never what is older than the baseline.
        since = max(cursor.read_until - OVERLAP, cursor.baseline_at or cursor.read_until)
        return _list_windows(cursor, gmail, _awake(account, since, now), now)


def _wake(account: MonitoredAccount, cursor: Cursor, gmail: Gmail, now: datetime) -> int:
    """Take a fresh baseline; of the time since the last reading list only what lies outside every break."""
    return _list_windows(cursor, gmail, _awake(account, cursor.read_until or now, now), now)


def _read_history(cursor: Cursor, gmail: Gmail, now: datetime) -> int:
    new = 0
    for page in gmail.history_pages(cursor.value, max_pages=MAX_PAGES):
        if page.is_last:
            cursor.value, cursor.read_until = page.mailbox_history_id, now
        elif page.last_record_id:
            cursor.value = page.last_record_id
        new += record_items(_items(cursor, page.added), cursor)
    return new


def _list_windows(cursor: Cursor, gmail: Gmail, windows: list[tuple[datetime, datetime]], now: datetime) -> int:
    """Write every message dated inside `windows` and move the cursor to a baseline taken before the listing."""
    baseline = gmail.profile().history_id
    new = 0
    for after, before in windows:
        # The last window is open towards now, so that nothing falls between the listing and the new baseline.
        for refs in gmail.list_pages(after, None if before >= now else before):
            new += record_items(_items(cursor, refs), cursor)
    cursor.value, cursor.read_until = baseline, now
    return new + record_items([], cursor)


def _items(cursor: Cursor, refs: Iterable[MessageRef]) -> list[Item]:
    return [
        new_item(cursor, ref.message_id, direction=direction_of(ref.label_ids).value, occurred_at=None) for ref in refs
    ]


def direction_of(label_ids: Iterable[str]) -> Direction:
    """Who speaks in a message with these labels: the mailbox's owner or somebody else."""
    return Direction.WRITTEN if {"SENT", "DRAFT"} & set(label_ids) else Direction.RECEIVED


def _awake(account: MonitoredAccount, since: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    return awake_windows(account.site, since, now) if account.site else []
