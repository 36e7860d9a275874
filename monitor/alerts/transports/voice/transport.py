"""Alerts as telephone calls, by Twilio: a voice says three times that a school needs somebody. No link, no details."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import as_transport_error, twilio
from monitor.lib.http import AddressRefused, NoAnswer
from monitor.lib.twilio import TwilioError

NEXT_WORDS = _("Please sign in to Heed. The link is in your mail.")

VOICES = {"es": "es-US"}  # without one Twilio reads aloud as if it were English


def send(message: AlertMessage) -> str:
    """Have Twilio call; its id of the call. Raises `TransportError`."""
    try:
        with translation.override(message.language):
            spoken = f"{message.short} {NEXT_WORDS}"
        return twilio().call(message.to, spoken, language=VOICES.get(message.language, ""))
    except (TwilioError, AddressRefused, NoAnswer) as error:
        raise as_transport_error(error) from None
