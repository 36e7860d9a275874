"""Proposals to change a category's sensitivity: what they rest on, and a person's answer."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from monitor.accounts.models import User
from monitor.console import sudo
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.insight_pages import Shown, sections_of
from monitor.console.quality_page import shown_quality
from monitor.console.work_forms import ProposalForm
from monitor.detection.policy_changes import PolicyStale
from monitor.domain.policy import PolicyError
from monitor.domain.sensitivity import Sensitivity
from monitor.insights.kept import kept
from monitor.insights.periods import last_days
from monitor.insights.quality import quality
from monitor.insights.readings import district_zone
from monitor.insights.scope import NoFigures, scope_for
from monitor.lib import clock
from monitor.triage.actions import ReasonMissing
from monitor.triage.lowering import level_words
from monitor.triage.models import ProposalState, ThresholdProposal
from monitor.triage.proposal_actions import (
    ProposalClosed,
    ProposalNotFound,
    access_proposal,
    do_accept_proposal,
    do_decline_proposal,
    proposals_for,
    sees_proposals,
)
from monitor.triage.proposals import PERIOD_DAYS, Evidence, evidence_of


@dataclass(frozen=True, slots=True)
class Line:
    """One proposal with the figures that speak for it. The shares are percent of the judgements."""

    proposal: ThresholdProposal
    present: str
    proposed: str
    evidence: Evidence
    useful_low: int
    useful_high: int

    @property
    def is_open(self) -> bool:
        """Whether it waits for a person."""
        return bool(self.proposal.state == ProposalState.OPEN)


@require_safe
@sees_cases
def proposals(request: SignedIn) -> HttpResponse:
    """Open proposals first, each with its evidence; below them the running figures of the whole district."""
    if not sees_proposals(request.user):
        raise PermissionDenied
    lines = [_line(row) for row in proposals_for(request.user)]
    context = {
        "tab": "figures",
        "sections": sections_of(request.user),
        "name": "proposals",
        "open": [line for line in lines if line.is_open],
        "closed": [line for line in lines if not line.is_open],
        "zone": district_zone().key,
        "shown": _figures(request.user),
        "days": PERIOD_DAYS,
    }
    return render(request, "console/work/proposals.html", context)


@require_POST
@sees_cases
def close(request: SignedIn, public_id: str) -> HttpResponse:
    """Accept, which changes the district's policy, or decline; after proof, with a reason, on the audit chain."""
    try:
        proposal = access_proposal(request.user, public_id)
    except ProposalNotFound:
        raise Http404 from None
    if not sudo.is_granted(request.session):
        return sudo.ask_for_proof(reverse("work:proposals"))
    form = ProposalForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Nothing has changed: write why, in a sentence of your own."))
        return redirect("work:proposals")
    act = do_accept_proposal if form.is_accepted else do_decline_proposal
    try:
        act(proposal, actor=request.user, reason=form.cleaned_data["reason"])
        messages.success(
            request,
            _("Accepted. The policy has changed for the whole district.")
            if form.is_accepted
            else _("Declined. The same is not proposed again for %(days)d days.") % {"days": PERIOD_DAYS},
        )
    except ReasonMissing:
        messages.warning(request, _("Nothing has changed: write why, in a sentence of your own."))
    except ProposalClosed:
        messages.warning(request, _("Somebody has answered this proposal meanwhile, or the figures have changed."))
    except (PolicyStale, PolicyError):
        messages.warning(request, _("The policy changed at the same moment, or cannot be used. Nothing was done."))
    return redirect("work:proposals")


def _line(row: ThresholdProposal) -> Line:
    evidence = evidence_of(row)
    return Line(
        proposal=row,
        present=level_words(Sensitivity(row.present)),
        proposed=level_words(Sensitivity(row.proposed)),
        evidence=evidence,
        useful_low=round(100 * evidence.useful_low),
        useful_high=round(100 * evidence.useful_high),
    )


def _figures(user: User) -> list[Shown]:
    """The running figures of every school; none where there is no school yet."""
    today = clock.now().astimezone(district_zone()).date()
    try:
        return shown_quality(kept(quality, scope_for(user), last_days(today, PERIOD_DAYS)).figures)
    except NoFigures:
        return []
