"""Writing to the audit chain and checking it."""

from typing import Any

from django.db import IntegrityError, transaction

from monitor.audit.models import GENESIS, AuditEvent, event_hash
from monitor.audit.tags import Tag
from monitor.lib import clock

APPEND_TRIES = 50


class ChainBroken(Exception):
    """The chain was altered; the message names the first event that does not fit."""


def record(tag: Tag, *, actor: str, site_code: str = "", subject: str = "", **detail: Any) -> AuditEvent:
    """Append one event. `detail` holds small JSON values, never student text, names or addresses."""
    for _ in range(APPEND_TRIES):
        last = AuditEvent.objects.order_by("-id").values_list("hash", flat=True).first()
        event = AuditEvent(
            at=clock.now(),
            actor=actor,
            tag=tag.value,
            site_code=site_code,
            subject=subject,
            detail=detail,
            previous_hash=last or GENESIS,
        )
        event.hash = event_hash(event)
        try:
            with transaction.atomic():
                event.save()
        except IntegrityError:
            continue  # somebody else's event came first: follow that one
        return event
    message = "the audit chain could not be extended: too many writers at once"
    raise ChainBroken(message)


def verify() -> int:
    """Walk the whole chain and return its length. Raises `ChainBroken` at the first event that does not fit."""
    previous, count = GENESIS, 0
    for event in AuditEvent.objects.order_by("id").iterator(chunk_size=1000):
        if event.previous_hash != previous or event.hash != event_hash(event):
            message = f"audit event {event.pk} of {event.at.isoformat()} does not follow the one before it"
            raise ChainBroken(message)
        previous, count = event.hash, count + 1
    return count
