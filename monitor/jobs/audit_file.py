"""Audit events as the lines of a CSV file: which ones a filter names, and how each is written."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from monitor.accounts.actors import names_of
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.lib.spreadsheet import plain_cell
from monitor.roster.models import District, Site

FILTERS = ("tag", "person", "site", "from", "to")
HEAD = ("at", "who", "actor", "tag", "site", "subject", "detail")
BATCH = 2_000


def chosen_events(given: Mapping[str, str]) -> QuerySet[AuditEvent]:
    """The events that the `FILTERS` in `given` name, newest first; a filter that makes no sense is left out."""
    found = AuditEvent.objects.order_by("-id")
    tag, site, person = (given.get(name, "") for name in ("tag", "site", "person"))
    if tag in {known.value for known in Tag}:
        found = found.filter(tag=tag)
    if site and Site.objects.filter(code=site.replace("\0", "")).exists():
        found = found.filter(site_code=site)
    if person.isascii() and person.isdigit() and len(person) < 12:
        found = found.filter(actor=f"user:{person}")
    since, until = _day(given.get("from", "")), _day(given.get("to", ""))
    zone = ZoneInfo(audit_time_zone())
    if since:
        found = found.filter(at__gte=datetime.combine(since, time.min, zone))
    if until:
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return found


def csv_parts(found: QuerySet[AuditEvent], batch: int = BATCH) -> Iterator[tuple[int, str]]:
    """The file in pieces of up to `batch` events, each with how many it holds; the first begins with the head.

    Events are found by their id, so that those that happen meanwhile move nothing.
    """
    text, below = _lines([HEAD]), None
    while True:
        rows = list((found if below is None else found.filter(id__lt=below))[:batch])
        names = names_of(event.actor for event in rows)
        text += _lines(_cells(event, who(event.actor, names)) for event in rows)
        yield len(rows), text
        if len(rows) < batch:
            return
        text, below = "", rows[-1].pk


def audit_time_zone() -> str:
    """The zone by whose days events are asked for."""
    return District.objects.values_list("time_zone", flat=True).first() or "UTC"


def who(actor: str, names: Mapping[str, str]) -> str:
    """An actor as people call them."""
    if actor.startswith("visitor:"):
        return _("A visitor")
    return names.get(actor) or {"worker": "Heed", "command": _("Command line")}.get(actor, actor)


def _cells(event: AuditEvent, name: str) -> list[str]:
    cells = [event.at.isoformat(), name, event.actor, event.tag, event.site_code, event.subject, str(event.detail)]
    return [plain_cell(cell) for cell in cells]


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _day(words: str) -> date | None:
    try:
        day = parse_date(words)
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2200 else None
