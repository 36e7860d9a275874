"""Alerts to a webhook of the district's own, signed so that the receiver can tell who sent it and when.

`Heed-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of "SECONDS.BODY" under HEED_WEBHOOK_SECRET. A receiver
recomputes it, compares in constant time, and refuses what is older than some minutes. All attempts carry one `id`.
"""

import json

from django.conf import settings

from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import post
from monitor.lib import clock
from monitor.lib.signed import heed_signature


def send(message: AlertMessage) -> str:
    """Post `message`, signed. Raises `TransportError`."""
    if not settings.HEED_WEBHOOK_SECRET:
        raise TransportError("HEED_WEBHOOK_SECRET is not set, so nothing can be signed", permanent=False)
    body = json.dumps(
        {
            "id": message.message_id.strip("<>"),
            "event": message.event,
            "site": message.site_code,
            "severity": message.severity.value,
            "text": message.short,
            "link": message.link,
        },
        sort_keys=True,
    ).encode()
    seconds = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "Heed-Signature": heed_signature(body, seconds, settings.HEED_WEBHOOK_SECRET),
    }
    post("the webhook", message.to, body, headers)
    return ""
