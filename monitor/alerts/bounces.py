"""Reads bounces: mail servers that took an alert and could not deliver it report so in a mail of their own (RFC 3464).

The delivery then counts as failed, so that the next step follows at once, and the contact's address is marked broken.
A report is believed only when it names an alert of ours by its Message-ID and the address that the alert went to.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from django.db import transaction

from monitor.alerts.models import Delivery, DeliveryState
from monitor.alerts.send import mark_broken
from monitor.audit.chain import record
from monitor.audit.tags import Tag

MAX_BYTES = 2_000_000
MESSAGE_ID = re.compile(r"^\s*message-id:\s*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)


def take_bounce(raw: bytes) -> int:
    """Read one mail that may be a bounce; how many deliveries it ended. Reports of mere delay change nothing."""
    if len(raw) > MAX_BYTES:
        return 0
    mail = message_from_bytes(raw, policy=policy.default)
    ids = _original_ids(mail)
    ended = 0
    for address, status in _failures(mail):
        rows = Delivery.objects.filter(message_id__in=ids, channel=None, contact__email=address)
        for row in rows.select_related("contact", "case__site", "drill__site"):
            ended += _end(row, f"the mail came back: {status}")
    return ended


def _end(delivery: Delivery, reason: str) -> bool:
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.FAILED)
        changed = rows.update(state=DeliveryState.FAILED, last_error=reason) == 1
        if changed:
            mark_broken(delivery.contact, reason)
            record(
                Tag.ALERT_BOUNCED, actor="worker", site_code=delivery.site.code, subject=delivery.subject_id,
                delivery=delivery.pk, contact=delivery.contact_id,
            )  # fmt: skip
    return changed


def _failures(mail: EmailMessage | Message) -> Iterator[tuple[str, str]]:
    """The addresses that a report gives up, with its status: 5.x.x as the standard has it."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload = part.get_payload()
        for block in payload if isinstance(payload, list) else []:
            if not isinstance(block, Message):
                continue
            action = str(block.get("Action", "")).strip().lower()
            status = str(block.get("Status", "")).strip()[:20]
            address = str(block.get("Final-Recipient", "")).rpartition(";")[2].strip().lower()
            original = str(block.get("Original-Recipient", "")).rpartition(";")[2].strip().lower()
            if action == "failed" and status.startswith("5"):
                yield from {(found, status) for found in (address, original) if found}


def _original_ids(mail: EmailMessage | Message) -> list[str]:
    """The Message-IDs of the mail that came back: in the headers that the report attaches."""
    found = []
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            payload = part.get_payload()
            text = payload if isinstance(payload, str) else "".join(str(inner) for inner in payload or [])
            found += MESSAGE_ID.findall(text)
    return found[:10]
