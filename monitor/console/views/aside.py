"""Texts that are known to be harmless: why copies are put aside, what lies aside, and how to take that back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from monitor.console.doors import SignedIn, sees_cases
from monitor.console.forms import LOOK_REASONS, EndTextForm, LookForm
from monitor.console.words import TOO_FEW_WORDS
from monitor.triage.access import CaseNotFound
from monitor.triage.actions import ReasonMissing
from monitor.triage.aside_actions import (
    access_text,
    because,
    do_end_text,
    do_restore_finding,
    do_view_aside,
    set_aside_by,
    texts_for,
)
from monitor.triage.models import HarmlessText, SetAside


@require_safe
@sees_cases
def text_list(request: SignedIn) -> HttpResponse:
    """Every text of this person's schools of which copies are, or were, put aside."""
    return render(request, "console/texts/aside.html", {"tab": "queue", "rows": texts_for(request.user)})


@require_safe
@sees_cases
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """One text and the findings that lie aside by it."""
    return _page(request, _text(request, public_id), EndTextForm())


@require_POST
@sees_cases
def end(request: SignedIn, public_id: str) -> HttpResponse:
    """Put copies aside no longer; what lies aside becomes cases."""
    text = _text(request, public_id)
    form = EndTextForm(request.POST)
    if not form.is_valid():
        return _page(request, text, form, status=422)
    try:
        ended = do_end_text(text, actor=request.user, reason=form.cleaned_data["reason"])
    except ReasonMissing:
        form.add_error("reason", TOO_FEW_WORDS)
        return _page(request, text, form, status=422)
    if ended:
        messages.success(request, _("Ended. What lay aside is given back and becomes cases shortly."))
    else:
        messages.warning(request, _("It was ended before."))
    return redirect("texts:text", text.public_id)


@require_POST
@sees_cases
def look(request: SignedIn, public_id: str, finding_id: str) -> HttpResponse:
    """Show the words of one finding that lies aside, for a reason that goes on the audit chain first."""
    row = _aside(request, public_id, finding_id)
    form = LookForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why you want to read the words."))
        return redirect("texts:text", public_id)
    view = do_view_aside(row, actor=request.user, reason=form.cleaned_data["reason"])
    return render(request, "console/texts/aside_words.html", {"tab": "queue", "row": row, "view": view})


@require_POST
@sees_cases
def restore(request: SignedIn, public_id: str, finding_id: str) -> HttpResponse:
    """Give one finding back: it becomes a case."""
    if do_restore_finding(_aside(request, public_id, finding_id), actor=request.user):
        messages.success(request, _("Given back. It becomes a case shortly."))
    else:
        messages.warning(request, _("It was given back before."))
    return redirect("texts:text", public_id)


def _text(request: SignedIn, public_id: str) -> HarmlessText:
    try:
        return access_text(request.user, public_id)
    except CaseNotFound:
        raise Http404 from None


def _aside(request: SignedIn, public_id: str, finding_id: str) -> SetAside:
    rows = SetAside.objects.filter(text=_text(request, public_id), finding__public_id=finding_id)
    row = rows.select_related("text__site", "finding__account").defer("finding__excerpt").first()
    if row is None:
        raise Http404
    return row


def _page(request: SignedIn, text: HarmlessText, form: EndTextForm, status: int = 200) -> HttpResponse:
    context = {
        "tab": "queue",
        "text": text,
        "because": because(text),
        "rows": set_aside_by(text, request.user),
        "look_reasons": [one for one in LOOK_REASONS if one[0] != "triage"],  # there is no case to triage
        "form": form,
    }
    return render(request, "console/texts/text.html", context, status=status)
