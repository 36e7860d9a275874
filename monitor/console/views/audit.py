"""The audit trail, for those who check what others did: who, what, when; never what was read."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from monitor.accounts.actors import names_of
from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.doors import SignedIn, sees_audit
from monitor.console.sudo import needs_proof
from monitor.console.tag_words import TAG_WORDS
from monitor.jobs.ask import JobRefused, ask_for
from monitor.jobs.audit_file import FILTERS, audit_time_zone, chosen_events, csv_parts, who
from monitor.jobs.models import JobKind
from monitor.roster.models import Site

EVENTS_PER_PAGE = 50
AT_ONCE = 5_000  # events that a page may make a file of while somebody waits


@require_safe
@sees_audit
def events(request: SignedIn) -> HttpResponse:
    """What happened, newest first, filtered by what the address says."""
    page = Paginator(chosen_events(request.GET.dict()), EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    names = names_of(event.actor for event in page.object_list)
    context = {
        "tab": "audit",
        "page": page,
        "rows": [(event, who(event.actor, names), _what(event.tag)) for event in page.object_list],
        "zone": audit_time_zone(),
        "tags": [(tag.value, _what(tag.value)) for tag in Tag],
        "sites": list(Site.objects.values_list("code", "name")),
        "people": list(User.objects.order_by("name").values_list("pk", "name", "is_active")),
    }
    return render(request, "console/audit.html", context)


@require_safe
@sees_audit
@needs_proof
def export(request: SignedIn) -> HttpResponse:
    """The chosen events as CSV, many of them by the worker; that they were taken along is itself an event."""
    given = {name: request.GET.get(name, "").replace("\0", "")[:64] for name in FILTERS}
    found = chosen_events(given)
    if found[: AT_ONCE + 1].count() > AT_ONCE:
        return _by_the_worker(request, given)
    parts = list(csv_parts(found, AT_ONCE + 1))
    record(Tag.AUDIT_EXPORTED, actor=request.user.actor, count=sum(events for events, _text in parts))
    response = HttpResponse("".join(text for _events, text in parts), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="heed-audit.csv"'
    return response


def _by_the_worker(request: SignedIn, given: dict[str, str]) -> HttpResponse:
    try:
        job = ask_for(JobKind.EXPORT_AUDIT, given, actor=request.user)
    except JobRefused as refused:
        messages.warning(request, str(refused))
        return redirect("console:audit")
    return redirect("jobs:show", job.public_id)


def _what(tag: str) -> str:
    return str(TAG_WORDS.get(tag, tag))
