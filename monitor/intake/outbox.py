"""Rows that wait to be sent, whatever they hold: who may take one, for one try at a time, and who may settle it.

A row has `not_before`, `attempts` and a lease. Its try is counted with the claim, so that a worker that dies in the
middle of every try is noticed. The room that owns the rows passes those that are still to be sent.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

LEASE = timedelta(minutes=5)  # longer than all of one sending with a server that answers at its slowest
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)


def due(rows: "QuerySet[Any]", now: datetime) -> "QuerySet[Any]":
    """Those of `rows` whose time has come and that nobody holds."""
    return rows.filter(Q(leased_until=None) | Q(leased_until__lte=now), not_before__lte=now)


def take(rows: "QuerySet[Any]", pk: int, owner: str, now: datetime) -> bool:
    """Take row `pk` for one try, by compare-and-set; False when another worker was first."""
    values = {"lease_owner": owner, "leased_until": now + LEASE, "attempts": F("attempts") + 1}
    return due(rows, now).filter(pk=pk).update(**values) == 1


def settle(rows: "QuerySet[Any]", pk: int, owner: str, **values: object) -> bool:
    """Write `values` and give the lease back; False when it ran out and another worker has the row by now."""
    return rows.filter(pk=pk, lease_owner=owner).update(lease_owner="", leased_until=None, **values) == 1


def wait_after(attempts: int) -> timedelta:
    """How long a row waits for its next try after so many that failed."""
    doubled: timedelta = FIRST_WAIT * 2 ** (attempts - 1)
    return min(doubled, LONGEST_WAIT)
