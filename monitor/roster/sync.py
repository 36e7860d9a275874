"""Brings the roster to what the Directory says."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction

from monitor.google.directory import DirectoryUser
from monitor.lib import clock
from monitor.roster.exemptions import exemptions_in_force
from monitor.roster.models import AccountState, MonitoredAccount, Site, SiteMove, SiteOrgUnit
from monitor.roster.placing import Placement, Rules, age_band
from monitor.roster.reading import reading_now
from monitor.sealed.keys import blind_index

BATCH = 500
WRITTEN = [
    "address", "address_index", "full_name", "org_unit_path", "site", "state", "grade", "age_band", "changed_at",
]  # fmt: skip


FEW_GONE, SHARE_GONE = 20, 0.1
"""So many accounts, and so large a share of those known, may leave the Directory between two syncs without a question:
more than one year's leavers, and less than a unit or a domain that is missing from the list by mistake."""


class DoubtfulDirectory(Exception):
    """What the Directory lists would stop the watching of many: a mistake, until somebody says that it is none."""


class EmptyDirectory(DoubtfulDirectory):
    """The Directory listed nobody."""


class ManyGone(DoubtfulDirectory):
    """The Directory listed far fewer accounts than are known. Everything else that it says was taken over."""


@dataclass(slots=True)
class RosterChange:
    """What one sync did, or a dry run would do, in accounts. `monitored` are those now in a site's units and active,
    `known` those that the Directory had listed before or lists now.

    `moved` counts by (old site, new site), `left_out` by why, `units` the accounts listed by (unit, site, why).
    """

    listed: int = 0
    monitored: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    known: int = 0
    suspended: int = 0
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    units: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def sync_roster(
    users: Iterable[DirectoryUser],
    members: frozenset[str] = frozenset(),
    *,
    dry_run: bool = False,
    let_go: bool = False,
) -> RosterChange:
    """Make the monitored accounts be those of `users` (the whole Directory) that are in a site's units.

    An account that is not watched is not written down at all, unless it was monitored before: then it stays, without a
    site, so that its history keeps its owner. `members` are in a group that is excluded. A dry run changes nothing.
    Raises `EmptyDirectory` when `users` is empty, and, unless `let_go` says that it is right, `ManyGone` when so many
    are missing that it looks like a mistake: those are watched on. A dry run only counts them.
    """
    rules = rules_in_force(members)
    if not dry_run:
        return _sync(users, rules, let_go=let_go)
    listed = list(users)  # Google is not asked inside a transaction
    with transaction.atomic():
        change = _sync(listed, rules, let_go=True)
        transaction.set_rollback(True)
    return change


def rules_in_force(members: frozenset[str] = frozenset()) -> Rules:
    """What the district's file says of who is watched."""
    units = {unit.path: unit.site for unit in SiteOrgUnit.objects.select_related("site")}
    return Rules(units, reading_now(), exemptions_in_force(), members)


def _sync(users: Iterable[DirectoryUser], rules: Rules, *, let_go: bool) -> RosterChange:
    change = RosterChange()
    seen: set[str] = set()
    for batch in _batches(users):
        with transaction.atomic():
            _take_batch(batch, rules, change)
        seen.update(user.google_id for user in batch)
    if not seen:
        message = "the Directory listed no users; the roster was left as it is. Check the domain in the district file"
        raise EmptyDirectory(message)
    _mark_gone(seen, change, let_go=let_go)
    change.listed = len(seen)
    change.monitored = MonitoredAccount.objects.filter(
        state=AccountState.ACTIVE, site__isnull=False, site__is_active=True
    ).count()
    return change


def _batches(users: Iterable[DirectoryUser]) -> Iterator[list[DirectoryUser]]:
    iterator = iter(users)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _take_batch(batch: list[DirectoryUser], rules: Rules, change: RosterChange) -> None:
    known = MonitoredAccount.objects.select_related("site").in_bulk(
        [user.google_id for user in batch], field_name="google_id"
    )
    added, changed, moves = [], [], []
    now = clock.now()
    for user in batch:
        placement = rules.place(user)
        _count(user, placement, change)
        account = known.get(user.google_id)
        if account is None:
            if placement.site is None:
                continue
            account = MonitoredAccount(google_id=user.google_id, first_seen_at=now)
            added.append(account)
        before = account.site if account.pk else None
        if _write(account, user, placement.site):
            account.changed_at = now
            if account.pk is not None:
                changed.append(account)
                if before != placement.site:
                    moves.append(SiteMove(account=account, from_site=before, to_site=placement.site, at=now))
    MonitoredAccount.objects.bulk_create(added)
    MonitoredAccount.objects.bulk_update(changed, WRITTEN)
    SiteMove.objects.bulk_create(moves)
    change.moved.update((_code(move.from_site), _code(move.to_site)) for move in moves)
    change.added += len(added)
    change.changed += len(changed)


def _count(user: DirectoryUser, placement: Placement, change: RosterChange) -> None:
    change.units[user.org_unit_path, _code(placement.site), placement.why] += 1
    if placement.site is None:
        change.left_out[placement.why] += 1
    elif user.is_suspended or user.is_archived:
        change.suspended += 1


def _code(site: Site | None) -> str:
    return site.code if site else ""


def _write(account: MonitoredAccount, user: DirectoryUser, site: Site | None) -> bool:
    """Put what the Directory says of `user` into `account`; whether anything differs."""
    state = AccountState.SUSPENDED if user.is_suspended or user.is_archived else AccountState.ACTIVE
    index = blind_index(user.address.lower())
    grade = user.custom_value.strip()[:16]
    wanted = (index, user.full_name, user.org_unit_path, site.pk if site else None, state, grade)
    if account.pk is not None:
        current = (account.address_index, account.full_name, account.org_unit_path, account.site_id, account.state)
        if (*current, account.grade) == wanted:
            return False
    account.address, account.address_index = user.address, index
    account.full_name, account.org_unit_path = user.full_name, user.org_unit_path
    account.site, account.state = site, state
    account.grade, account.age_band = grade, age_band(grade)
    return True


def is_doubtful(gone: int, known: int) -> bool:
    """Whether `gone` of `known` accounts are too many to have left all at once."""
    return gone > FEW_GONE and gone > SHARE_GONE * known


def _mark_gone(seen: set[str], change: RosterChange, *, let_go: bool) -> None:
    """Mark the known accounts that are not in `seen`. Raises `ManyGone` and marks none if it is doubtful."""
    known = MonitoredAccount.objects.exclude(state=AccountState.GONE).values_list("pk", "google_id")
    left = [pk for pk, google_id in known if google_id not in seen]
    change.known = len(known)
    if is_doubtful(len(left), change.known) and not let_go:
        message = (
            f"the Directory lists {len(left)} of {change.known} known accounts no more; they are watched on, in case "
            "that is a mistake. See `worker.py roster --dry-run`; if they have left, run `worker.py roster --let-go`"
        )
        raise ManyGone(message)
    for start in range(0, len(left), BATCH):
        MonitoredAccount.objects.filter(pk__in=left[start : start + BATCH]).update(
            state=AccountState.GONE, changed_at=clock.now()
        )
    change.gone = len(left)
