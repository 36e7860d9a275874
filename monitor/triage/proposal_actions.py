"""A person accepts or declines a proposal: with a reason, and on the audit chain."""

from copy import deepcopy

from django.db import transaction

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.effective import current_changes
from monitor.detection.models import PolicyChange
from monitor.detection.policy_changes import do_change_policy, dry_run
from monitor.lib import clock
from monitor.roster.models import Site, SiteAccess
from monitor.triage.access import PUBLIC_ID
from monitor.triage.deciding import check_reason
from monitor.triage.models import Outcome, ProposalState, ThresholdProposal
from monitor.triage.proposals import DISTRICT

PROPOSALS_SHOWN = 50


class ProposalNotFound(Exception):
    """There is no such proposal for this person."""


class ProposalClosed(Exception):
    """Somebody closed it before, or it is outdated."""


def sees_proposals(user: User) -> bool:
    """Whether `user` looks after every active site: sensitivity holds for the whole district."""
    if user.is_active and user.sees_every_site:
        return True
    if not user.is_active or user.role != Role.SITE_ADMINISTRATOR:
        return False
    active = Site.objects.filter(is_active=True)
    seen = SiteAccess.objects.filter(user=user).values("site")
    return active.exists() and not active.exclude(pk__in=seen).exists()


def proposals_for(user: User) -> list[ThresholdProposal]:
    """The proposals, open ones first, then newest first; none for whoever does not look after the whole district."""
    if not sees_proposals(user):
        return []
    rows = ThresholdProposal.objects.select_related("closed_by").defer("reason").order_by("-made_at", "-id")
    return sorted(rows[:PROPOSALS_SHOWN], key=lambda row: row.state != ProposalState.OPEN)


def access_proposal(user: User, public_id: str) -> ThresholdProposal:
    """The proposal `public_id`. Raises `ProposalNotFound`, also for whoever may not see any."""
    if PUBLIC_ID.fullmatch(public_id) and sees_proposals(user):
        row = ThresholdProposal.objects.filter(public_id=public_id).first()
        if row is not None:
            return row
    message = "there is no such proposal among those you may see"
    raise ProposalNotFound(message)


def do_accept_proposal(proposal: ThresholdProposal, *, actor: User, reason: str) -> PolicyChange:
    """Change the district's policy as `proposal` says, in the name of `actor`; the change that was made.

    The proposal's end and the change of policy are there together or not at all. A level that was set for a site, an
    age band or a unit stays. Raises `ReasonMissing`, `ProposalClosed`, `ProposalNotFound` for strangers, and
    `PolicyStale` or `PolicyError` where the policy changed at the same moment or cannot be used.
    """
    check_reason(reason, Outcome.NO_CONCERN, None)
    access_proposal(actor, proposal.public_id)
    said = current_changes().get(DISTRICT)
    document = deepcopy(said.document) if said else {}
    document.setdefault("sensitivity", {})[proposal.category] = proposal.proposed
    run = dry_run(DISTRICT, document)
    with transaction.atomic():
        _close(proposal, actor, reason, ProposalState.ACCEPTED, Tag.PROPOSAL_ACCEPTED)
        return do_change_policy(run, actor=actor.actor, reason=reason)


def do_decline_proposal(proposal: ThresholdProposal, *, actor: User, reason: str) -> None:
    """Write down that `actor` declines; the same is not proposed again for a while. Raises as accepting does."""
    _close(proposal, actor, reason, ProposalState.DECLINED, Tag.PROPOSAL_DECLINED)


def _close(proposal: ThresholdProposal, actor: User, reason: str, state: ProposalState, tag: Tag) -> None:
    check_reason(reason, Outcome.NO_CONCERN, None)
    access_proposal(actor, proposal.public_id)
    with transaction.atomic():
        still_open = ThresholdProposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN)
        changed = still_open.update(state=state, closed_at=clock.now(), closed_by=actor, reason=reason.strip())
        if not changed:
            message = "this proposal is closed; look at the list again"
            raise ProposalClosed(message)
        record(
            tag,
            actor=actor.actor,
            subject=proposal.public_id,
            category=proposal.category,
            present=proposal.present,
            proposed=proposal.proposed,
            policy=proposal.policy_version,
        )
