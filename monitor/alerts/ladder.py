"""Whom to tell first and whom next: a site's contacts by their order, then the district's own by theirs, in cycles."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from monitor.alerts.models import Contact
from monitor.roster.models import Site

Rung = list[Contact]


def ladder_of(site: Site) -> list[Rung]:
    """The active contacts for `site`, as those told together, first rung first. Last responders stand outside it."""
    active = Contact.objects.filter(is_active=True, is_last_responder=False).prefetch_related("channels")
    own = active.filter(site=site).order_by("order", "id")
    district = active.filter(site=None).order_by("order", "id")
    return [
        list(rung) for contacts in (own, district) for _, rung in groupby(contacts, key=lambda contact: contact.order)
    ]


def last_responders() -> list[Contact]:
    """Those who are told when everybody on the ladder stayed silent."""
    found = Contact.objects.filter(is_active=True, is_last_responder=True, site=None).prefetch_related("channels")
    return list(found.order_by("order", "id"))


def next_recipients(ladder: Sequence[Rung], told: Mapping[int, int], cycles: int = 1) -> list[Contact]:
    """Whom the next step tells: everybody untold up to and with the first rung of which nobody was told.

    `told` counts for each contact how often it was told; when everybody was told once, the next cycle begins, up to
    `cycles`. Counting by who was told, not by step number, survives a district file that changes in the middle of an
    escalation: whoever replaced a contact is told, and no rung is jumped.
    """
    for cycle in range(cycles):
        recipients: list[Contact] = []
        for rung in ladder:
            untold = [contact for contact in rung if told.get(contact.pk, 0) <= cycle]
            recipients += untold
            if untold and len(untold) == len(rung):
                return recipients
        if recipients:
            return recipients
    return []
