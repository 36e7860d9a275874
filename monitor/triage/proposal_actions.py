"""A person accepts or declines a proposal: with a reason, and on the audit chain."""

from django.db import transaction

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.roster.models import Site, SiteAccess
from monitor.triage.access import PUBLIC_ID
from monitor.triage.deciding import check_reason
from monitor.triage.models import Outcome, ProposalState, ThresholdProposal

PROPOSALS_SHOWN = 50


class ProposalNotFound(Exception):
    """There is no such proposal for this person."""


class ProposalClosed(Exception):
    """Somebody closed it before, or it is outdated."""


def sees_proposals(user: User) -> bool:
    """Whether `user` looks after every active site: sensitivity holds for the whole district."""
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


def do_accept_proposal(proposal: ThresholdProposal, *, actor: User, reason: str) -> str:
    """Write down that `actor` accepts `proposal`; the lines that make it so in the district's policy file.

    The file itself is the district's: Heed does not write into it. Once the lines stand there, later proposals start
    from the new level. Raises `ReasonMissing`, `ProposalClosed`, and `ProposalNotFound` for strangers.
    """
    _close(proposal, actor, reason, ProposalState.ACCEPTED, Tag.PROPOSAL_ACCEPTED)
    return policy_lines(proposal)


def do_decline_proposal(proposal: ThresholdProposal, *, actor: User, reason: str) -> None:
    """Write down that `actor` declines; the same is not proposed again for a while. Raises as accepting does."""
    _close(proposal, actor, reason, ProposalState.DECLINED, Tag.PROPOSAL_DECLINED)


def policy_lines(proposal: ThresholdProposal) -> str:
    """What to write into `policy.toml`, with `version` changed as well."""
    return f'[sensitivity]\n{proposal.category} = "{proposal.proposed}"\n'


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
