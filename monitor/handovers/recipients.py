"""Who may be handed something: a list that site administrators keep for their schools."""

from django.db import transaction
from django.db.models import QuerySet

from monitor.accounts.models import Role, User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.handovers.models import Kind, Recipient
from monitor.roster.models import Site
from monitor.roster.people import active_sites_of, sites_of

KEEPERS = frozenset({Role.SITE_ADMINISTRATOR, Role.SAFETY_LEAD})


class NotYours(Exception):
    """Only a site administrator of the school, or the district's lead, changes its recipients."""


def keeps_recipients(user: User, site: Site) -> bool:
    """Whether `user` may change the recipients of `site`."""
    is_keeper = user.is_active and user.role in KEEPERS
    return is_keeper and sites_of(user).filter(pk=site.pk).exists()


def sites_kept_by(user: User) -> list[Site]:
    """The active schools whose recipients `user` may change, by name."""
    return list(active_sites_of(user)) if user.is_active and user.role in KEEPERS else []


def recipients_for(user: User) -> QuerySet[Recipient]:
    """The recipients of the schools of `user`, and the district's own."""
    of_sites = Recipient.objects.filter(site__in=sites_of(user)) | Recipient.objects.filter(site=None)
    return of_sites.select_related("site").order_by("kind", "name", "id")


def do_add_recipient(site: Site, *, actor: User, kind: Kind, name: str, organisation: str, reach: str) -> Recipient:
    """A new recipient of `kind` for `site`. Raises `NotYours`."""
    if not keeps_recipients(actor, site):
        raise NotYours
    with transaction.atomic():
        recipient = Recipient.objects.create(
            kind=kind, site=site, name=name[:120], organisation=organisation[:120], reach=reach[:200]
        )
        record(Tag.RECIPIENT_ADDED, actor=actor.actor, site_code=site.code, recipient=recipient.pk, kind=kind.value)
    return recipient


def do_remove_recipient(recipient: Recipient, *, actor: User) -> None:
    """Offer a recipient no more; hand-overs that name them stay. Raises `NotYours`."""
    if recipient.site is None or not keeps_recipients(actor, recipient.site):
        raise NotYours
    with transaction.atomic():
        if Recipient.objects.filter(pk=recipient.pk, is_active=True).update(is_active=False) == 1:
            record(Tag.RECIPIENT_REMOVED, actor=actor.actor, site_code=recipient.site.code, recipient=recipient.pk)
