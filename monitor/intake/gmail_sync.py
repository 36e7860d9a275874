"""Reads what changed in one mailbox: ids only, no content."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.calendars.past import heard_windows, silences
from monitor.domain.reading import ReadingSpec
from monitor.google.errors import CursorExpired
from monitor.google.gmail import Gmail, MessageRef
from monitor.intake.items import new_item, record_items
from monitor.intake.ledger import UsageTally
from monitor.intake.mail_rules import BIN, DRAFT, SPAM, direction_of, left_out_by_labels
from monitor.intake.models import Cursor, Item, ItemState
from monitor.intake.workspace import open_gmail
from monitor.lib import clock
from monitor.roster.exemptions import Exemptions, count_left_out, exemptions_in_force
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_now

MAX_PAGES = 200  # of 500 records; what is left is read by the next poll, from the cursor that was saved
OVERLAP = timedelta(hours=1)  # listing by date starts this much early; what is known already is not written twice
DRAFT_REST = timedelta(minutes=2)  # Gmail saves a draft anew every few seconds; only the one that stays is fetched


def read_gmail(account: MonitoredAccount, cursor: Cursor, tally: UsageTally) -> int:
    """Bring `cursor` up to now and write the messages that came since; how many rows are new.

    Costs 2 units for a mailbox in which nothing happened, 1 for the first contact (which reads nothing old).
    """
    gmail, now = open_gmail(account, tally), clock.now()
    if not cursor.value or cursor.read_until is None:
        cursor.value, cursor.baseline_at, cursor.read_until = gmail.profile().history_id, now, now
        return record_items([], cursor)
    if silences(account, cursor.read_until, now):
        return _wake(account, cursor, gmail, now)
    try:
        return _read_history(cursor, gmail, now)
    except CursorExpired:
        # Only what came after the last successful reading can be missing, and never what is older than the baseline.
        return _list_windows(cursor, gmail, _awake(account, _since(cursor, now), now), now)


def _wake(account: MonitoredAccount, cursor: Cursor, gmail: Gmail, now: datetime) -> int:
    """Take a fresh baseline; of the time since the last reading list only what lies outside every break."""
    return _list_windows(cursor, gmail, _awake(account, _since(cursor, now), now), now)


def _since(cursor: Cursor, now: datetime) -> datetime:
    """Where a listing begins: before the last reading (Google has its own clock), and never before the baseline."""
    read_until = cursor.read_until or now
    return max(read_until - OVERLAP, cursor.baseline_at or read_until)


def _read_history(cursor: Cursor, gmail: Gmail, now: datetime) -> int:
    new, rules = 0, _Rules(gmail)
    for page in gmail.history_pages(cursor.value, max_pages=MAX_PAGES):
        if page.is_last:
            cursor.value, cursor.read_until = page.mailbox_history_id, now
        elif page.last_record_id:
            cursor.value = page.last_record_id
        freed = [ref for ref, lost in page.unlabelled if {SPAM, BIN, DRAFT} & set(lost)]
        new += record_items(_items(cursor, page.added, rules), cursor) + _let_in(cursor, freed, rules)
    return new


def _list_windows(cursor: Cursor, gmail: Gmail, windows: list[tuple[datetime, datetime]], now: datetime) -> int:
    """Write every message dated inside `windows` and move the cursor to a baseline taken before the listing."""
    baseline = gmail.profile().history_id
    new, rules = 0, _Rules(gmail)
    for after, before in windows:
        # The last window is open towards now, so that nothing falls between the listing and the new baseline.
        for refs in gmail.list_pages(after, None if before >= now else before):
            new += record_items(_items(cursor, refs, rules), cursor)
    cursor.value, cursor.read_until = baseline, now
    return new + record_items([], cursor)


@dataclass(slots=True)
class _Rules:
    """What a message's labels decide before any of it is fetched; the labels' names are asked for once, if at all."""

    gmail: Gmail
    reading: ReadingSpec = field(default_factory=reading_now)
    exemptions: Exemptions = field(default_factory=exemptions_in_force)
    _names: dict[str, str] | None = None

    def why_left_out(self, label_ids: Iterable[str]) -> str:
        """Why a message with these labels is not read; empty when it is."""
        reason = left_out_by_labels(label_ids, self.reading)
        if reason or not self.exemptions.labels:
            return reason
        rule = self.exemptions.of_labels(self._called(label_ids))
        if rule:
            count_left_out(rule)
        return f"exemption {rule}" if rule else ""

    def _called(self, label_ids: Iterable[str]) -> list[str]:
        if self._names is None and any(label.startswith("Label_") for label in label_ids):
            self._names = self.gmail.label_names()
        return [(self._names or {}).get(label, label) for label in label_ids]


def _items(cursor: Cursor, refs: Iterable[MessageRef], rules: _Rules) -> list[Item]:
    found = []
    for ref in refs:
        item = new_item(cursor, ref.message_id, direction=direction_of(ref.label_ids).value, occurred_at=None)
        reason = rules.why_left_out(ref.label_ids)
        if reason:
            item.state, item.reason, item.finished_at = ItemState.LEFT_OUT, reason, clock.now()
        elif DRAFT in ref.label_ids:
            item.not_before = clock.now() + DRAFT_REST
        found.append(item)
    return found


def _let_in(cursor: Cursor, refs: Iterable[MessageRef], rules: _Rules) -> int:
    """Messages that left spam, the bin or the drafts and are no longer left out wait to be read after all."""
    keys = [ref.message_id for ref in refs if not rules.why_left_out(ref.label_ids)]
    rows = Item.objects.filter(account_id=cursor.account_id, source=cursor.source, item_key__in=keys)
    return rows.filter(state=ItemState.LEFT_OUT).update(state=ItemState.PENDING, reason="", finished_at=None)


def _awake(account: MonitoredAccount, since: datetime, now: datetime) -> list[tuple[datetime, datetime]]:
    windows = heard_windows(account, since, now)
    if not windows or windows[-1][1] < now:
        windows.append((now, now))  # the account is awake now, be it that its break ended this very instant
    return windows
