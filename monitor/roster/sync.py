"""Brings the roster to what the Directory says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from monitor.google.directory import DirectoryUser
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site, SiteOrgUnit
from monitor.sealed.keys import blind_index

BATCH = 500


class EmptyDirectory(Exception):
    """The Directory listed nobody: taken as a mistake, because obeying it would stop watching everybody."""


@dataclass(slots=True)
class RosterChange:
    """What one sync did, in accounts. `monitored` are those now in a site's units and active."""

    listed: int = 0
    monitored: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0


def sync_roster(users: Iterable[DirectoryUser]) -> RosterChange:
    """Make the monitored accounts be those of `users` (the whole Directory) that are in a site's units.

    An account in no site's units is not written down at all, unless it was monitored before: then it stays, without a
    site, so that its history keeps its owner. Raises `EmptyDirectory` when `users` is empty.
    """
    change = RosterChange()
    units = {unit.path: unit.site for unit in SiteOrgUnit.objects.select_related("site")}
    seen: set[str] = set()
    for batch in _batches(users):
        with transaction.atomic():
            _take_batch(batch, units, change)
        seen.update(user.google_id for user in batch)
    if not seen:
        message = "the Directory listed no users; the roster was left as it is. Check the domain in the district file"
        raise EmptyDirectory(message)
    _mark_gone(seen, change)
    change.listed = len(seen)
    change.monitored = MonitoredAccount.objects.filter(
        state=AccountState.ACTIVE, site__isnull=False, site__is_active=True
    ).count()
    return change


def site_of(org_unit_path: str, units: dict[str, Site]) -> Site | None:
    """The site whose unit is `org_unit_path` or its nearest ancestor, or None. `units` maps paths to sites."""
    path = org_unit_path.rstrip("/") or "/"
    while True:
        if path in units:
            return units[path]
        if path == "/":
            return None
        path = path.rpartition("/")[0] or "/"


def _batches(users: Iterable[DirectoryUser]) -> Iterator[list[DirectoryUser]]:
    iterator = iter(users)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _take_batch(batch: list[DirectoryUser], units: dict[str, Site], change: RosterChange) -> None:
    known = MonitoredAccount.objects.in_bulk([user.google_id for user in batch], field_name="google_id")
    added, changed = [], []
    now = clock.now()
    for user in batch:
        site = site_of(user.org_unit_path, units)
        account = known.get(user.google_id)
        if account is None:
            if site is None:
                continue
            account = MonitoredAccount(google_id=user.google_id, first_seen_at=now)
            added.append(account)
        if _write(account, user, site):
            account.changed_at = now
            if account.pk is not None:
                changed.append(account)
    MonitoredAccount.objects.bulk_create(added)
    MonitoredAccount.objects.bulk_update(
        changed, ["address", "address_index", "full_name", "org_unit_path", "site", "state", "changed_at"]
    )
    change.added += len(added)
    change.changed += len(changed)


def _write(account: MonitoredAccount, user: DirectoryUser, site: Site | None) -> bool:
    """Put what the Directory says of `user` into `account`; whether anything differs."""
    state = AccountState.SUSPENDED if user.is_suspended or user.is_archived else AccountState.ACTIVE
    index = blind_index(user.address.lower())
    wanted = (index, user.full_name, user.org_unit_path, site.pk if site else None, state)
    if account.pk is not None:
        current = (account.address_index, account.full_name, account.org_unit_path, account.site_id, account.state)
        if current == wanted:
            return False
    account.address, account.address_index = user.address, index
    account.full_name, account.org_unit_path = user.full_name, user.org_unit_path
    account.site, account.state = site, state
    return True


def _mark_gone(seen: set[str], change: RosterChange) -> None:
    left = [
        pk
        for pk, google_id in MonitoredAccount.objects.exclude(state=AccountState.GONE).values_list("pk", "google_id")
        if google_id not in seen
    ]
    for start in range(0, len(left), BATCH):
        MonitoredAccount.objects.filter(pk__in=left[start : start + BATCH]).update(
            state=AccountState.GONE, changed_at=clock.now()
        )
    change.gone = len(left)
