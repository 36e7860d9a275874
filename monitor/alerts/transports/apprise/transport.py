"""Alerts through any service that the library Apprise knows, where a district has installed it.

Apprise makes its own connections: they are not guarded as those of the other transports are, and only as bounded as
Apprise makes them (four seconds to connect and to read).
"""

import importlib

from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage
from monitor.domain.channel import ChannelKind, address_problem


def send(message: AlertMessage) -> str:
    """Hand `message` to Apprise. Raises `TransportError`."""
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        raise TransportError("Apprise is not installed: pip install apprise", permanent=False) from None
    problem = address_problem(ChannelKind.APPRISE, message.to)
    if problem:
        reason = f"the address {problem}"
        raise TransportError(reason, permanent=True)
    sender = apprise.Apprise()
    if not sender.add(message.to):
        raise TransportError("Apprise does not know this address", permanent=True)
    if not sender.notify(title=message.subject, body=f"{message.short}\n{message.link}", body_format="text"):
        raise TransportError("Apprise could not deliver it", permanent=False)
    return ""
