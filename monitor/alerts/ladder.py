"""Whom to tell first and whom next: a site's contacts by their order, then the district's own by theirs."""

from collections.abc import Collection, Sequence
from itertools import groupby

from monitor.alerts.models import Contact
from monitor.roster.models import Site

Rung = list[Contact]


def ladder_of(site: Site) -> list[Rung]:
    """The active contacts for `site`, as those told together, first rung first."""
    active = Contact.objects.filter(is_active=True)
    own = active.filter(site=site).order_by("order", "id")
    district = active.filter(site=None).order_by("order", "id")
    return [
        list(rung) for contacts in (own, district) for _, rung in groupby(contacts, key=lambda contact: contact.order)
    ]


def next_recipients(ladder: Sequence[Rung], told: Collection[int]) -> list[Contact]:
    """Whom the next step tells: everybody untold up to and with the first rung of which nobody was told.

    Counting by who was told, not by step number, survives a district file that changes in the middle of an
    escalation: whoever replaced a contact is told, and no rung is jumped.
    """
    recipients: list[Contact] = []
    for rung in ladder:
        untold = [contact for contact in rung if contact.pk not in told]
        recipients += untold
        if len(untold) == len(rung):
            break
    return recipients
