"""`worker.py parked list|retry`: items that could not be read, and another try for them."""

import argparse

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.intake.models import Item, ItemState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["list", "retry"])
    parser.add_argument("--item", type=int, help="only this item's number")


def run(arguments: argparse.Namespace) -> int:
    """List parked items with their reasons, or make them wait for another reading."""
    items = Item.objects.filter(state=ItemState.PARKED).select_related("account").order_by("id")
    if arguments.item is not None:
        items = items.filter(pk=arguments.item)
    if arguments.action == "list":
        for item in items.iterator(chunk_size=500):
            print(
                f"{item.pk}\t{item.finished_at:%Y-%m-%d %H:%M}\t{item.source}\t{item.account.reference}\t{item.reason}"
            )
        return 0
    released = items.update(state=ItemState.PENDING, attempts=0, not_before=None, finished_at=None)
    record(Tag.ITEM_RELEASED, actor="command", count=released)
    print(f"{released} items wait for another reading.")
    return 0
