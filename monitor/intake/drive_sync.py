"""Reads what changed in the files that one account sees: ids, versions and dates, no names and no content."""

from datetime import datetime, timedelta

from monitor.calendars.awake import sleeping_break
from monitor.domain.source import Direction
from monitor.google.drive import DriveChange, DriveFileRef
from monitor.google.errors import CursorExpired
from monitor.intake.items import new_item, record_items, supersede
from monitor.intake.ledger import UsageTally
from monitor.intake.models import Cursor, Item, ItemState
from monitor.intake.workspace import open_drive
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount
from monitor.sealed.keys import blind_index

MAX_PAGES = 50
CLOCK_SKEW = timedelta(minutes=5)  # how far Google's clock may be behind ours
NOT_FILES = {"application/vnd.google-apps.folder", "application/vnd.google-apps.shortcut"}


def read_drive(account: MonitoredAccount, cursor: Cursor, tally: UsageTally) -> int:
    """Bring `cursor` up to now and write the file versions that came since; how many rows are new.

    A page token never expires, and a change carries the file's date: after a break the same list serves, and what is
    dated inside the break is written down as asleep, without any call for its content.
    """
    drive, now = open_drive(account, tally), clock.now()
    if not cursor.value:
        cursor.value, cursor.baseline_at, cursor.read_until = drive.start_page_token(), now, now
        return record_items([], cursor)
    try:
        new = 0
        for page in drive.change_pages(cursor.value, max_pages=MAX_PAGES):
            items = [item for change in page.changes if (item := _item(account, cursor, change))]
            cursor.value, cursor.read_until = page.next_token, now
            new += record_items(items, cursor)
        return new
    except CursorExpired:
        # Google says that tokens never expire. Should one, the gap stands as one parked row that a person sees.
        lost = new_item(cursor, f"changes since {cursor.value}", direction=Direction.SHARED.value, occurred_at=now)
        lost.state, lost.finished_at = ItemState.PARKED, now
        lost.reason = f"the changes from {cursor.read_until} to {now} are unknown: Google refused the page token"
        cursor.value, cursor.read_until = drive.start_page_token(), now
        return record_items([lost], cursor)


def _item(account: MonitoredAccount, cursor: Cursor, change: DriveChange) -> Item | None:
    """The row that `change` asks for, or None where there is nothing to read for this account."""
    file = change.file
    if change.is_removed or file is None or file.trashed or file.mime_type in NOT_FILES:
        return None
    direction = _direction(file)
    is_ours = file.owned_by_me or file.last_modified_by_me
    if direction is None or (is_ours and _before_baseline(cursor, file.modified_at)):
        return None
    # What somebody else shares is received when the change happens, like a mail, however old the file is.
    asleep = _dated_in_break(account, file.modified_at) or (not is_ours and _dated_in_break(account, change.changed_at))
    item = new_item(
        cursor,
        file.file_id,
        version=str(file.version),
        direction=direction.value,
        occurred_at=file.modified_at,
        media_type=file.mime_type[:128],
        state=ItemState.ASLEEP if asleep else ItemState.PENDING,
    )
    return None if not asleep and supersede(item) else item


def _direction(file: DriveFileRef) -> Direction | None:
    """Who speaks in a file, or None when another monitored account's log brings the same text.

    A file is read for its owner and for whoever wrote in it last; a file whose owner is not monitored is read for each
    student who sees it, because nobody else's log has it.
    """
    if file.last_modified_by_me:
        return Direction.WRITTEN
    if file.owned_by_me or not _is_monitored(file.owner_address):
        return Direction.SHARED
    return None


def _is_monitored(address: str) -> bool:
    if not address:
        return False
    return MonitoredAccount.objects.filter(
        address_index=blind_index(address.lower()), state=AccountState.ACTIVE, site__isnull=False, site__is_active=True
    ).exists()


def _before_baseline(cursor: Cursor, modified_at: datetime) -> bool:
    return cursor.baseline_at is not None and modified_at < cursor.baseline_at - CLOCK_SKEW


def _dated_in_break(account: MonitoredAccount, instant: datetime) -> bool:
    return account.site is not None and sleeping_break(account.site, instant) is not None
