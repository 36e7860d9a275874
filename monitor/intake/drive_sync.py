"""Reads what changed in the files that one account sees: ids, versions and dates, no names and no content."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.calendars.past import was_silent
from monitor.domain.reading import ReadingSpec
from monitor.domain.source import Direction
from monitor.google.drive import DriveChange, DriveFileRef
from monitor.google.errors import CursorExpired
from monitor.intake.items import new_item, record_items, supersede
from monitor.intake.ledger import UsageTally
from monitor.intake.models import Cursor, Item, ItemState, SharedDrive
from monitor.intake.read_comments import MINE, OTHERS
from monitor.intake.workspace import open_drive
from monitor.lib import clock
from monitor.roster.exemptions import Exemptions, count_left_out, exemptions_in_force
from monitor.roster.models import AccountState, MonitoredAccount
from monitor.roster.reading import reading_now
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
        new, rules = 0, DriveRules(account)
        for page in drive.change_pages(cursor.value, max_pages=MAX_PAGES):
            items = [item for change in page.changes for item in _all_items(account, cursor, change, rules)]
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


@dataclass(slots=True)
class DriveRules:
    """What the district says of files, and whose a file is; addresses that were looked up once are remembered."""

    account: MonitoredAccount
    reading: ReadingSpec = field(default_factory=reading_now)
    exemptions: Exemptions = field(default_factory=exemptions_in_force)
    drives: set[str] = field(
        default_factory=lambda: set(SharedDrive.objects.filter(is_active=True).values_list("drive_id", flat=True))
    )
    _monitored: dict[str, bool] = field(default_factory=dict)

    def is_monitored(self, address: str) -> bool:
        """Whether somebody who is watched has `address`."""
        if address not in self._monitored:
            self._monitored[address] = bool(address) and _is_monitored(address)
        return self._monitored[address]

    def is_outsider(self, address: str) -> bool:
        """Whether `address` is of no account in the account's own domain."""
        return bool(address) and address.rpartition("@")[2].lower() != self.account.address.rpartition("@")[2].lower()


def _all_items(account: MonitoredAccount, cursor: Cursor, change: DriveChange, rules: DriveRules) -> list[Item]:
    """The rows that `change` asks for: the file's text, and its comments."""
    file = change.file
    if change.is_removed or file is None or file.trashed or file.mime_type in NOT_FILES:
        return []
    if file.drive_id and rules.reading.shared_drives and file.drive_id in rules.drives:
        return []  # that drive's own feed brings it, once for all members
    rule = rules.exemptions.of_address(file.owner_address) if file.owner_address else None
    if rule:
        count_left_out(rule)
        return []
    found = [_item(account, cursor, change, rules)]
    if rules.reading.comments:
        found += comment_items(cursor, change, rules)
    return [item for item in found if item is not None]


def comment_items(cursor: Cursor, change: DriveChange, rules: DriveRules) -> list[Item]:
    """A row for what the account may have commented, and one for what others commented into its file or an outsider's.

    Google's change does not say what changed, so each change asks for the comments, after a while in which further
    changes of the same file are taken together.
    """
    file = change.file
    if file is None:
        return []
    keys = [(MINE, Direction.WRITTEN)]
    if file.owned_by_me or rules.is_outsider(file.owner_address):
        keys.append((OTHERS, Direction.RECEIVED))
    items = []
    for suffix, direction in keys:
        item = new_item(
            cursor,
            f"{file.file_id}{suffix}",
            version=str(file.version),
            direction=direction.value,
            occurred_at=change.changed_at,
            media_type=file.mime_type[:128],
        )
        if not supersede(item):
            items.append(item)
    return items


def _item(account: MonitoredAccount, cursor: Cursor, change: DriveChange, rules: DriveRules) -> Item | None:
    """The row for the file's text, or None where there is nothing to read for this account."""
    file = change.file
    direction = None if file is None else _direction(file, rules)
    if file is None or direction is None:
        return None
    is_ours = file.owned_by_me or file.last_modified_by_me
    if is_ours and _before_baseline(cursor, file.modified_at):
        return None
    # What somebody else shares is received when the change happens, like a mail, however old the file is.
    asleep = was_silent(account, file.modified_at) or (not is_ours and was_silent(account, change.changed_at))
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


def _direction(file: DriveFileRef, rules: DriveRules) -> Direction | None:
    """Who speaks in a file, or None when another monitored account's log brings the same text.

    A file is read for its owner and for whoever wrote in it last; a file whose owner is not monitored is read for each
    student who sees it, because nobody else's log has it.
    """
    if file.last_modified_by_me:
        return Direction.WRITTEN
    if file.owned_by_me or not rules.is_monitored(file.owner_address):
        return Direction.SHARED
    return None


def _is_monitored(address: str) -> bool:
    return MonitoredAccount.objects.filter(
        address_index=blind_index(address.lower()), state=AccountState.ACTIVE, site__isnull=False, site__is_active=True
    ).exists()


def _before_baseline(cursor: Cursor, modified_at: datetime) -> bool:
    return cursor.baseline_at is not None and modified_at < cursor.baseline_at - CLOCK_SKEW
