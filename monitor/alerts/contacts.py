"""Who is told, as the district file lists them."""

from collections.abc import Sequence

from django.db import transaction

from monitor.alerts.models import Contact
from monitor.domain.district import ContactSpec
from monitor.roster.models import Site


class UnknownSite(Exception):
    """A contact names a site that the tables do not have; the message names both."""


@transaction.atomic
def apply_contacts(specs: Sequence[ContactSpec]) -> None:
    """Make the contacts be as `specs` says. One no longer listed becomes inactive: deliveries still point at it.

    Applying the same list again changes nothing. Raises `UnknownSite`, and then nothing is changed.
    """
    sites = {site.code: site for site in Site.objects.all()}
    kept = []
    for spec in specs:
        if spec.site_code is not None and spec.site_code not in sites:
            message = f"contact {spec.name!r} names the site {spec.site_code!r}, which does not exist"
            raise UnknownSite(message)
        contact, _ = Contact.objects.update_or_create(
            site=sites[spec.site_code] if spec.site_code is not None else None,
            email=spec.email.strip().lower(),
            defaults={"name": spec.name, "order": spec.order, "is_active": True},
        )
        kept.append(contact.pk)
    Contact.objects.exclude(pk__in=kept).update(is_active=False)
