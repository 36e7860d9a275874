"""Alerts as telephone calls, by Twilio: a voice says three times that a school needs somebody. No link, no details."""

from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.lib.http import AddressRefused, NoAnswer
from monitor.lib.twilio import TwilioError

NEXT_WORDS = "Please sign in to Heed. The link is in your mail."


def send(message: AlertMessage) -> str:
    """Have Twilio call; its id of the call. Raises `TransportError`."""
    try:
        return twilio().call(message.to, f"{message.short} {NEXT_WORDS}")
    except (TwilioError, AddressRefused, NoAnswer) as error:
        raise as_transport_error(error) from None
