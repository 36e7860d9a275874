"""Asks Twilio how texts and calls ended: taken over is not delivered, and a call that nobody answers told nobody."""

import logging
from datetime import timedelta

from django.conf import settings

from monitor.alerts.models import Delivery, DeliveryState
from monitor.alerts.send import mark_broken, record_failure
from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.domain.channel import ChannelKind
from monitor.lib import clock
from monitor.lib.http import AddressRefused, NoAnswer
from monitor.lib.twilio import ENDED_BADLY, ENDED_WELL, TwilioError

logger = logging.getLogger(__name__)

ASKED_FOR = timedelta(hours=4)  # after that Twilio's answer changes nothing any more
FIRST_ASKED = timedelta(seconds=45)


def check_receipts(limit: int = 100) -> int:
    """Ask about up to `limit` texts and calls that were taken over; how many turned out to have reached nobody.

    Such a delivery counts as failed, so that the next step follows at once.
    """
    if not settings.HEED_TWILIO_ACCOUNT:
        return 0
    now = clock.now()
    waiting = Delivery.objects.filter(
        state=DeliveryState.SENT, sent_at__gt=now - ASKED_FOR, sent_at__lte=now - FIRST_ASKED,
        channel__kind__in=[ChannelKind.SMS.value, ChannelKind.VOICE.value],
    ).exclude(receipt="")  # fmt: skip
    rows = waiting.select_related("channel", "contact", "case__site", "drill__site").order_by("sent_at")
    return sum(_ask(row) for row in rows[:limit])


def _ask(delivery: Delivery) -> bool:
    try:
        status = twilio().status(delivery.receipt)
    except (TransportError, TwilioError, NoAnswer, AddressRefused) as error:
        problem = error if isinstance(error, TransportError) else as_transport_error(error)
        logger.warning("the receipt of delivery %d cannot be looked up: %s", delivery.pk, problem.message)
        return False
    own = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.SENT)
    if status in ENDED_WELL:
        own.update(receipt="")
        return False
    if status not in ENDED_BADLY:
        return False
    if own.update(state=DeliveryState.FAILED, receipt="", last_error=f"it ended: {status}") != 1:
        return False
    record_failure(delivery)
    if status in {"undelivered", "failed"} and delivery.channel:
        mark_broken(delivery.channel, f"the last message ended: {status}")
    return True
