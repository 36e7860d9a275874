"""What the head of a message says: who sent it to whom, and whether Google keeps its text back."""

import re
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses
from itertools import islice

from monitor.extract.wire import PARSER_FAILURES, header_text, media_type_of, parse_message, payload_bytes

LOCKER = "x-gm-locker"  # the header that Gmail gives to messages in confidential mode
LOCKED_LINK = b"https://confidential-mail.google.com/msg/"
MOST_ADDRESSES = 2_000
MOST_PARTS = 50
MOST_HEAD = 300_000  # bytes of headers that are looked at
MOST_PARSED = 300_000  # bytes of a message whose parts are looked at; such copies have a few thousand
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}")


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Addresses in lower case. `recipients` are those of To, Cc and Bcc."""

    sender: str
    recipients: tuple[str, ...]
    is_confidential: bool


def mail_facts(raw: bytes) -> MailFacts:
    """The facts of one message; of one that cannot be parsed nothing is known. Never raises but for want of memory.

    This runs outside the caged reader, so it looks at little: the first headers, and the parts of small messages.
    """
    message = _parsed(_HEAD_END.split(raw[:MOST_HEAD], maxsplit=1)[0] + b"\n\n")
    if message is None:
        return MailFacts("", (), is_confidential=False)
    senders = _addresses(message, "from")
    recipients = [address for name in ("to", "cc", "bcc") for address in _addresses(message, name)]
    return MailFacts(
        sender=senders[0] if senders else "",
        recipients=tuple(dict.fromkeys(recipients[:MOST_ADDRESSES])),
        is_confidential=LOCKER in message or _links_to_locked_text(raw),
    )


def _parsed(raw: bytes) -> Message | None:
    try:
        return parse_message(raw)
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over, `extract_mail` has its word for
        return None


def _addresses(message: Message, name: str) -> list[str]:
    text = header_text(message, name)
    try:
        found = [address for _, address in getaddresses([text])]
    except (RecursionError, *PARSER_FAILURES):  # a thousand open brackets
        found = _ADDRESS.findall(text)
    return [address.lower() for address in found if "@" in address]


def _links_to_locked_text(raw: bytes) -> bool:
    """Outside Gmail, and in copies made by a group, only the link to the locked text is left, in a small message."""
    if LOCKED_LINK in raw:
        return True
    message = _parsed(raw) if len(raw) <= MOST_PARSED else None
    if message is None:
        return False
    try:
        texts = (part for part in islice(message.walk(), MOST_PARTS) if media_type_of(part).startswith("text/"))
        return any(LOCKED_LINK in payload_bytes(part) for part in texts)
    except PARSER_FAILURES:  # a thousand parts inside each other
        return False
