"""What the head of a message says: who sent it to whom, and whether Google keeps its text back."""

from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

from monitor.extract.wire import header_text, parse_message, payload_bytes

LOCKER = "x-gm-locker"  # the header that Gmail gives to messages in confidential mode
LOCKED_LINK = b"https://confidential-mail.google.com/msg/"
MOST_ADDRESSES = 2_000
MOST_PARTS = 50


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Addresses in lower case. `recipients` are those of To, Cc and Bcc."""

    sender: str
    recipients: tuple[str, ...]
    is_confidential: bool


def mail_facts(raw: bytes) -> MailFacts:
    """The facts of one message; of one that cannot be parsed nothing is known."""
    try:
        message = parse_message(raw)
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over, `extract_mail` has its word for
        return MailFacts("", (), is_confidential=False)
    senders = _addresses(message, "from")
    recipients = [address for name in ("to", "cc", "bcc") for address in _addresses(message, name)]
    return MailFacts(
        sender=senders[0] if senders else "",
        recipients=tuple(dict.fromkeys(recipients[:MOST_ADDRESSES])),
        is_confidential=LOCKER in message or _links_to_locked_text(message),
    )


def _addresses(message: Message, name: str) -> list[str]:
    return [address.lower() for _, address in getaddresses([header_text(message, name)]) if "@" in address]


def _links_to_locked_text(message: Message) -> bool:
    """Outside Gmail, and in copies made by a group, only the link to the locked text is left."""
    for _, part in zip(range(MOST_PARTS), message.walk(), strict=False):
        if part.get_content_maintype() == "text" and LOCKED_LINK in payload_bytes(part):
            return True
    return False
