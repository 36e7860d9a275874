"""Which transport carries which kind of channel."""

from typing import Protocol

from monitor.alerts.transports.apprise import transport as apprise
from monitor.alerts.transports.email import transport as email
from monitor.alerts.transports.google_chat import transport as google_chat
from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.slack import transport as slack
from monitor.alerts.transports.sms import transport as sms
from monitor.alerts.transports.teams import transport as teams
from monitor.alerts.transports.voice import transport as voice
from monitor.alerts.transports.webhook import transport as webhook
from monitor.domain.channel import ChannelKind


class Transport(Protocol):
    """What each `transport.py` is."""

    def send(self, message: AlertMessage) -> str:
        """Hand a message over; the provider's id of it, "" where there is none. Raises `TransportError`."""


TRANSPORTS: dict[ChannelKind, Transport] = {
    ChannelKind.EMAIL: email,
    ChannelKind.SMS: sms,
    ChannelKind.VOICE: voice,
    ChannelKind.GOOGLE_CHAT: google_chat,
    ChannelKind.SLACK: slack,
    ChannelKind.TEAMS: teams,
    ChannelKind.WEBHOOK: webhook,
    ChannelKind.APPRISE: apprise,
}


def send_by(kind: ChannelKind, message: AlertMessage) -> str:
    """Send `message` the way `kind`; the provider's id of it, "" where there is none. Raises `TransportError`."""
    return TRANSPORTS[kind].send(message)
