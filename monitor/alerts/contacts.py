"""Who is told, as the district file lists them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.db import transaction

from monitor.alerts.models import Channel, Contact, Shift
from monitor.domain.district import ContactSpec, ShiftSpec
from monitor.roster.models import Site
from monitor.sealed.keys import opened_text


class UnknownSite(Exception):
    """A contact names a site that the tables do not have; the message names both."""


@transaction.atomic
def apply_contacts(specs: Sequence[ContactSpec], shifts: Sequence[ShiftSpec] = ()) -> None:
    """Make contacts, channels and shifts be as listed. One no longer listed becomes inactive: deliveries point at it.

    Applying the same list again changes nothing. Raises `UnknownSite`, and `SealBroken` for an address that was sealed
    elsewhere; then nothing is changed.
    """
    sites = {site.code: site for site in Site.objects.all()}
    kept = []
    for spec in specs:
        if spec.site_code is not None and spec.site_code not in sites:
            message = f"contact {spec.name!r} names the site {spec.site_code!r}, which does not exist"
            raise UnknownSite(message)
        contact = _put(spec, sites[spec.site_code] if spec.site_code is not None else None)
        _put_channels(contact, spec)
        kept.append(contact.pk)
    Contact.objects.exclude(pk__in=kept).update(is_active=False)
    _put_shifts(shifts)


def _put(spec: ContactSpec, site: Site | None) -> Contact:
    quiet = spec.quiet
    has_hours = quiet is not None and quiet.begins != quiet.ends
    contact, _ = Contact.objects.update_or_create(
        site=site,
        email=spec.email.strip().lower(),
        defaults={
            "name": spec.name,
            "order": spec.order,
            "is_active": True,
            "is_last_responder": spec.is_last_responder,
            "quiet_from": quiet.begins if quiet and has_hours else None,
            "quiet_until": quiet.ends if quiet and has_hours else None,
            "quiet_days": list(quiet.days) if quiet else [],
            "disturb_from": (quiet.disturb_from or "") if quiet else "imminent",
        },
    )
    return contact


def _put_channels(contact: Contact, spec: ContactSpec) -> None:
    """An address that changed is a new one: what was known to be wrong with the old one is forgotten."""
    known = {channel.kind: channel for channel in contact.channels.all()}
    for wanted in spec.channels:
        channel = known.pop(wanted.kind.value, None) or Channel(contact=contact, kind=wanted.kind.value)
        address = opened_text(wanted.address)
        if channel.pk is None or channel.address != address:
            channel.address, channel.broken_since, channel.broken_reason = address, None, ""
        channel.floor, channel.is_active = wanted.floor.value, True
        channel.save()
    Channel.objects.filter(pk__in=[channel.pk for channel in known.values()]).update(is_active=False)


def _put_shifts(specs: Sequence[ShiftSpec]) -> None:
    Shift.objects.all().delete()
    contacts = {
        (contact.site.code if contact.site else None, contact.email): contact
        for contact in Contact.objects.filter(is_active=True).select_related("site")
    }
    Shift.objects.bulk_create(
        Shift(
            contact=contacts[spec.site_code, spec.email],
            starts_at=spec.starts.replace(tzinfo=ZoneInfo(spec.time_zone)),
            ends_at=spec.ends.replace(tzinfo=ZoneInfo(spec.time_zone), fold=1),
            time_zone=spec.time_zone,
            is_weekly=spec.is_weekly,
            until=spec.until,
        )
        for spec in specs
    )
