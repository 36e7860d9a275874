"""One case: why it is here, its words behind a reason, and what to do about it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from monitor.alerts.acknowledge import do_acknowledge_case
from monitor.console.case_page import build_case_page
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.folding import note_press
from monitor.console.forms import LOOK_REASONS, DecisionForm, LookForm, NoteForm
from monitor.console.reveal import unveil, veil
from monitor.console.tip_rows import to_tip
from monitor.console.words import TOO_FEW_WORDS
from monitor.detection.policy import current_policy
from monitor.triage.access import CaseNotFound, access_case
from monitor.triage.actions import (
    AlreadyDecided,
    CaseGrew,
    CaseTaken,
    ReasonMissing,
    do_claim_case,
    do_decide_case,
    do_release_case,
    do_view_content,
)
from monitor.triage.models import Case, Outcome
from monitor.triage.notes import do_add_note


@require_safe
@sees_cases
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """The page of a case; a case that a tip opened has a page of its own."""
    case = get_case(request, public_id)
    return to_tip(case) or _page(request, case, DecisionForm())


@require_POST
@sees_cases
def look(request: SignedIn, public_id: str) -> HttpResponse:
    """Unveil the words of a case, for a reason that goes on the audit chain; or veil them again."""
    case = get_case(request, public_id)
    if "veil" in request.POST:
        veil(request.session, case)
        return _back_to(case)
    form = LookForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why you want to read the words."))
        return _back_to(case)
    views = do_view_content(case, actor=request.user, reason=form.cleaned_data["reason"])
    unveil(request.session, case, views, form.cleaned_data["reason"])
    note_press(request.session, case.public_id)
    return _back_to(case, "#words")


@require_POST
@sees_cases
def claim(request: SignedIn, public_id: str) -> HttpResponse:
    """Take a case, so that others know."""
    return _take_or_give_back(request, public_id, do_claim_case)


@require_POST
@sees_cases
def release(request: SignedIn, public_id: str) -> HttpResponse:
    """Give a case back to the queue."""
    return _take_or_give_back(request, public_id, do_release_case)


def _take_or_give_back(request: SignedIn, public_id: str, act: Callable[..., object]) -> HttpResponse:
    """Carry out `act` (claim or release) on the case, or say who or what stood in the way."""
    case = get_case(request, public_id)
    try:
        act(case, actor=request.user)
    except CaseTaken as taken:
        messages.warning(request, taken_words(taken))
    except AlreadyDecided:
        messages.warning(request, _("Somebody has decided this case meanwhile."))
    return _back_to(case)


@require_POST
@sees_cases
def seen(request: SignedIn, public_id: str) -> HttpResponse:
    """Say that the alert has arrived: others are not told for the policy's time, and anybody can take the case."""
    case = get_case(request, public_id)
    if do_acknowledge_case(case, actor=request.user):
        minutes = int(current_policy().acknowledge_time.total_seconds() // 60)
        messages.success(
            request,
            ngettext(
                "Recorded: you have seen it. Nobody else is alerted for {count} minute; "
                "if no decision follows, the alerts go on.",
                "Recorded: you have seen it. Nobody else is alerted for {count} minutes; "
                "if no decision follows, the alerts go on.",
                minutes,
            ).format(count=minutes),
        )
    else:
        messages.warning(request, _("Somebody has decided this case meanwhile."))
    return _back_to(case)


@require_POST
@sees_cases
def note(request: SignedIn, public_id: str) -> HttpResponse:
    """Write something down about a case, for all who see it or for oneself."""
    case = get_case(request, public_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return to_tip(case) or _page(request, case, DecisionForm(), note=form, status=422)
    chosen = form.cleaned_data
    do_add_note(case, actor=request.user, text=chosen["text"], is_private=chosen["is_private"])
    return _back_to(case, "#notes")


@require_POST
@sees_cases
def decide(request: SignedIn, public_id: str) -> HttpResponse:
    """Write down what somebody concluded; then the next case."""
    case = get_case(request, public_id)
    if elsewhere := to_tip(case):
        return elsewhere  # a tip is closed on its own page, with what was done
    form = DecisionForm(request.POST)
    if form.is_valid() and _decide(request, case, form):
        veil(request.session, case)
        outcome = Outcome(form.cleaned_data["outcome"]).label
        messages.success(request, _("Case {id} is decided: {outcome}.").format(id=case.public_id[:6], outcome=outcome))
        return redirect("console:queue")
    return _page(request, get_case(request, public_id), form, status=422)


def _decide(request: SignedIn, case: Case, form: DecisionForm) -> bool:
    """Whether the decision was recorded; if not, `form` says what stood in the way."""
    chosen = form.cleaned_data
    try:
        do_decide_case(
            case,
            actor=request.user,
            outcome=Outcome(chosen["outcome"]),
            reason=chosen["reason"],
            reason_code=form.code(),
            seen_findings=chosen["seen_findings"],
        )
    except ReasonMissing:
        form.add_error("reason", TOO_FEW_WORDS)
    except CaseTaken as taken:
        form.add_error(None, taken_words(taken))
    except AlreadyDecided:
        form.add_error(None, _("Somebody has decided this case meanwhile. Your decision was not recorded."))
    except CaseGrew as grew:
        words = ngettext(
            "One more finding joined this case while you had it open. Look first, then decide.",
            "{count} more findings joined this case while you had it open. Look first, then decide.",
            grew.new,
        )
        form.add_error(None, words.format(count=grew.new))
    return not form.errors


def get_case(request: SignedIn, public_id: str) -> Case:
    """The case if this person may see it; otherwise there is no such page."""
    try:
        return access_case(request.user, public_id)
    except CaseNotFound:
        raise Http404 from None


def _page(
    request: SignedIn, case: Case, form: DecisionForm, *, note: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "tab": "case",
        "page": build_case_page(case, request.user, request.session),
        "form": form,
        "note": note or NoteForm(),
        "look_reasons": LOOK_REASONS,
    }
    return render(request, "console/case.html", context, status=status)


def taken_words(taken: CaseTaken) -> str:
    """Who has the case."""
    return _("{who} has this case now.").format(who=taken.by.name if taken.by else _("Somebody else"))


def _back_to(case: Case, anchor: str = "") -> HttpResponse:
    return redirect(reverse("console:case", args=[case.public_id]) + anchor)
