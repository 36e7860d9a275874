"""Sends signed hand-overs to the district's webhook: a messaging system, or a crisis platform.

A person asks for it, once for each hand-over; the row stands before anything is sent. `Heed-Id` is the same on every
try, and `Heed-Signature` is `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.` and the body, under the shared secret.
"""

import logging

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from monitor.accounts.models import User
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.handovers.access import access_handover
from monitor.handovers.actions import EXPORTABLE, NotReleased
from monitor.handovers.cap import export_cap
from monitor.handovers.document import export_json
from monitor.handovers.kinds import spec_of
from monitor.handovers.models import Handover, Kind, Sending, SendingState
from monitor.intake import outbox
from monitor.intake.leases import free_dead
from monitor.lib import clock
from monitor.lib.http import AddressRefused, Door, NoAnswer
from monitor.lib.owner import new_owner
from monitor.lib.signed import heed_signature

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 12
CONTENT_TYPES = {Kind.CRISIS: "application/cap+xml", Kind.FAMILY: "application/json"}


class NoWebhook(Exception):
    """No webhook and secret are set, or this kind is not sent."""


def can_send(handover: Handover) -> bool:
    """Whether this kind goes to a webhook and one is set."""
    is_set = settings.HEED_HANDOVER_WEBHOOK_URL and settings.HEED_HANDOVER_WEBHOOK_SECRET
    return bool(is_set and spec_of(handover.kind).sends)


def do_send(handover: Handover, *, actor: User) -> Sending:
    """Put a signed hand-over into the outbox, once. Raises `NoWebhook`, `NotReleased`, and `HandoverNotFound`."""
    fresh = access_handover(actor, handover.public_id)
    if not can_send(fresh):
        raise NoWebhook
    if fresh.state not in EXPORTABLE:
        raise NotReleased
    now = clock.now()
    with transaction.atomic():
        sending, is_new = Sending.objects.get_or_create(
            handover=fresh, defaults={"asked_by": actor, "created_at": now, "not_before": now}
        )
        if is_new:
            _record(Tag.HANDOVER_SENDING, fresh, actor.actor, digest=fresh.digest)
    return sending


def send_handovers(limit: int = 20) -> int:
    """Send up to `limit` hand-overs whose time has come; how many were handled."""
    free_dead(_pending())
    keys = list(outbox.due(_pending(), clock.now()).order_by("not_before", "id").values_list("pk", flat=True)[:limit])
    return sum(_handle(pk) for pk in keys)


def _pending() -> QuerySet[Sending]:
    return Sending.objects.filter(state=SendingState.PENDING)


def _handle(pk: int) -> bool:
    if not outbox.take(_pending(), pk, new_owner(), clock.now()):
        return False
    sending = Sending.objects.select_related("handover__case__site").get(pk=pk)
    try:
        problem = _post(sending.handover)
    except Exception as error:  # noqa: BLE001 - one that cannot be sent must not hold up the others
        problem = f"unexpected: {type(error).__name__}"
    if problem:
        _fail_or_postpone(sending, problem)
        return True
    with transaction.atomic():
        if _settle(sending, SendingState.SENT, sent_at=clock.now(), last_error=""):
            _record(Tag.HANDOVER_SENT, sending.handover, "worker", digest=sending.handover.digest)
    return True


def _post(handover: Handover) -> str:
    """One try; what went wrong, in words without content, or ""."""
    url, secret = settings.HEED_HANDOVER_WEBHOOK_URL, settings.HEED_HANDOVER_WEBHOOK_SECRET
    if not url or not secret:
        return "set HEED_HANDOVER_WEBHOOK_URL and HEED_HANDOVER_WEBHOOK_SECRET"
    kind = Kind(handover.kind)
    body = export_cap(handover) if kind is Kind.CRISIS else export_json(handover)
    headers = {
        "Content-Type": CONTENT_TYPES[kind],
        "Heed-Id": handover.public_id,
        "Heed-Signature": heed_signature(body, int(clock.now().timestamp()), secret),
    }
    try:
        answer = Door(internal_hosts=settings.HEED_INTERNAL_HOSTS).post(url, body, headers=headers)
    except (AddressRefused, NoAnswer) as error:
        return str(error)[:300]
    return "" if answer.is_ok else f"the webhook answered {answer.status}"


def _fail_or_postpone(sending: Sending, problem: str) -> None:
    if sending.attempts < GIVE_UP_AFTER:
        wait = outbox.wait_after(sending.attempts)
        _settle(sending, SendingState.PENDING, not_before=clock.now() + wait, last_error=problem)
        return
    with transaction.atomic():
        if _settle(sending, SendingState.FAILED, last_error=problem):
            _record(Tag.HANDOVER_SEND_FAILED, sending.handover, "worker", attempts=sending.attempts)
    logger.error("hand-over %s could not be sent; its row says why", sending.handover.public_id)


def _settle(sending: Sending, state: SendingState, **values: object) -> bool:
    """Write the outcome and give the lease back; False when another worker has the row by now."""
    return outbox.settle(_pending(), sending.pk, sending.lease_owner, state=state, **values)


def _record(tag: Tag, handover: Handover, actor: str, **detail: object) -> None:
    record(
        tag,
        actor=actor,
        site_code=handover.case.site.code,
        subject=handover.public_id,
        case=handover.case.public_id,
        **detail,
    )
