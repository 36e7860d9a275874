"""Writing items and moving cursors, always together."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction

from monitor.domain.source import Direction, Source
from monitor.intake.models import Cursor, Item, ItemState
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

Key = tuple[str, str]  # item_key, version


def record_items(items: Iterable[Item], cursor: Cursor) -> int:
    """Write `items` that are not there yet and save `cursor`, in one transaction; how many were new.

    Rows that another pass wrote before are left alone by the unique constraint, so reading a page twice costs nothing.
    """
    rows = {(item.item_key, item.version): item for item in items}
    with transaction.atomic():
        known = _known(cursor, set(rows))
        new = [item for key, item in rows.items() if key not in known]
        Item.objects.bulk_create(new, ignore_conflicts=True)
        cursor.save(update_fields=["value", "baseline_at", "read_until"])
    return len(new)


def item_of(
    account: MonitoredAccount, source: Source, item_key: str, direction: Direction, occurred_at: datetime | None
) -> Item:
    """An unsaved pending item of any account, for readers whose cursor is not an account's."""
    return Item(
        account=account,
        source=source.value,
        item_key=item_key,
        direction=direction.value,
        occurred_at=occurred_at,
        seen_at=clock.now(),
    )


def write_new(items: Iterable[Item], cursor: models.Model, moved: list[str]) -> int:
    """Write `items` that are not there yet and the fields `moved` of `cursor` in one transaction; how many were new."""
    with transaction.atomic():
        new = 0
        for item in items:
            if item.state == ItemState.PENDING and supersede(item):
                continue
            same = Item.objects.filter(
                account_id=item.account_id, source=item.source, item_key=item.item_key, version=item.version
            )
            if not same.exists():
                Item.objects.bulk_create([item], ignore_conflicts=True)
                new += 1
        cursor.save(update_fields=moved)
    return new


def new_item(cursor: Cursor, item_key: str, *, direction: str, occurred_at: datetime | None, **more: str) -> Item:
    """An unsaved pending item of the cursor's account and source."""
    return Item(
        account_id=cursor.account_id,
        source=cursor.source,
        item_key=item_key,
        direction=direction,
        occurred_at=occurred_at,
        seen_at=clock.now(),
        **more,
    )


def supersede(item: Item) -> bool:
    """Let a waiting row of an older version stand for `item` (unsaved), so that the text is not scored twice.

    Only a row that nobody is reading right now is moved; whether there was one.
    """
    rows = Item.objects.filter(account_id=item.account_id, source=item.source, item_key=item.item_key)
    if rows.filter(version=item.version).exists():
        return False
    waiting = rows.filter(state=ItemState.PENDING, leased_until=None).order_by("-id").first()
    if waiting is None:
        return False
    moved = rows.filter(pk=waiting.pk, state=ItemState.PENDING, leased_until=None).update(
        version=item.version,
        direction=item.direction,
        media_type=item.media_type,
        occurred_at=item.occurred_at,
        not_before=None,
    )
    return moved == 1


def _known(cursor: Cursor, keys: set[Key]) -> set[Key]:
    rows = Item.objects.filter(
        account_id=cursor.account_id, source=cursor.source, item_key__in=[item_key for item_key, _ in keys]
    )
    return set(rows.values_list("item_key", "version")) & keys
