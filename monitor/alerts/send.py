"""Sends what stands in the outbox.

A row is claimed by compare-and-set under a lease just before it is sent, and its try is counted with the claim. A
worker that dies between sending and recording leaves a row whose lease runs out: it is sent again, with the *same*
Message-ID, which mail servers and readers use to show it once. At least once with one id is the most that mail allows.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from monitor.alerts.compose import compose
from monitor.alerts.models import Delivery, DeliveryState
from monitor.alerts.transports.email import transport
from monitor.alerts.transports.errors import TransportError
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.detection.policy import current_policy
from monitor.intake.leases import free_dead
from monitor.lib import clock
from monitor.lib.owner import new_owner
from monitor.triage.models import Case, CaseState

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than all of one sending with a mail server that answers at its slowest
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=30)


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
    """Send up to `limit` deliveries whose time has come, most urgent first. `owner` names who holds the leases.

    Never raises for a message that cannot be sent: what happened stands in its row.
    """
    owner = owner or new_owner()
    release_dead_leases()
    tally = SendTally()
    waiting = _waiting(clock.now()).order_by("-case__severity_rank", "not_before", "id")
    for pk in list(waiting.values_list("pk", flat=True)[:limit]):
        delivery = _claim(pk, owner)
        if delivery is not None:
            tally = tally.with_one(_handle(delivery))
    return tally


def release_dead_leases() -> int:
    """Free the rows of processes of this machine that run no more, so that a restart need not wait; how many."""
    return free_dead(Delivery.objects.filter(state=DeliveryState.PENDING))


def _waiting(now: datetime) -> QuerySet[Delivery]:
    is_free = Q(leased_until=None) | Q(leased_until__lte=now)
    return Delivery.objects.filter(is_free, state=DeliveryState.PENDING, not_before__lte=now)


def _claim(pk: int, owner: str) -> Delivery | None:
    """Take the row for this try, or None when another worker was first."""
    now = clock.now()
    taken = _waiting(now).filter(pk=pk)
    if taken.update(lease_owner=owner, leased_until=now + LEASE, attempts=F("attempts") + 1) != 1:
        return None
    return Delivery.objects.select_related("case__site", "contact").get(pk=pk)


def _handle(delivery: Delivery) -> str:
    """Send one claimed delivery and record what came of it; the name of the tally's field."""
    if delivery.step > 1 and _somebody_acts(delivery.case):
        _settle(delivery, DeliveryState.NOT_NEEDED)
        return "not_needed"
    if not delivery.contact.is_active:
        return _fail(delivery, "the contact was taken out of the district file before the alert was sent")
    if delivery.attempts > current_policy().give_up_after_attempts:
        return _fail(delivery, "the worker ended in the middle of every try; its log says why")
    try:
        transport.send(compose(delivery))
    except TransportError as error:
        return _fail_or_postpone(delivery, error)
    except Exception as error:  # noqa: BLE001 - one row that cannot be sent must not hold up the others
        unexpected = TransportError(f"unexpected: {type(error).__name__}: {error}", permanent=False)
        return _fail_or_postpone(delivery, unexpected)
    _settle(delivery, DeliveryState.SENT, sent_at=clock.now(), last_error="")
    return "sent"


def _somebody_acts(case: Case) -> bool:
    is_held = case.claimed_until is not None and case.claimed_until > clock.now()
    return case.state == CaseState.DECIDED or (case.state == CaseState.CLAIMED and is_held)


def _fail_or_postpone(delivery: Delivery, error: TransportError) -> str:
    if error.permanent or delivery.attempts >= current_policy().give_up_after_attempts:
        return _fail(delivery, error.message)
    wait = min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
    _settle(delivery, DeliveryState.PENDING, not_before=clock.now() + wait, last_error=error.message)
    logger.warning("delivery %d waits %s for another try; its row says why", delivery.pk, wait)
    return "postponed"


def _fail(delivery: Delivery, reason: str) -> str:
    """Give the delivery up where people see it: in its row, on the audit chain and in the log."""
    with transaction.atomic():
        if _settle(delivery, DeliveryState.FAILED, last_error=reason):
            record(
                Tag.ALERT_FAILED,
                actor="worker",
                site_code=delivery.case.site.code,
                subject=delivery.case.public_id,
                delivery=delivery.pk,
                contact=delivery.contact_id,
                step=delivery.step,
                attempts=delivery.attempts,
            )
    logger.error("delivery %d of case %s failed; its row says why", delivery.pk, delivery.case.public_id)
    return "failed"


def _settle(delivery: Delivery, state: DeliveryState, **values: object) -> bool:
    """Write the outcome and give the lease back; False when the lease ran out and another worker has the row."""
    own = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, lease_owner=delivery.lease_owner)
    if own.update(state=state, lease_owner="", leased_until=None, **values) == 1:
        return True
    logger.warning("delivery %d was taken over by another worker before it was recorded", delivery.pk)
    return False
