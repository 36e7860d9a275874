"""`worker.py parked list|count|retry`: items that could not be read, and another try for them."""

import argparse
from typing import Any

from django.db.models import Count, Max, QuerySet

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.domain.source import Source
from monitor.intake.models import Item, ItemState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["list", "count", "retry"])
    parser.add_argument("--item", type=int, help="only this item's number")
    parser.add_argument("--source", choices=[source.value for source in Source], help="only items of this source")
    parser.add_argument("--reason", metavar="WORDS", help="only items whose reason holds these words")
    parser.add_argument("--account", metavar="REFERENCE", help="only items of the account with this reference")


def run(arguments: argparse.Namespace) -> int:
    """List or count parked items with their reasons, or make them wait for another reading."""
    items = Item.objects.filter(state=ItemState.PARKED, **_wanted(arguments))
    return {"list": _list, "count": _count, "retry": _retry}[arguments.action](items)


def _wanted(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {
        "pk": arguments.item,
        "source": arguments.source,
        "reason__icontains": arguments.reason,
        "account__reference": arguments.account,
    }
    return {name: value for name, value in given.items() if value is not None}


def _list(items: "QuerySet[Item]") -> int:
    for item in items.select_related("account").order_by("id").iterator(chunk_size=500):
        print(f"{item.pk}\t{item.finished_at:%Y-%m-%d %H:%M}\t{item.source}\t{item.account.reference}\t{item.reason}")
    return 0


def _count(items: "QuerySet[Item]") -> int:
    rows = items.values_list("source", "reason").annotate(number=Count("id"), latest=Max("finished_at"))
    for source, reason, number, latest in rows.order_by("-number", "source", "reason"):
        print(f"{number}\t{latest:%Y-%m-%d %H:%M}\t{source}\t{reason}")
    return 0


def _retry(items: "QuerySet[Item]") -> int:
    released = items.update(state=ItemState.PENDING, attempts=0, not_before=None, finished_at=None, backfill=None)
    record(Tag.ITEM_RELEASED, actor="command", count=released)
    print(f"{released} items wait for another reading.")
    return 0
