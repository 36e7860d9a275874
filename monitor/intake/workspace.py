"""Opens Google for the district of this installation."""

import threading
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from monitor.google.backoff import Backoff
from monitor.google.chat import Chat
from monitor.google.directory import Directory
from monitor.google.drive import Drive
from monitor.google.gmail import Gmail
from monitor.google.meter import NullMeter, UnitPrices
from monitor.google.workspace import Workspace
from monitor.intake.ledger import AccountMeter, OpenMeter, UsageTally
from monitor.intake.quota import Purpose
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import District, MonitoredAccount
from monitor.roster.reading import reading_of
from monitor.roster.sync import RosterChange, sync_roster

ROSTER_EVERY = timedelta(hours=1)
ROSTER_RETRY = timedelta(minutes=5)
BACKOFF = Backoff()

_lock = threading.Lock()
_opened: dict[tuple[str, int, str], Workspace] = {}


def open_workspace(district: District) -> Workspace:
    """The Workspace of `district`, opened once per process and again when its key file changes (rotation).

    Raises `KeyFileError` when the key cannot be used.
    """
    path = Path(district.key_file)
    modified_ns = path.stat().st_mtime_ns if path.exists() else 0
    key = (district.key_file, modified_ns, settings.HEED_GOOGLE_ENDPOINT)
    with _lock:
        if key not in _opened:
            _opened.clear()
            prices = UnitPrices.load(settings.HEED_QUOTA_FILE)
            endpoint = settings.HEED_GOOGLE_ENDPOINT or None
            _opened[key] = Workspace(path, endpoint=endpoint, prices=prices, meter=NullMeter(), backoff=BACKOFF)
        return _opened[key]


def open_gmail(account: MonitoredAccount, tally: UsageTally, purpose: Purpose = Purpose.LIVE) -> Gmail:
    """The mailbox of `account`, metered for `purpose` and guarded."""
    return _for_account(account, tally, purpose).gmail(account.address)


def open_drive(account: MonitoredAccount, tally: UsageTally) -> Drive:
    """The Drive of `account`, metered and guarded."""
    return _for_account(account, tally).drive(account.address)


def open_chat(account: MonitoredAccount, tally: UsageTally) -> Chat:
    """The conversations of `account`, metered and guarded."""
    return _for_account(account, tally).chat(account.address)


def open_directory(tally: UsageTally) -> Directory:
    """The Directory as the district's administrator sees it."""
    district = get_district()
    return open_workspace(district).with_meter(OpenMeter(tally)).directory(district.delegated_admin)


def sync_district_roster(*, dry_run: bool = False, let_go: bool = False) -> RosterChange:
    """Bring the roster to what the Directory says; a failure is kept on the district's row for the health page.

    `let_go` says that many accounts have truly left. A dry run asks the Directory and changes nothing, not even that.
    """
    district, tally = get_district(), UsageTally()
    rows = District.objects.filter(pk=-1 if dry_run else district.pk)
    rows.update(roster_tried_at=clock.now())
    try:
        workspace = open_workspace(district).with_meter(OpenMeter(tally))
        directory, reading = workspace.directory(district.delegated_admin), reading_of(district)
        members = frozenset(one for group in reading.exclude_groups for one in directory.list_members(group))
        users = directory.list_users(district.domain, reading.grade_field)
        change = sync_roster(users, members, dry_run=dry_run, let_go=let_go)
    except Exception as error:
        rows.update(roster_error=str(error))
        raise
    finally:
        tally.flush()
    rows.update(roster_error="", roster_synced_at=clock.now())
    return change


def is_roster_due() -> bool:
    """Whether the roster should be synced now: an hour has passed, or a district file was applied since.

    After a failure it is tried again every five minutes.
    """
    district = District.objects.first()
    if district is None:
        return False
    tried_at, now = district.roster_tried_at, clock.now()
    if tried_at is None or tried_at < max(district.applied_at, now - ROSTER_EVERY):
        return True
    return bool(district.roster_error) and tried_at < now - ROSTER_RETRY


def _for_account(account: MonitoredAccount, tally: UsageTally, purpose: Purpose = Purpose.LIVE) -> Workspace:
    return open_workspace(get_district()).with_meter(AccountMeter(account, tally, purpose))
