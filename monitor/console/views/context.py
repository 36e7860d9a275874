"""The text around a finding, fetched live under the reason for which the words were unveiled."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitor.console.context import NoContext, fetch_context
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.reveal import unveiled
from monitor.console.views.case import get_case
from monitor.detection.models import Finding
from monitor.triage.leading import leading_findings


@require_POST
@sees_cases
def context(request: SignedIn, public_id: str, finding_id: str) -> HttpResponse:
    """A page of its own, made from Google's answer: leaving it leaves nothing behind."""
    case = get_case(request, public_id)
    shown = unveiled(request.session, case)
    found = _with_item(leading_findings(case).filter(public_id=finding_id).first())
    if shown is None or found is None or found.public_id not in shown.findings:
        messages.warning(request, _("Say first why you want to read the words."))
        return redirect("console:case", public_id)
    try:
        passages = fetch_context(case, found, actor=request.user, reason=shown.reason)
    except NoContext as refused:
        messages.warning(request, str(refused))
        return redirect(reverse("console:case", args=[public_id]) + "#words")
    page = {"tab": "case", "case": case, "finding": found, "passages": passages}
    return render(request, "console/context.html", page)


def _with_item(found: Finding | None) -> Finding | None:
    """The finding with what reading needs: its item, whose account it is, and the school that may be asleep."""
    return Finding.objects.select_related("scoring__item__account__site").get(pk=found.pk) if found else None
