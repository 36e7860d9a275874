"""How far back-fills are, for pages and commands; a fixed number of queries for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from monitor.intake.models import Backfill, BackfillMailbox, BackfillState, Item, ItemState


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """One back-fill. `listed` of `mailboxes` are listed to the end, `failing` of them could not be at the last try;
    `read` of the items found so far are no longer waiting."""

    backfill: Backfill
    mailboxes: int
    listed: int
    failing: int
    found: int
    read: int

    @property
    def percent(self) -> int:
        """0 to 100: half for the listing, half for the reading of what was expected, or found if that is more."""
        if self.backfill.state == BackfillState.DONE:
            return 100
        expected = max(self.backfill.estimated_items, self.found)
        listing = self.listed / self.mailboxes if self.mailboxes else 0.0
        return min(int(50 * listing + 50 * (self.read / expected if expected else listing)), 99)


def progress_of(backfills: Sequence[Backfill]) -> list[BackfillProgress]:
    """The progress of each of `backfills`, in their order; two queries."""
    late = Q(listed_at=None) & ~Q(error="")
    mailboxes = {
        row["backfill_id"]: row
        for row in BackfillMailbox.objects.filter(backfill__in=backfills)
        .order_by()
        .values("backfill_id")
        .annotate(all=Count("id"), listed=Count("listed_at"), failing=Count("id", filter=late))
    }
    items: dict[int, list[int]] = {}
    counted = Item.objects.filter(backfill__in=backfills).order_by().values_list("backfill_id", "state")
    for key, state, count in counted.annotate(count=Count("id")):
        found = items.setdefault(key, [0, 0])
        found[0] += count
        found[1] += 0 if state == ItemState.PENDING else count
    nothing = {"all": 0, "listed": 0, "failing": 0}
    return [
        BackfillProgress(one, row["all"], row["listed"], row["failing"], *items.get(one.pk, [0, 0]))
        for one, row in ((one, mailboxes.get(one.pk, nothing)) for one in backfills)
    ]
