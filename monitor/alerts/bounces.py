"""Takes bounces: mail servers that took an alert and could not deliver it report so in a mail of their own.

The delivery then counts as failed, so that the next step follows at once, and the contact's address is marked broken.
A report is believed only when it names an alert of ours by its id and the address that the alert went to. One that
speaks of delay is noted in the delivery's row and changes nothing else.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from monitor.alerts.compose import batch_in
from monitor.alerts.models import Contact, Delivery, DeliveryState
from monitor.alerts.send import mark_broken
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock
from monitor.lib.returned import Missed, Report, Verdict, read_report

logger = logging.getLogger(__name__)

MAX_BYTES = 2_000_000
LATE = "the mail is late"
QUIET_FOR = timedelta(days=3)  # a mail server that gives up late does so within days


@dataclass(frozen=True, slots=True)
class Taken:
    """What one mail changed. A report that changed nothing is about mail that is no alert of ours, or known already."""

    ended: int = 0
    noted: int = 0
    is_report: bool = False
    is_unreadable: bool = False


def take_bounce(raw: bytes) -> int:
    """Read one mail that may be a bounce; how many deliveries it ended. Reports of mere delay change nothing."""
    return take_report(raw).ended


def take_report(raw: bytes) -> Taken:
    """Read one mail that may be a bounce and do what follows from it. Never raises for what stands in the mail."""
    if len(raw) > MAX_BYTES:
        return Taken(is_unreadable=True)
    try:
        report = read_report(raw)
    except Exception as error:  # noqa: BLE001 - anybody may write anything to this mailbox, and it must not stop at it
        logger.warning("a returned mail cannot be read: %s", type(error).__name__)
        return Taken(is_unreadable=True)
    if report is None:
        return Taken()
    ended = noted = 0
    for missed in report.missed:
        for row in _deliveries(report, missed):
            if missed.verdict is Verdict.FAILED:
                ended += _end(row, f"the mail came back: {missed.status}")
            else:
                noted += _note(row, f"{LATE}: {missed.status}")
    return Taken(ended, noted, is_report=True)


def forget_old_bounces() -> int:
    """Take the mark off addresses to which a later mail went and did not come back for days; how many."""
    now = clock.now()
    marked = Contact.objects.filter(bounced_at__isnull=False)
    fine = [contact.pk for contact in marked if _later_mails(contact, now).exists()]
    return Contact.objects.filter(pk__in=fine).update(broken_since=None, broken_reason="", bounced_at=None)


def mend(address: str) -> int:
    """Somebody says that mails to `address` arrive again: take the mark off; how many contacts had it."""
    marked = Contact.objects.filter(email__iexact=address).exclude(broken_since=None, bounced_at=None)
    with transaction.atomic():
        for contact in marked.select_related("site"):
            site_code = contact.site.code if contact.site else ""
            record(Tag.CONTACT_MENDED, actor="command", site_code=site_code, contact=contact.pk)
        return marked.update(broken_since=None, broken_reason="", bounced_at=None)


def _later_mails(contact: Contact, now: datetime) -> "QuerySet[Delivery]":
    assert contact.bounced_at is not None  # noqa: S101 - the caller asked for these
    mails = Delivery.objects.filter(contact__email=contact.email, channel=None, state=DeliveryState.SENT)
    return mails.filter(sent_at__gt=contact.bounced_at, sent_at__lte=now - QUIET_FOR)


def _deliveries(report: Report, missed: Missed) -> "QuerySet[Delivery]":
    batches = [batch for batch in map(batch_in, report.ids) if batch]
    rows = Delivery.objects.filter(Q(message_id__in=report.ids) | Q(batch__in=batches), channel=None)
    rows = rows.filter(contact__email__iexact=missed.address)
    return rows.select_related("contact", "case__site", "drill__site")


def _end(delivery: Delivery, reason: str) -> bool:
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.FAILED)
        changed = rows.update(state=DeliveryState.FAILED, last_error=reason) == 1
        if changed:
            # The same address fails for whatever school it stands.
            for contact in Contact.objects.filter(email__iexact=delivery.contact.email):
                mark_broken(contact, reason)
                Contact.objects.filter(pk=contact.pk).update(bounced_at=clock.now())
            record(
                Tag.ALERT_BOUNCED, actor="worker", site_code=delivery.site.code, subject=delivery.subject_id,
                delivery=delivery.pk, contact=delivery.contact_id,
            )  # fmt: skip
    return changed


def _note(delivery: Delivery, words: str) -> bool:
    rows = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENT).exclude(last_error=words)
    return rows.update(last_error=words) == 1
