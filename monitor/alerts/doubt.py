"""Texts and calls of which nobody knows whether Twilio took them over: the worker died, or no answer came.

Twilio has no key that makes a request count once. So the row says *before* the request that it is in doubt, and whoever
takes the row up again asks Twilio first what it sent to this number since. A text is known by its words, a call by its
time; one that another row stands for is not taken for this one. Where it stays unclear, the alert is sent again.
"""

from collections.abc import Sequence
from functools import partial

from monitor.alerts.compose import compose
from monitor.alerts.models import Delivery
from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.alerts.transports.sms.transport import words_of
from monitor.domain.channel import ChannelKind
from monitor.intake import outbox
from monitor.lib import twilio as twilios
from monitor.lib.http import NotReached

BY_TWILIO = frozenset({ChannelKind.SMS, ChannelKind.VOICE})


def sent_before(deliveries: Sequence[Delivery], message: AlertMessage) -> str:
    """Twilio's id of what `deliveries` already sent in a try that nobody saw end; "" when nothing shows that they did.

    Raises `TransportError` when Twilio cannot be reached: then nothing could be sent either.
    """
    first = deliveries[0]
    if first.in_doubt_since is None or first.kind not in BY_TWILIO:
        return ""
    doubt = twilios.Doubt(
        what=f"delivery {first.pk}",
        number=message.to,
        words=None if first.kind is ChannelKind.VOICE else words_of(message),
        since=first.in_doubt_since,
        known=_of_other_rows,
        rivals=partial(_rivals, deliveries, message),
    )
    try:
        return twilios.sent_before(twilio(), doubt)
    except NotReached as error:
        raise as_transport_error(error) from None


def _of_other_rows(ids: Sequence[str]) -> set[str]:
    rows = Delivery.objects.exclude(provider_id="").filter(provider_id__in=ids)
    return set(rows.values_list("provider_id", flat=True))


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
