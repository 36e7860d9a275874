"""Alerts as text messages, by Twilio."""

from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.lib.http import AddressRefused, NoAnswer
from monitor.lib.twilio import TwilioError


def send(message: AlertMessage) -> str:
    """Hand `message` to Twilio; its id. Raises `TransportError`."""
    try:
        return twilio().send_text(message.to, words_of(message))
    except (TwilioError, AddressRefused, NoAnswer) as error:
        raise as_transport_error(error) from None


def words_of(message: AlertMessage) -> str:
    """What the text says; the same on every try, so that Twilio's list tells whether it went out."""
    return f"{message.short} {message.link}"
