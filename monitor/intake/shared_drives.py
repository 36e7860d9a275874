"""Shared drives: each has a cursor of its own, is read through one awake member, each text once for its author."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.db.models import F, Q, QuerySet

from monitor.calendars.awake import awake_accounts, is_awake
from monitor.calendars.past import was_silent
from monitor.domain.source import Direction, Source
from monitor.google.credentials import KeyFileError
from monitor.google.directory import Directory
from monitor.google.drive import ChangePage, Drive, DriveChange, DriveFileRef
from monitor.google.errors import AccessLost, CursorExpired, GoogleError, NotFound, PermanentError
from monitor.google.shared_drives import DriveMembers
from monitor.intake.drive_sync import CLOCK_SKEW, NOT_FILES
from monitor.intake.items import item_of, write_new
from monitor.intake.leases import claim, release
from monitor.intake.ledger import Asleep, OpenMeter, UsageTally
from monitor.intake.models import ActivityStream, Item, ItemState, SharedDrive
from monitor.intake.quota import QuotaHeld
from monitor.intake.read_comments import MINE
from monitor.intake.workspace import open_drive, open_workspace
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_now, reading_of
from monitor.sealed.keys import blind_index

MAX_PAGES = 50
RETRY_CAP = timedelta(hours=1)
TURNS = 4  # members that are tried at once, one after the other, where access was lost
MOST_DRIVES = 20_000
MOST_GROUPS = 20  # of one drive
GROUP_PAGE = 200  # members that Google names at once
MOST_GROUP_PAGES = 25  # of one group: in 5,000 members somebody is watched and awake, or the drive is not theirs


def refresh_drives() -> int:
    """Bring the list of shared drives and their readers up to date; how many are read. Raises GoogleError.

    A drive without a member who is watched is not read at all. Costs 100 units a drive, and one request for each page
    of 200 members of a group where no person who is a member by name is awake.
    """
    district, tally = get_district(), UsageTally()
    if not reading_of(district).shared_drives:
        return SharedDrive.objects.filter(is_active=True).update(is_active=False)
    workspace = open_workspace(district).with_meter(OpenMeter(tally))
    drives = workspace.shared_drives(district.delegated_admin)
    groups = _Groups(workspace.directory(district.delegated_admin))
    try:
        listed = [ref.drive_id for ref, _ in zip(drives.list_drives(), range(MOST_DRIVES), strict=False)]
        for drive_id in listed:
            _settle_reader(drive_id, drives.members(drive_id), groups)
    finally:
        tally.flush()
    SharedDrive.objects.exclude(drive_id__in=listed).update(is_active=False)
    return SharedDrive.objects.filter(is_active=True).count()


class _Groups:
    """Finds watched members of groups; each group is asked for once, and no further than is needed."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._found: dict[str, MonitoredAccount | None] = {}
        self.refusal = ""

    def reader(self, groups: Iterable[str]) -> MonitoredAccount | None:
        """The first awake account that is watched and in one of `groups`, or one that sleeps where none is awake."""
        asleep = None
        for group in list(groups)[:MOST_GROUPS]:
            if group not in self._found:
                self._found[group] = self._look(group)
            found = self._found[group]
            if found is not None and is_awake(found, clock.now()):
                return found
            asleep = asleep or found
        return asleep

    def _look(self, group: str) -> MonitoredAccount | None:
        asleep, members = None, self._directory.list_members(group, MOST_GROUP_PAGES)
        try:
            while page := list(islice(members, GROUP_PAGE)):
                watched = _watched_among(page)
                reader = watched.filter(awake_accounts(clock.now())).first()
                if reader is not None:
                    return reader
                asleep = asleep or watched.first()
        except AccessLost as error:
            self.refusal = f"its members come through a group, and groups cannot be read: {error}. {error.remedy}"
        except NotFound:
            return None  # a group of another domain
        return asleep


def _settle_reader(drive_id: str, members: DriveMembers, groups: _Groups) -> None:
    """Keep the drive's reader while it is an awake member who can read it; otherwise take the next who is awake.

    Groups are looked into only where no member by name is awake.
    """
    watched = _watched_among(members.people)
    awake = watched.filter(awake_accounts(clock.now()))
    row, _ = SharedDrive.objects.get_or_create(drive_id=drive_id)
    reader, refusal = awake.filter(read_drives=row).first() or awake.first(), ""
    if row.failures and reader is not None:  # its reader may have lost access for good: members take turns
        reader = awake.filter(pk__gt=row.reader_id or 0).first() or awake.first()
    if reader is None:
        through_group = groups.reader(members.groups)
        is_better = through_group is not None and is_awake(through_group, clock.now())
        reader = through_group if is_better else watched.first() or through_group
        refusal = groups.refusal if reader is None and members.groups else ""
    rows = SharedDrive.objects.filter(pk=row.pk)
    rows.update(reader=reader, is_active=reader is not None)
    if reader is None or row.reader_id is None:
        rows.update(error=refusal[:2000])


def _watched_among(addresses: Iterable[str]) -> "QuerySet[MonitoredAccount]":
    indexes = [blind_index(address) for address in addresses]
    return MonitoredAccount.objects.filter(address_index__in=indexes, site__isnull=False).order_by("pk")


def due_drives(limit: int) -> list[int]:
    """The shared drives that should be polled now, longest waiting first."""
    now = clock.now()
    rows = SharedDrive.objects.filter(is_active=True, reader__in=MonitoredAccount.objects.filter(awake_accounts(now)))
    rows = rows.exclude(next_poll_at__gt=now).exclude(leased_until__gt=now)
    return list(rows.order_by(F("next_poll_at").asc(nulls_first=True)).values_list("pk", flat=True)[:limit])


def poll_drive(pk: int) -> int:
    """Read what changed in one shared drive; how many rows are new, 0 where it sleeps, failed or is held elsewhere."""
    owner = claim(SharedDrive.objects, pk, Q(is_active=True))
    if owner is None:
        return 0
    tally = UsageTally()
    try:
        row = SharedDrive.objects.select_related("reader__site").get(pk=pk)
        if row.reader is None or not is_awake(row.reader, clock.now()):
            return 0
        new = _read(row, row.reader, tally)
        later = clock.now() + timedelta(seconds=settings.HEED_DRIVE_POLL_SECONDS)
        SharedDrive.objects.filter(pk=pk).update(error="", failures=0)
        SharedDrive.objects.filter(pk=pk, next_poll_at=row.next_poll_at).update(next_poll_at=later)
        return new
    except Asleep:
        return 0
    except QuotaHeld as held:
        later = clock.now() + timedelta(seconds=max(held.retry_after_seconds or 0.0, 1.0))
        SharedDrive.objects.filter(pk=pk).update(next_poll_at=later)
        return 0
    except (GoogleError, KeyFileError) as error:
        _note_failure(pk, error)
        return 0
    finally:
        tally.flush()
        release(SharedDrive(pk=pk), owner)


def _read(row: SharedDrive, reader: MonitoredAccount, tally: UsageTally) -> int:
    drive, now = open_drive(reader, tally), clock.now()
    if not row.value:
        row.value, row.baseline_at, row.read_until = drive.start_page_token(row.drive_id), now, now
        row.save(update_fields=["value", "baseline_at", "read_until"])
        return 0
    try:
        new = 0
        for page in drive.change_pages(row.value, MAX_PAGES, row.drive_id):
            items = _items(row, drive, page)
            row.value, row.read_until = page.next_token, now
            new += write_new(items, row, ["value", "read_until"])
        return new
    except CursorExpired:
        lost = item_of(reader, Source.DRIVE, f"shared drive {row.pk} since {row.value}", Direction.SHARED, now)
        lost.state, lost.finished_at = ItemState.PARKED, now
        lost.reason = (
            f"the changes of a shared drive from {row.read_until} to {now} are unknown: Google refused the token"
        )
        row.value, row.read_until = drive.start_page_token(row.drive_id), now
        return write_new([lost], row, ["value", "read_until"])


def _items(row: SharedDrive, drive: Drive, page: ChangePage) -> list[Item]:
    return [item for change in page.changes for item in _of_change(row, drive, change)]


def _of_change(row: SharedDrive, drive: Drive, change: DriveChange) -> list[Item]:
    """A row for each watched author of the change, and one for what each may have commented."""
    file = change.file
    if change.is_removed or file is None or file.trashed or file.mime_type in NOT_FILES:
        return []
    found = []
    for author in _authors(row, drive, change):
        item = item_of(author, Source.DRIVE, file.file_id, Direction.WRITTEN, file.modified_at)
        item.version, item.media_type = str(file.version), file.mime_type[:128]
        item.state = ItemState.ASLEEP if was_silent(author, file.modified_at) else ItemState.PENDING
        found.append(item)
    return found + (_comments(change, row) if reading_now().comments else [])


def _authors(row: SharedDrive, drive: Drive, change: DriveChange) -> list[MonitoredAccount]:
    """Who wrote since the last reading. Where the newest hand is not an awake student's, an older one may be."""
    file = change.file
    if file is None:
        return []
    author = _watched(file.modifier_address)
    since = (row.read_until or row.baseline_at or change.changed_at) - CLOCK_SKEW
    if file.modified_at < since:
        # Renamed, shared or commented: no new text. Or moved here before its last edit was noticed elsewhere.
        return [author] if author is not None and _is_unnoticed(row, file) else []
    if author is not None and not was_silent(author, file.modified_at):
        return [author]
    try:
        edits = [one for one in drive.revisions(file.file_id) if one.modified_at >= since]
    except NotFound:
        edits = []
    hands = [author, *(_watched(edit.editor_address) for edit in edits)]
    return list({one.pk: one for one in hands if one is not None}.values())


def _is_unnoticed(row: SharedDrive, file: DriveFileRef) -> bool:
    """Whether the newest text, later than the drive's baseline, stands in no account's rows."""
    if row.baseline_at is not None and file.modified_at < row.baseline_at - CLOCK_SKEW:
        return False
    rows = Item.objects.filter(source=Source.DRIVE.value, item_key=file.file_id, occurred_at__gte=file.modified_at)
    return not rows.exists()


def _comments(change: DriveChange, row: SharedDrive) -> list[Item]:
    """Comments are read for the students who wrote in this file before, and for the reader."""
    file = change.file
    if file is None or row.reader is None:
        return []
    writers = MonitoredAccount.objects.filter(items__item_key=file.file_id, items__source=Source.DRIVE.value).distinct()
    found = []
    for account in {one.pk: one for one in (row.reader, *writers[:100])}.values():
        item = item_of(account, Source.DRIVE, f"{file.file_id}{MINE}", Direction.WRITTEN, change.changed_at)
        item.version, item.media_type = str(file.version), file.mime_type[:128]
        found.append(item)
    return found


def _watched(address: str) -> MonitoredAccount | None:
    if not address:
        return None
    rows = MonitoredAccount.objects.select_related("site").filter(address_index=blind_index(address.lower()))
    return rows.filter(state="active", site__isnull=False).first()


def _note_failure(pk: int, error: Exception) -> None:
    row = SharedDrive.objects.get(pk=pk)
    delay = min(timedelta(seconds=15) * 2 ** min(row.failures + 1, 10), RETRY_CAP)
    reader = row.reader
    words = str(error).replace(reader.address, reader.reference) if reader else str(error)
    if isinstance(error, PermanentError) and row.failures < TURNS:
        ActivityStream.objects.update(drives_at=None)  # the list is read again now, and another member takes over
    SharedDrive.objects.filter(pk=pk).update(
        error=words[:2000], failures=row.failures + 1, next_poll_at=clock.now() + delay
    )
