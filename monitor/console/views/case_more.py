"""A case beyond reading and deciding it: opening it again, scoring a passage again, the student's running level."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from monitor.console.doors import SignedIn, sees_cases
from monitor.console.level_page import build_level_page
from monitor.console.reveal import unveiled
from monitor.console.tip_rows import to_tip
from monitor.console.views.case import get_case
from monitor.console.work_forms import ReasonForm
from monitor.detection.models import Finding
from monitor.triage.actions import ReasonMissing, do_reopen_case
from monitor.triage.deciding import NotDecided
from monitor.triage.leading import leading_findings
from monitor.triage.running_level import sees_levels
from monitor.triage.trying import NoTrial, try_without_strongest


@require_POST
@sees_cases
def reopen(request: SignedIn, public_id: str) -> HttpResponse:
    """Put a decided case back under review; the reason stands as a shared note."""
    case = get_case(request, public_id)
    if elsewhere := to_tip(case):
        messages.warning(request, _("A tip is not opened again. When its reporter writes again, a new case opens."))
        return elsewhere
    form = ReasonForm(request.POST)
    try:
        if not form.is_valid():
            raise ReasonMissing
        do_reopen_case(case, actor=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("The case is open again, and you have it. The earlier decision stays where it is."))
    except ReasonMissing:
        messages.warning(request, _("Nothing was opened: write why, in a sentence of your own."))
    except NotDecided:
        messages.warning(request, _("This case is open already."))
    return redirect(reverse("console:case", args=[public_id]) + "#decision")


@require_POST
@sees_cases
def score_again(request: SignedIn, public_id: str, finding_id: str) -> HttpResponse:
    """The stored passage scored by sentences, and without the strongest one; leaving the page leaves nothing."""
    case = get_case(request, public_id)
    shown = unveiled(request.session, case)
    found = leading_findings(case).filter(public_id=finding_id).first()
    if shown is None or found is None or found.public_id not in shown.findings:
        messages.warning(request, _("Say first why you want to read the words."))
        return redirect("console:case", public_id)
    try:
        trial = try_without_strongest(Finding.objects.get(pk=found.pk))
    except NoTrial as refused:
        messages.warning(request, _trial_words(refused))
        return redirect(reverse("console:case", args=[public_id]) + "#why-head")
    context = {"tab": "case", "case": case, "finding": found, "trial": trial}
    return render(request, "console/work/trial.html", context)


@require_safe
@sees_cases
def level(request: SignedIn, public_id: str) -> HttpResponse:
    """The running level of the student whom a case is about, and what it is made of."""
    case = get_case(request, public_id)
    if not sees_levels(request.user):
        raise PermissionDenied
    if case.account is None:
        raise Http404
    context = {"tab": "case", "case": case, "page": build_level_page(case.account, request.user)}
    return render(request, "console/work/level.html", context)


def _trial_words(refused: NoTrial) -> str:
    return {
        "no_marks": _("Nothing in this passage is marked, so that nothing can be left out."),
        "other_classifier": _("Another classifier is in use by now. Its scores would say nothing about this finding."),
        "not_loaded": _("The classifier cannot be loaded here. Tell your IT staff."),
    }[refused.why]
