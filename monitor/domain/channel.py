"""The ways in which a contact is told, and what an address of each must look like."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from monitor.domain.severity import Severity

SEVERAL = re.compile(r"[\s,;]+[a-z0-9+.-]+://", re.IGNORECASE)
PHONE = re.compile(r"\+[1-9][0-9]{7,14}")


class ChannelKind(StrEnum):
    """A way to tell a contact; also the key in a district file. Every contact has e-mail."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    GOOGLE_CHAT = "google_chat"
    SLACK = "slack"
    TEAMS = "teams"
    WEBHOOK = "webhook"
    APPRISE = "apprise"

    @property
    def usual_floor(self) -> Severity:
        """The mildest severity that this channel carries unless the district says otherwise."""
        return FLOORS.get(self, Severity.LOW)

    @property
    def is_secret(self) -> bool:
        """Whether whoever knows the address can write to it."""
        return self in {*CHAT_HOSTS, ChannelKind.WEBHOOK, ChannelKind.APPRISE}


FLOORS = {ChannelKind.SMS: Severity.SEVERE, ChannelKind.VOICE: Severity.IMMINENT}
CHAT_HOSTS = {
    ChannelKind.GOOGLE_CHAT: ("chat.googleapis.com",),
    ChannelKind.SLACK: ("hooks.slack.com", "hooks.slack-gov.com"),
    ChannelKind.TEAMS: ("logic.azure.com", "api.powerplatform.com", "webhook.office.com"),
}


def address_problem(kind: ChannelKind, address: str) -> str:
    """What is wrong with an address of `kind`, as the end of a sentence; "" when nothing is."""
    if kind in {ChannelKind.SMS, ChannelKind.VOICE}:
        is_number = PHONE.fullmatch(address)
        return "" if is_number else "is not a phone number in international form, such as +15055550123"
    if kind is ChannelKind.APPRISE:
        if SEVERAL.search(address):  # when one of them fails, all would be told again
            return "holds more than one Apprise address"
        return "" if re.match(r"[a-z0-9+.-]+://", address) else "is not an Apprise address such as pover://…"
    if kind is ChannelKind.EMAIL:
        return "" if re.fullmatch(r"[^@\s]+@[^@\s]+", address) else "is not an e-mail address"
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if not address.startswith(("https://", "http://")) or not host:
        return "is not an address that begins with https://"
    return ""
