"""One decision for several cases that a person picks by hand; each is recorded by itself."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from monitor.accounts.models import User
from monitor.console.choosing import page_of, read_choice
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.forms import DecisionForm
from monitor.console.rows import Row, build_rows
from monitor.console.words import TOO_FEW_WORDS, short_reference
from monitor.lib import clock
from monitor.triage.access import queue_for
from monitor.triage.actions import ReasonMissing
from monitor.triage.hand_picked import PICKED_LIMIT, Picked, WhyLeft, do_decide_picked, why_not
from monitor.triage.models import Outcome

TICKED = re.compile(r"([0-9a-f]{12}):([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One waiting case; `why_left` says why it cannot be ticked, and is empty where it can."""

    row: Row
    value: str  # its public id and how many findings the page showed
    why_left: str
    is_ticked: bool


@require_http_methods(["GET", "HEAD", "POST"])
@sees_cases
def several(request: SignedIn) -> HttpResponse:
    """The cases of the present filter with a box each, and the decision for those that are ticked."""
    form = DecisionForm(request.POST if request.method == "POST" else None)
    ticked = request.POST.getlist("case")
    if request.method == "POST" and form.is_valid() and (result := _decide(form, ticked, request.user)):
        _tell(request, result, Outcome(form.cleaned_data["outcome"]))
        return redirect("console:queue")
    choice = read_choice(request)
    page, cases = page_of(request, choice.of_severity(choice.at_site(queue_for(request.user))))
    candidates = [_candidate(request, row, ticked) for row in build_rows(cases, clock.now())]
    context = {
        "tab": "queue",
        "choice": choice,
        "page": page,
        "candidates": candidates,
        "can_any": any(not one.why_left for one in candidates),
        "form": form,
    }
    return render(request, "console/work/several.html", context, status=422 if form.errors else 200)


def _candidate(request: SignedIn, row: Row, ticked: list[str]) -> Candidate:
    why = why_not(row.case)
    if why is None and row.holder not in {None, request.user}:
        why = WhyLeft.TAKEN
    value = f"{row.case.public_id}:{row.findings}"
    return Candidate(row, value, why_words(why) if why else "", is_ticked=value in ticked)


def _decide(form: DecisionForm, ticked: list[str], actor: User) -> Picked | None:
    """What was done; None, and the form says why, where nothing could be."""
    found = [match.groups() for match in map(TICKED.fullmatch, ticked) if match]
    if not found:
        form.add_error(None, _("Tick at least one case."))
        return None
    if len(found) > PICKED_LIMIT:
        form.add_error(None, _("Tick at most %(most)d cases at a time.") % {"most": PICKED_LIMIT})
        return None
    chosen = form.cleaned_data
    try:
        return do_decide_picked(
            {public_id: int(seen) for public_id, seen in found},
            actor=actor,
            outcome=Outcome(chosen["outcome"]),
            reason=chosen["reason"],
            reason_code=form.code(),
        )
    except ReasonMissing:
        form.add_error("reason", TOO_FEW_WORDS)
        return None


def _tell(request: SignedIn, result: Picked, outcome: Outcome) -> None:
    """Say what was decided, and for each reason which cases were left."""
    done = len(result.decided)
    if done:
        words = ngettext("%(count)d case is decided: %(outcome)s.", "%(count)d cases are decided: %(outcome)s.", done)
        messages.success(request, words % {"count": done, "outcome": outcome.label})
    by_reason: dict[WhyLeft, list[str]] = {}
    for public_id, why in result.left:
        by_reason.setdefault(why, []).append(short_reference(public_id))
    for why, references in by_reason.items():
        said = {"references": ", ".join(references), "why": why_words(why)}
        messages.warning(request, _("Not decided: %(references)s. %(why)s") % said)


def why_words(why: WhyLeft) -> str:
    """Why a case is not decided along with others, as a sentence."""
    return {
        WhyLeft.IMMINENT: _("An imminent case is decided on its own page."),
        WhyLeft.TIP: _("A tip is closed on its own page."),
        WhyLeft.UNREAD: _("Nobody has read its words yet."),
        WhyLeft.TAKEN: _("Somebody else has it."),
        WhyLeft.DECIDED: _("Somebody has decided it meanwhile."),
        WhyLeft.GREW: _("More was found meanwhile."),
        WhyLeft.NOT_FOUND: _("There is no such case among yours."),
        WhyLeft.TOO_MANY: _("Too many were ticked at a time."),
    }[why]
