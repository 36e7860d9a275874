"""The items that wait: taking them, and the four ways in which one leaves."""

import threading
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q, QuerySet

from monitor.calendars.awake import awake_accounts
from monitor.intake.leases import claim
from monitor.intake.models import Backfill, BackfillState, Item, ItemState
from monitor.intake.quota import is_spare_free
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

MAX_ATTEMPTS = 8  # over about two hours; then the item is parked with its last reason
FIRST_DELAY = timedelta(minutes=1)
DELAY_CAP = timedelta(hours=2)


class _Turns:
    """Where this process stands on its way round the accounts; they take turns by their number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._after = 0

    def next(self, waiting: "QuerySet[Item]", limit: int) -> list[int]:
        """The next accounts with something in `waiting`, at most `limit`, each found by one seek in an index."""
        with self._lock:
            start = self._after
            found = _accounts_after(start, waiting, limit)
            found += _accounts_after(0, waiting.filter(account_id__lte=start), limit - len(found))
            self._after = found[-1] if found else 0
            return found


def _accounts_after(number: int, waiting: "QuerySet[Item]", limit: int) -> list[int]:
    found: list[int] = []
    while len(found) < limit:
        following = waiting.filter(account_id__gt=number).order_by("account_id", "id")
        account = following.values_list("account_id", flat=True).first()
        if account is None:
            break
        found.append(account)
        number = account
    return found


_live_turns, _old_turns = _Turns(), _Turns()


def take_items(limit: int) -> Iterator[tuple[Item, str]]:
    """Claim up to `limit` waiting items; each with the owner's name of its lease.

    Accounts take turns, and of each account the oldest come first: a mailbox with thousands waiting holds up no other.
    What a back-fill found is taken only when nothing live could be, and only below the soft stop of Gmail's day.
    """
    taken = 0
    for taken, pair in enumerate(_take(_live_items(), _live_turns, limit), start=1):  # noqa: B007 - used below
        yield pair
    if not taken:
        yield from _take(_old_items(), _old_turns, limit)


def has_waiting() -> bool:
    """Whether any item could be taken now."""
    return has_live_waiting() or _old_items().filter(_ready()).exists()


def has_live_waiting() -> bool:
    """Whether any item that no back-fill found could be taken now."""
    return _live_items().filter(_ready()).exists()


def _take(items: "QuerySet[Item]", turns: _Turns, limit: int) -> Iterator[tuple[Item, str]]:
    left = limit
    while left:
        before = left
        for pair in _take_round(items, turns, left):
            left -= 1
            yield pair
        if left == before:
            return


def _take_round(items: "QuerySet[Item]", turns: _Turns, limit: int) -> Iterator[tuple[Item, str]]:
    """Claim `limit` items at most, evenly of the accounts whose turn it is."""
    ready = _ready()
    accounts = turns.next(items.filter(ready), limit)
    share = limit // max(len(accounts), 1)
    for account in accounts:
        # More candidates than needed, because other workers are taking from the same end.
        candidates = items.filter(ready, account_id=account).order_by("account_id", "id").values_list("pk", flat=True)
        of_account = 0
        for pk in list(candidates[: share * 4]):
            owner = claim(Item.objects, pk, ready)
            if owner is not None:
                of_account += 1
                yield Item.objects.select_related("account__site").get(pk=pk), owner
            if of_account == share:
                break


def _ready() -> Q:
    now = clock.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return free & Q(state=ItemState.PENDING) & (Q(not_before=None) | Q(not_before__lte=now))


def _awake_items() -> "QuerySet[Item]":
    return Item.objects.filter(account__in=MonitoredAccount.objects.filter(awake_accounts(clock.now())))


def _live_items() -> "QuerySet[Item]":
    return _awake_items().filter(backfill__isnull=True)


def _old_items() -> "QuerySet[Item]":
    running = Backfill.objects.filter(state=BackfillState.RUNNING).values_list("pk", flat=True)
    if not running or not is_spare_free("gmail"):
        return Item.objects.none()
    return _awake_items().filter(backfill__isnull=False, backfill__in=list(running))


def finish(item: Item, owner: str, state: ItemState, reason: str = "", **changes: object) -> bool:
    """End `item` as `state` if `owner` still holds it; whether it did."""
    held = Item.objects.filter(pk=item.pk, lease_owner=owner, state=ItemState.PENDING)
    return (
        held.update(
            state=state,
            reason=reason[:2000],
            finished_at=clock.now(),
            lease_owner="",
            leased_until=None,
            **changes,
        )
        == 1
    )


def hold(item: Item, owner: str, reason: str, delay_seconds: float) -> None:
    """Let `item` wait for quota; no fault of its own, so it counts no attempt."""
    later = clock.now() + timedelta(seconds=max(delay_seconds, 1.0))
    Item.objects.filter(pk=item.pk, lease_owner=owner).update(
        reason=reason[:2000], not_before=later, lease_owner="", leased_until=None
    )


def postpone(item: Item, owner: str, reason: str, delay_seconds: float | None = None) -> ItemState:
    """Try `item` again later, with growing delay, or park it after the last attempt; the state it is in now."""
    attempts = item.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        finish(item, owner, ItemState.PARKED, f"given up after {attempts} attempts: {reason}", attempts=attempts)
        return ItemState.PARKED
    delay = min(FIRST_DELAY * 2**item.attempts, DELAY_CAP)
    if delay_seconds:
        delay = max(delay, timedelta(seconds=delay_seconds))
    Item.objects.filter(pk=item.pk, lease_owner=owner).update(
        attempts=attempts, reason=reason[:2000], not_before=clock.now() + delay, lease_owner="", leased_until=None
    )
    return ItemState.PENDING
