"""Which hand-overs a person may see: those of the cases they may see, no others. IT staff see none."""

from django.conf import settings
from django.db.models import Q, QuerySet

from monitor.accounts.models import User
from monitor.handovers.models import Handover, Kind, NextStep, Recipient
from monitor.roster.models import Site
from monitor.roster.people import sites_of
from monitor.triage.access import PUBLIC_ID, cases_for


class HandoverNotFound(Exception):
    """There is no such hand-over for this person; the same answer whether it exists elsewhere or not."""


def handovers_for(user: User) -> QuerySet[Handover]:
    """The hand-overs of the cases that `user` may see."""
    return Handover.objects.filter(case__in=cases_for(user))


def access_handover(user: User, public_id: str) -> Handover:
    """The hand-over `public_id` if `user` may see it. Raises `HandoverNotFound` otherwise."""
    if PUBLIC_ID.fullmatch(public_id):
        found = handovers_for(user).select_related("case__site", "created_by").filter(public_id=public_id).first()
        if found is not None:
            return found
    message = "there is no such hand-over among those you may see"
    raise HandoverNotFound(message)


def next_steps_for(user: User) -> QuerySet[NextStep]:
    """The next steps of the hand-overs that `user` may see."""
    return NextStep.objects.filter(handover__in=handovers_for(user))


def recipients_of(site: Site, kind: str) -> QuerySet[Recipient]:
    """Whom something of this kind may be handed to at `site`: the school's own and the district's."""
    return Recipient.objects.filter(Q(site=site) | Q(site=None), kind=kind, is_active=True)


def is_allowed(kind: str) -> bool:
    """Whether the district uses this kind at all: emergency disclosures are off unless a setting says otherwise."""
    return kind != Kind.EMERGENCY or settings.HEED_EMERGENCY_DISCLOSURE


def may_own(user: User, site: Site) -> bool:
    """Whether `user` can be given a next step about a case of `site`."""
    return user.is_active and user.reads_content and sites_of(user).filter(pk=site.pk).exists()
