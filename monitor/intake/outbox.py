"""Rows that wait to be sent, whatever they hold: who may take one, for one try at a time, and who may settle it.

A row has `not_before`, `attempts` and a lease. Its try is counted with the claim, so that a worker that dies in the
middle of every try is noticed. The room that owns the rows passes those that are still to be sent.

Where a provider has no key that makes a request count once, a row also has `in_doubt_since`: it says *before* the
request that nobody knows whether it arrived, and whoever takes the row up again asks the provider first.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

LEASE = timedelta(minutes=5)  # longer than all of one sending with a server that answers at its slowest
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)
SETTLES = timedelta(seconds=10)  # what a provider took over a moment ago may not stand in its list yet
REMEMBERED = timedelta(hours=6)  # so long another row in doubt may be what the provider has


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


def can_be_asked_about(rows: "QuerySet[Any]", now: datetime) -> "QuerySet[Any]":
    """Those of `rows` about which the provider can be asked: not in doubt, or for long enough."""
    return rows.filter(Q(in_doubt_since=None) | Q(in_doubt_since__lte=now - SETTLES))


def put_in_doubt(rows: "QuerySet[Any]", pk: int, owner: str, now: datetime) -> bool:
    """Write down that a request about row `pk` is under way; False when another worker has the row by now."""
    own = rows.filter(pk=pk, lease_owner=owner)
    return own.update(in_doubt_since=Coalesce(F("in_doubt_since"), now)) == 1


def take_doubt_back(rows: "QuerySet[Any]", pk: int, owner: str, since: datetime | None) -> None:
    """The provider took nothing over: what was in doubt `since` before this request still is, and nothing more."""
    rows.filter(pk=pk, lease_owner=owner).update(in_doubt_since=since)


def wait_after(attempts: int) -> timedelta:
    """How long a row waits for its next try after so many that failed."""
    doubled: timedelta = FIRST_WAIT * 2 ** (attempts - 1)
    return min(doubled, LONGEST_WAIT)
