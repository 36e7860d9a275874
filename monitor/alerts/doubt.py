"""Texts and calls of which nobody knows whether Twilio took them over: the worker died, or no answer came.

Twilio has no key that makes a request count once. So the row says *before* the request that it is in doubt, and whoever
takes the row up again asks Twilio first what it sent to this number since. A text is known by its words, a call by its
time; one that another row stands for is not taken for this one. Where it stays unclear, the alert is sent again.
"""

import logging
from collections.abc import Sequence

from monitor.alerts.compose import compose
from monitor.alerts.models import Delivery
from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.alerts.transports.sms.transport import words_of
from monitor.domain.channel import ChannelKind
from monitor.intake import outbox
from monitor.lib.http import AddressRefused, NoAnswer, NotReached
from monitor.lib.twilio import Taken, TwilioError, taken_of

logger = logging.getLogger(__name__)

BY_TWILIO = frozenset({ChannelKind.SMS, ChannelKind.VOICE})


def sent_before(deliveries: Sequence[Delivery], message: AlertMessage) -> str:
    """Twilio's id of what `deliveries` already sent in a try that nobody saw end; "" when nothing shows that they did.

    Raises `TransportError` when Twilio cannot be reached: then nothing could be sent either.
    """
    first = deliveries[0]
    if first.in_doubt_since is None or first.kind not in BY_TWILIO:
        return ""
    try:
        found = _found(first.kind, message)
    except NotReached as error:
        raise as_transport_error(error) from None
    except (TwilioError, NoAnswer, AddressRefused) as error:
        logger.warning("Twilio does not say whether delivery %d went out (%s): it is sent again", first.pk, error)
        return ""
    others = Delivery.objects.exclude(provider_id="").filter(provider_id__in=[row.sid for row in found])
    known = set(others.values_list("provider_id", flat=True))
    sid = taken_of(found, since=first.in_doubt_since, known=known, rivals=_rivals(deliveries, message))
    logger.warning("delivery %d was in doubt: Twilio %s", first.pk, "has it" if sid else "has nothing that must be it")
    return sid


def _found(kind: ChannelKind, message: AlertMessage) -> list[Taken]:
    account = twilio()
    if kind is ChannelKind.VOICE:
        return account.calls_to(message.to)
    # A trial account puts words of its own before ours.
    return [row for row in account.texts_to(message.to) if row.body.endswith(words_of(message))]


def _rivals(deliveries: Sequence[Delivery], message: AlertMessage) -> int:
    """How many other messages in doubt may be what Twilio has: the same way, number and, of texts, words."""
    first = deliveries[0]
    assert first.in_doubt_since is not None  # noqa: S101 - the caller looked
    rows = Delivery.objects.filter(
        channel__kind=first.kind.value, in_doubt_since__gte=first.in_doubt_since - outbox.REMEMBERED
    ).exclude(pk__in=[row.pk for row in deliveries])
    rows = rows.select_related("case__site", "drill__site", "contact", "channel")
    same = [row for row in rows if row.channel is not None and row.channel.address == message.to]
    if first.kind is ChannelKind.SMS:
        same = [row for row in same if bool(row.batch) == bool(first.batch)]
        same = [row for row in same if row.batch or words_of(compose([row])) == words_of(message)]
    return len({row.batch or row.pk for row in same})
