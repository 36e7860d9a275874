"""Sends what stands in the outbox.

A row is claimed by compare-and-set under a lease just before it is sent, and its try is counted with the claim. A
worker that dies between sending and recording leaves a row whose lease runs out: it is sent again, with the *same*
Message-ID, which mail servers and readers use to show it once. At least once with one id is the most that mail allows.
Texts and calls have no such id: before one is sent again, Twilio is asked whether it has it (see `doubt`).

The rows of one digest are claimed, sent and recorded together. A way that refused for good is marked as broken, so that
`doctor` shows it and the next alert takes another way; a delivery that succeeds takes the mark away, unless it is a
mail and mails to this address came back.
"""

import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet

from monitor.alerts import doubt
from monitor.alerts.audience import audience_of
from monitor.alerts.compose import compose
from monitor.alerts.models import Channel, Contact, Delivery, DeliveryState
from monitor.alerts.subjects import subject_of
from monitor.alerts.transports.by_kind import send_by
from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.policy import current_policy
from monitor.domain.policy import Policy
from monitor.intake import outbox
from monitor.intake.leases import free_dead
from monitor.lib import clock
from monitor.lib.owner import new_owner

logger = logging.getLogger(__name__)

LARGEST_DIGEST = 500  # rows
REASON_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class SendTally:
    """How many deliveries ended which way in one pass."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0
    not_needed: int = 0

    def with_one(self, outcome: str) -> "SendTally":
        """This tally with one more of `outcome`, the name of a field."""
        return SendTally(**{name: getattr(self, name) + (name == outcome) for name in self.__slots__})


def send_due(limit: int = 100, owner: str | None = None) -> SendTally:
    """Send up to `limit` deliveries whose time has come, drills and the most urgent first. `owner` holds the leases.

    Never raises for a message that cannot be sent: what happened stands in its row.
    """
    owner = owner or new_owner()
    release_dead_leases()
    tally = SendTally()
    urgency = F("case__severity_rank").desc(nulls_first=True)
    now = clock.now()
    waiting = outbox.can_be_asked_about(outbox.due(_pending(), now), now).order_by(urgency, "not_before", "id")
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        for outcome in _handle(_claim(pk, owner)):
            tally = tally.with_one(outcome)
    return tally


def release_dead_leases() -> int:
    """Free the rows of processes of this machine that run no more, so that a restart need not wait; how many."""
    return free_dead(_pending())


def _pending() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.PENDING)


def _claim(pk: int, owner: str) -> list[Delivery]:
    """Take the row for this try, with the others of its digest; nothing when another worker was first."""
    now = clock.now()
    if not outbox.take(_pending(), pk, owner, now):
        return []
    claimed = [pk]
    batch = Delivery.objects.values_list("batch", flat=True).get(pk=pk)
    if batch:
        same = outbox.due(_pending(), now).filter(batch=batch)
        others = list(same.order_by("pk").values_list("pk", flat=True)[:LARGEST_DIGEST])
        claimed += [other for other in others if outbox.take(_pending(), other, owner, now)]
    rows = Delivery.objects.select_related("case__site", "drill__site", "contact", "channel")
    return list(rows.filter(pk__in=claimed).order_by("pk"))


def _handle(deliveries: list[Delivery]) -> list[str]:
    """Send what was claimed and record what came of it; for each row the name of the tally's field."""
    policy, outcomes, to_send = current_policy(), [], []
    for delivery in deliveries:
        outcome = _settled_unsent(delivery, policy)
        if outcome:
            outcomes.append(outcome)
        else:
            to_send.append(delivery)
    return outcomes + (_send(to_send, policy) if to_send else [])


def _settled_unsent(delivery: Delivery, policy: Policy) -> str:
    """Settle a row that is not to be sent any more; "" when it is."""
    subject = subject_of(delivery)
    if (delivery.step > 1 or delivery.batch) and subject.is_held(clock.now(), policy):
        _settle(delivery, DeliveryState.NOT_NEEDED)
        return "not_needed"
    if not audience_of(subject).admits(delivery.contact):
        _settle(delivery, DeliveryState.NOT_NEEDED)  # the case was kept from the school since
        return "not_needed"
    if not delivery.contact.is_active or (delivery.channel and not delivery.channel.is_active):
        return _fail(delivery, "the contact was taken out of the district file before the alert was sent")
    if delivery.attempts > policy.give_up_after_attempts:
        return _fail(delivery, "the worker ended in the middle of every try; its log says why")
    return ""


def _send(deliveries: list[Delivery], policy: Policy) -> list[str]:
    try:
        receipt = _handed_over(deliveries, compose(deliveries))
    except TransportError as error:
        if error.permanent:
            _mark_broken(deliveries[0], error.message)
        return [_fail_or_postpone(delivery, error, policy) for delivery in deliveries]
    except Exception as error:  # noqa: BLE001 - one row that cannot be sent must not hold up the others
        unexpected = TransportError(f"unexpected: {type(error).__name__}: {error}", permanent=False)
        return [_fail_or_postpone(delivery, unexpected, policy) for delivery in deliveries]
    if receipt is None:
        return []  # another worker has it by now
    done = {"sent_at": clock.now(), "last_error": "", "receipt": receipt, "provider_id": receipt}
    for delivery in deliveries:
        # That no doubt is left is written with the outcome, not before: a worker may die in between.
        _settle(delivery, DeliveryState.SENT, **done, in_doubt_since=delivery.in_doubt_since)
    _mark_whole(deliveries[0])
    return ["sent"] * len(deliveries)


def _handed_over(deliveries: list[Delivery], message: AlertMessage) -> str | None:
    """The provider's id of the message, "" where it gives none, handed over now or in a try that nobody saw end.

    None when a lease ran out. Raises `TransportError`, and whatever a transport did not expect.
    """
    kind = deliveries[0].kind
    if kind not in doubt.BY_TWILIO:
        return send_by(kind, message)[:80]
    known = doubt.sent_before(deliveries, message)
    if known:
        for delivery in deliveries:
            delivery.in_doubt_since = None
        return known
    now = clock.now()
    if not all(outbox.put_in_doubt(_pending(), row.pk, row.lease_owner, now) for row in deliveries):
        return None
    try:
        return send_by(kind, message)[:80]
    except TransportError as error:
        if not error.in_doubt:
            for row in deliveries:
                outbox.take_doubt_back(_pending(), row.pk, row.lease_owner, row.in_doubt_since)
        raise


def mark_broken(way: Channel | Contact, reason: str) -> None:
    """Note that nothing reaches a contact this way; the first time is kept."""
    rows = _row_of(way)
    rows.filter(broken_since=None).update(broken_since=clock.now())
    rows.update(broken_reason=reason[:REASON_CHARACTERS])


def _row_of(way: Channel | Contact) -> "QuerySet[Channel] | QuerySet[Contact]":
    return Channel.objects.filter(pk=way.pk) if isinstance(way, Channel) else Contact.objects.filter(pk=way.pk)


def _mark_broken(delivery: Delivery, reason: str) -> None:
    mark_broken(delivery.channel or delivery.contact, reason)


def _mark_whole(delivery: Delivery) -> None:
    way = delivery.channel or delivery.contact
    if isinstance(way, Contact) and way.bounced_at is not None:
        return  # the server took the mails that came back, too
    if way.broken_since is not None:
        _row_of(way).update(broken_since=None, broken_reason="")


def _fail_or_postpone(delivery: Delivery, error: TransportError, policy: Policy) -> str:
    if error.permanent or delivery.attempts >= policy.give_up_after_attempts:
        return _fail(delivery, error.message)
    wait = outbox.wait_after(delivery.attempts)
    _settle(delivery, DeliveryState.PENDING, not_before=clock.now() + wait, last_error=error.message)
    logger.warning("delivery %d waits %s for another try; its row says why", delivery.pk, wait)
    return "postponed"


def _fail(delivery: Delivery, reason: str) -> str:
    """Give the delivery up where people see it: in its row, on the audit chain and in the log."""
    with transaction.atomic():
        if _settle(delivery, DeliveryState.FAILED, last_error=reason):
            record_failure(delivery)
    logger.error("delivery %d of %s failed; its row says why", delivery.pk, delivery.subject_id)
    return "failed"


def record_failure(delivery: Delivery) -> None:
    """Put a delivery that failed for good on the audit chain."""
    record(
        Tag.ALERT_FAILED,
        actor="worker",
        site_code=delivery.site.code,
        subject=delivery.subject_id,
        delivery=delivery.pk,
        contact=delivery.contact_id,
        step=delivery.step,
        attempts=delivery.attempts,
    )


def _settle(delivery: Delivery, state: DeliveryState, **values: object) -> bool:
    """Write the outcome and give the lease back; False when the lease ran out and another worker has the row."""
    if outbox.settle(_pending(), delivery.pk, delivery.lease_owner, state=state, **values):
        return True
    logger.warning("delivery %d was taken over by another worker before it was recorded", delivery.pk)
    return False
