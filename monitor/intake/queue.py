"""The items that wait: taking them, and the four ways in which one leaves."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q, QuerySet

from monitor.calendars.awake import awake_accounts
from monitor.intake.leases import claim
from monitor.intake.models import Item, ItemState
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

MAX_ATTEMPTS = 8  # over about two hours; then the item is parked with its last reason
FIRST_DELAY = timedelta(minutes=1)
DELAY_CAP = timedelta(hours=2)


def take_items(limit: int) -> Iterator[tuple[Item, str]]:
    """Claim up to `limit` waiting items, oldest first; each with the owner's name of its lease."""
    ready = _ready()
    # More candidates than needed, because other workers are taking from the same end.
    candidates = list(_awake_items().filter(ready).order_by("id").values_list("pk", flat=True)[: limit * 4])
    taken = 0
    for pk in candidates:
        if taken == limit:
            return
        owner = claim(Item.objects, pk, ready)
        if owner is not None:
            taken += 1
            yield Item.objects.select_related("account__site").get(pk=pk), owner


def has_waiting() -> bool:
    """Whether any item could be taken now."""
    return _awake_items().filter(_ready()).exists()


def _ready() -> Q:
    now = clock.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    return free & Q(state=ItemState.PENDING) & (Q(not_before=None) | Q(not_before__lte=now))


def _awake_items() -> "QuerySet[Item]":
    return Item.objects.filter(account__in=MonitoredAccount.objects.filter(awake_accounts(clock.now())))


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
