"""Alerts through any service that the library Apprise knows, where a district has installed it.

Apprise makes its own connections: they are not bounded and guarded as those of the other transports are.
"""

import importlib

from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage


def send(message: AlertMessage) -> str:
    """Hand `message` to Apprise. Raises `TransportError`."""
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        raise TransportError("Apprise is not installed: pip install apprise", permanent=False) from None
    sender = apprise.Apprise()
    if not sender.add(message.to):
        raise TransportError("Apprise does not know this address", permanent=True)
    if not sender.notify(title=message.subject, body=f"{message.short}\n{message.link}"):
        raise TransportError("Apprise could not deliver it", permanent=False)
    return ""
