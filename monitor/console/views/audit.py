"""The audit trail, for those who check what others did: who, what, when; never what was read."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.console.doors import SignedIn, sees_audit
from monitor.console.sudo import needs_proof
from monitor.console.words import TAG_WORDS
from monitor.lib.spreadsheet import plain_cell
from monitor.roster.models import District, Site

EVENTS_PER_PAGE = 50
EXPORT_EVENTS = 50_000


@require_safe
@sees_audit
def events(request: SignedIn) -> HttpResponse:
    """What happened, newest first, filtered by what the address says."""
    page = Paginator(_chosen(request), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    names = _names(page.object_list)
    context = {
        "tab": "audit",
        "page": page,
        "rows": [(event, _who(event.actor, names), _what(event.tag)) for event in page.object_list],
        "zone": _time_zone(),
        "tags": [(tag.value, _what(tag.value)) for tag in Tag],
        "sites": list(Site.objects.values_list("code", "name")),
        "people": list(User.objects.order_by("name").values_list("pk", "name", "is_active")),
    }
    return render(request, "console/audit.html", context)


@require_safe
@sees_audit
@needs_proof
def export(request: SignedIn) -> HttpResponse:
    """The chosen events as CSV; that they were taken along is itself an event."""
    chosen = list(_chosen(request)[:EXPORT_EVENTS])
    names = _names(chosen)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["at", "who", "actor", "tag", "site", "subject", "detail"])
    for event in chosen:
        who = _who(event.actor, names)
        cells = [event.at.isoformat(), who, event.actor, event.tag, event.site_code, event.subject, str(event.detail)]
        writer.writerow([plain_cell(cell) for cell in cells])
    record(Tag.AUDIT_EXPORTED, actor=request.user.actor, count=len(chosen))
    response = HttpResponse(lines.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="heed-audit.csv"'
    return response


def _chosen(request: SignedIn) -> QuerySet[AuditEvent]:
    """The events that the filters name; a filter that makes no sense is left out."""
    found = AuditEvent.objects.order_by("-id")
    tag, site, person = (request.GET.get(name, "") for name in ("tag", "site", "person"))
    if tag in {known.value for known in Tag}:
        found = found.filter(tag=tag)
    if site and Site.objects.filter(code=site.replace("\0", "")).exists():
        found = found.filter(site_code=site)
    if person.isascii() and person.isdigit() and len(person) < 12:
        found = found.filter(actor=f"user:{person}")
    since, until = _day(request, "from"), _day(request, "to")
    zone = ZoneInfo(_time_zone())
    if since:
        found = found.filter(at__gte=datetime.combine(since, time.min, zone))
    if until:
        found = found.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, zone))
    return found


def _day(request: SignedIn, name: str) -> date | None:
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2200 else None


def _time_zone() -> str:
    return District.objects.values_list("time_zone", flat=True).first() or "UTC"


def _names(found: Iterable[AuditEvent]) -> dict[str, str]:
    actors = {event.actor for event in found}
    keys = [int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")]
    return {user.actor: user.name for user in User.objects.filter(pk__in=keys)}


def _who(actor: str, names: dict[str, str]) -> str:
    if actor.startswith("visitor:"):
        return _("A visitor")
    return names.get(actor) or {"worker": "Heed", "command": _("Command line")}.get(actor, actor)


def _what(tag: str) -> str:
    return str(TAG_WORDS.get(tag, tag))
