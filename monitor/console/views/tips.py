"""Tips as people at a school handle them: the list, one conversation behind a reason, and what to do about it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from monitor.console.doors import SignedIn, sees_cases
from monitor.console.forms import LOOK_REASONS
from monitor.console.rows import holder_of, title_of
from monitor.console.tip_forms import AnswerForm, CloseForm, TipLookForm
from monitor.console.tip_page import build_tip_page
from monitor.console.tip_reveal import unveil_tip, veil_tip
from monitor.console.tip_rows import CHANNEL_WORDS, tip_lines
from monitor.console.views.case import taken_words
from monitor.console.words import TOO_FEW_WORDS
from monitor.lib import clock
from monitor.tips.access import TipNotFound, access_tip, tips_for
from monitor.tips.actions import (
    NoSuchSite,
    NoSuchStudent,
    TipDecided,
    do_close_tip,
    do_move_tip,
    do_name_student,
    do_reply,
    do_reveal_number,
    do_view_tip,
)
from monitor.tips.codes import StaleForm, new_form_token, read_form_token
from monitor.tips.limits import REFUSAL_WORDS
from monitor.tips.models import MessageDirection, ReplyState, Tip, TipRefusal
from monitor.triage.actions import AlreadyDecided, CaseGrew, CaseTaken, ReasonMissing
from monitor.triage.models import Outcome

TIPS_PER_PAGE = 50
DECIDED_WORDS = gettext_lazy("The case of this tip is decided; this can no longer be done.")


@require_safe
@sees_cases
def tip_list(request: SignedIn) -> HttpResponse:
    """The conversations of a person's schools, the latest message first, and what was refused today."""
    failed = Count("messages", filter=Q(messages__state=ReplyState.FAILED))
    tips = tips_for(request.user).select_related("site", "case", "case__claimed_by").annotate(failed=failed)
    tips = tips.defer("reporter", "about", "number").order_by("-last_message_at", "-id")
    page = Paginator(tips, TIPS_PER_PAGE).get_page(request.GET.get("page"))
    lines, now = tip_lines([tip.case for tip in page]), clock.now()
    rows = [
        {
            "tip": tip,
            "title": title_of(lines[tip.case_id].flags)
            if tip.case_id in lines and lines[tip.case_id].flags
            else _("Tip"),
            "way": str(CHANNEL_WORDS[tip.channel]),
            "holder": holder_of(tip.case, now),
        }
        for tip in page
    ]
    refused = [
        (row.count, str(REFUSAL_WORDS[row.reason]))
        for row in TipRefusal.objects.filter(day=now.date()).order_by("reason")
        if row.reason in REFUSAL_WORDS
    ]
    return render(request, "console/tips/list.html", {"tab": "tips", "rows": rows, "page": page, "refused": refused})


@require_safe
@sees_cases
def show(request: SignedIn, public_id: str) -> HttpResponse:
    """The page of a tip."""
    return _page(request, get_tip(request, public_id), CloseForm())


@require_POST
@sees_cases
def look(request: SignedIn, public_id: str) -> HttpResponse:
    """Unveil a tip, for a reason that goes on the audit chain; or veil it again."""
    tip = get_tip(request, public_id)
    if "veil" in request.POST:
        veil_tip(request.session, tip)
        return redirect("tips:show", tip.public_id)
    form = TipLookForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why you want to read the words."))
        return redirect("tips:show", tip.public_id)
    view = do_view_tip(tip, actor=request.user, reason=form.cleaned_data["reason"])
    unveil_tip(request.session, tip, [message.pk for message in view.messages])
    return redirect("tips:show", tip.public_id)


@require_POST
@sees_cases
def answer(request: SignedIn, public_id: str) -> HttpResponse:
    """Write to the reporter."""
    tip = get_tip(request, public_id)
    form = AnswerForm(request.POST)
    try:
        if form.is_valid():
            nonce = read_form_token(form.cleaned_data["token"])
            sent = do_reply(tip, actor=request.user, text=form.cleaned_data["text"], external_id=nonce)
            _add_to_look(request, tip, sent.pk)
            messages.success(
                request, _("Your answer is on its way.") if sent.state else _("Your answer waits for the code.")
            )
        else:
            messages.warning(request, _("Write an answer of at most 1,000 characters."))
    except StaleForm:
        messages.warning(request, _("The page was open too long. Write your answer again; it was not sent."))
    return redirect("tips:show", tip.public_id)


@require_POST
@sees_cases
def student(request: SignedIn, public_id: str) -> HttpResponse:
    """Say whom a tip is about."""
    tip = get_tip(request, public_id)
    try:
        do_name_student(tip, actor=request.user, address=request.POST.get("address", "")[:254])
        messages.success(request, _("The tip now stands with this student's cases."))
    except NoSuchStudent:
        messages.warning(request, _("No account of your schools has this address. Give the whole school address."))
    except TipDecided:
        messages.warning(request, DECIDED_WORDS)
    return redirect("tips:show", tip.public_id)


@require_POST
@sees_cases
def move(request: SignedIn, public_id: str) -> HttpResponse:
    """Give a tip to another school."""
    tip = get_tip(request, public_id)
    try:
        do_move_tip(tip, actor=request.user, site_code=request.POST.get("site", "")[:64])
        messages.success(request, _("The tip went to the other school, whose contacts are told."))
    except NoSuchSite:
        messages.warning(request, _("Choose a school."))
        return redirect("tips:show", tip.public_id)
    except TipDecided:
        messages.warning(request, DECIDED_WORDS)
    return redirect("tips:list")


@require_POST
@sees_cases
def number(request: SignedIn, public_id: str) -> HttpResponse:
    """The reporter's phone number, once, for a reason that stays with the tip."""
    tip = get_tip(request, public_id)
    try:
        found = do_reveal_number(tip, actor=request.user, reason=request.POST.get("reason", "")[:1000])
    except ReasonMissing:
        messages.warning(request, _("Say in a sentence why the number is needed."))
        return redirect("tips:show", tip.public_id)
    return _page(request, tip, CloseForm(), number=found or _("There is none: the tip came by the web form."))


@require_POST
@sees_cases
def close(request: SignedIn, public_id: str) -> HttpResponse:
    """Close a tip with what was concluded and done."""
    tip = get_tip(request, public_id)
    form = CloseForm(request.POST)
    if form.is_valid() and _close(request, tip, form):
        veil_tip(request.session, tip)
        words = _("Tip {id} is closed: {outcome}.")
        outcome = Outcome(form.cleaned_data["outcome"]).label
        messages.success(request, words.format(id=tip.public_id[:6], outcome=outcome))
        return redirect("tips:list")
    return _page(request, get_tip(request, public_id), form, status=422)


def _close(request: SignedIn, tip: Tip, form: CloseForm) -> bool:
    """Whether the tip was closed; if not, `form` says what stood in the way."""
    given = form.cleaned_data
    try:
        do_close_tip(
            tip,
            actor=request.user,
            outcome=Outcome(given["outcome"]),
            reason=given["reason"],
            actions=given["actions"],
            seen_messages=given["seen_messages"],
        )
    except ReasonMissing:
        form.add_error("reason", TOO_FEW_WORDS)
    except CaseTaken as taken:
        form.add_error(None, taken_words(taken))
    except AlreadyDecided:
        form.add_error(None, _("Somebody has closed this tip meanwhile. What you wrote was not recorded."))
    except CaseGrew as grew:
        words = _("{count} message(s) of the reporter are unread. Read first, then close.")
        form.add_error(None, words.format(count=grew.new))
    return not form.errors


def get_tip(request: SignedIn, public_id: str) -> Tip:
    """The tip `public_id` of this person. Raises `Http404`."""
    try:
        return access_tip(request.user, public_id)
    except TipNotFound:
        raise Http404 from None


def _add_to_look(request: SignedIn, tip: Tip, key: int) -> None:
    """What somebody wrote themselves is not veiled from them, while they have the tip open."""
    kept = request.session.get("unveiled_tips", {}).get(tip.public_id)
    if kept and key not in kept["messages"]:
        unveil_tip(request.session, tip, [*kept["messages"], key])


def _page(request: SignedIn, tip: Tip, form: CloseForm, status: int = 200, number: str = "") -> HttpResponse:
    context = {
        "tab": "tips",
        "page": build_tip_page(tip, request.session),
        "form": form,
        "look_reasons": LOOK_REASONS,
        "token": new_form_token(),
        "number": number,
        "directions": MessageDirection,
    }
    return render(request, "console/tips/show.html", context, status=status)
