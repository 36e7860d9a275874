"""What the transports over HTTP have in common: the door, and what an answer or its absence means."""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings

from monitor.alerts.transports.errors import TransportError
from monitor.lib.http import AddressRefused, Answer, Door, NoAnswer, NotReached
from monitor.lib.twilio import TwilioAccount, TwilioError

GONE = frozenset({404, 410})  # the room or the hook was removed


def door() -> Door:
    """The door for addresses that people typed in."""
    return Door(internal_hosts=settings.HEED_INTERNAL_HOSTS, seconds=20, max_bytes=100_000)


def post(name: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send `body` to the place called `name`. Raises `TransportError` for everything but a 2xx answer."""
    try:
        answer = door().post(url, body, headers=headers)
    except AddressRefused as error:
        message = f"{name}: the address {error}"
        raise TransportError(message, permanent=True) from None
    except NoAnswer as error:
        message = f"{name}: {error}"
        raise TransportError(message, permanent=False) from None
    if not answer.is_ok:
        message = f"{name} answered {answer.status}"
        raise TransportError(message, permanent=answer.status in GONE)
    return answer


def as_transport_error(error: TwilioError | AddressRefused | NoAnswer) -> TransportError:
    """What a failed call to Twilio means."""
    if isinstance(error, TwilioError):
        return TransportError(str(error), permanent=error.is_final)
    words = f"Twilio: {error}"
    is_unsure = isinstance(error, NoAnswer) and not isinstance(error, NotReached)
    return TransportError(words, permanent=False, in_doubt=is_unsure)


def twilio() -> TwilioAccount:
    """The account of the settings. Raises `TransportError` where none is set."""
    if not (settings.HEED_TWILIO_ACCOUNT and settings.HEED_TWILIO_TOKEN and settings.HEED_TWILIO_FROM):
        message = "Twilio is not set up: HEED_TWILIO_ACCOUNT, HEED_TWILIO_TOKEN and HEED_TWILIO_FROM must be set"
        raise TransportError(message, permanent=False)
    return TwilioAccount.at(
        settings.HEED_TWILIO_ENDPOINT,
        settings.HEED_TWILIO_ACCOUNT,
        settings.HEED_TWILIO_TOKEN,
        sender=settings.HEED_TWILIO_FROM,
        door=replace(door(), max_bytes=1_000_000),  # it lists what it sent
    )
