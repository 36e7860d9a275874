"""Leases on rows: one worker at a time, and a killed worker's rows come back."""

from datetime import timedelta
from typing import Any

from django.db.models import Manager, Q, QuerySet

from monitor.intake.models import ActivityStream, BackfillMailbox, ChatSpace, Cursor, Item, SharedDrive
from monitor.lib import clock
from monitor.lib.owner import is_dead, new_owner

LEASE = timedelta(minutes=5)
Leased = Cursor | Item | SharedDrive | ChatSpace | ActivityStream | BackfillMailbox
LEASED: tuple[type[Leased], ...] = (Cursor, Item, SharedDrive, ChatSpace, ActivityStream, BackfillMailbox)


def claim(manager: "Manager[Any]", pk: int, condition: Q | None = None) -> str | None:
    """Take the lease of row `pk` by compare-and-set; the owner's name, or None when somebody else holds it.

    `condition` must still hold for the row, so that what was true when it was listed is true when it is taken.
    """
    owner, now = new_owner(), clock.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    rows = manager.filter(free, condition or Q(), pk=pk)
    return owner if rows.update(lease_owner=owner, leased_until=now + LEASE) == 1 else None


def extend(row: Leased, owner: str) -> bool:
    """Hold a lease for another full term; False when it was lost meanwhile."""
    rows = _rows(row).filter(pk=row.pk, lease_owner=owner)
    return rows.update(leased_until=clock.now() + LEASE) == 1


def release(row: Leased, owner: str) -> None:
    """Give a lease back; nothing happens when it was lost meanwhile."""
    _rows(row).filter(pk=row.pk, lease_owner=owner).update(lease_owner="", leased_until=None)


def _rows(row: Leased) -> "Manager[Any]":
    managers: dict[type, Manager[Any]] = {model: model.objects for model in LEASED}
    return managers[type(row)]


def release_dead_leases() -> int:
    """Free the leases of processes of this machine that run no more; how many were freed.

    A lease runs out by itself; this only spares the wait after a crash and restart.
    """
    return sum(free_dead(model.objects.all()) for model in LEASED)


def free_dead(rows: "QuerySet[Any]") -> int:
    """Free those of `rows` (any table with a lease) whose holder was a process of this machine and runs no more."""
    held = rows.filter(leased_until__isnull=False)
    dead = [owner for owner in held.order_by().values_list("lease_owner", flat=True).distinct() if is_dead(owner)]
    return held.filter(lease_owner__in=dead).update(lease_owner="", leased_until=None) if dead else 0
