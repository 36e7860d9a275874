"""Whom to tell first and whom next: a site's contacts by their order, then the district's own by theirs, in cycles."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from django.db.models import Q

from monitor.alerts.models import Contact
from monitor.roster.models import Site

Rung = list[Contact]


def ladder_of(site: Site) -> list[Rung]:
    """The active contacts for `site`, as those told together, first rung first. Last responders stand outside it."""
    return ladder_among(contacts_for([site.pk]), site)


def contacts_for(sites: Collection[int]) -> list[Contact]:
    """The active contacts of the sites with these keys and of the district, with their channels, in order."""
    active = Contact.objects.filter(Q(site__in=sites) | Q(site=None), is_active=True)
    return list(active.order_by("order", "id").prefetch_related("channels"))


def ladder_among(contacts: Sequence[Contact], site: Site) -> list[Rung]:
    """The ladder of `site` among `contacts`, which come from `contacts_for`: its own first, then the district's."""
    climbing = [contact for contact in contacts if not contact.is_last_responder]
    own = [contact for contact in climbing if contact.site_id == site.pk]
    district = [contact for contact in climbing if contact.site_id is None]
    return [list(rung) for each in (own, district) for _, rung in groupby(each, key=lambda contact: contact.order)]


def last_responders() -> list[Contact]:
    """Those who are told when everybody on the ladder stayed silent."""
    return last_among(contacts_for([]))


def last_among(contacts: Sequence[Contact]) -> list[Contact]:
    """The last responders among `contacts`, which come from `contacts_for`."""
    return [contact for contact in contacts if contact.is_last_responder and contact.site_id is None]


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
