"""Puts a very large message together again from the parts that can hold text; the rest is named, not fetched."""

from dataclasses import dataclass, field
from email.message import Message

from monitor.google.errors import NotFound, TooLarge
from monitor.google.gmail import Gmail, MessagePart, MessageTree

PART_BYTES = 25 * 1024 * 1024
ALL_BYTES = 60 * 1024 * 1024
MOST_FETCHED = 50
NOT_TEXT = ("image/", "video/", "audio/", "font/")
KEPT_HEADERS = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to", "references", "x-gm-locker"}


@dataclass(slots=True)
class Gathered:
    """`raw` is a message again; `note` says what of it was not fetched and why."""

    raw: bytes = b""
    left: dict[str, int] = field(default_factory=dict)
    fetched: int = 0
    bytes_fetched: int = 0

    @property
    def note(self) -> str:
        """What was not fetched, or empty."""
        return "; ".join(f"{count} attachments not read: {why}" for why, count in self.left.items())

    def leave(self, why: str) -> None:
        """One part was not fetched."""
        self.left[why] = self.left.get(why, 0) + 1


def gather_parts(gmail: Gmail, tree: MessageTree) -> Gathered:
    """Fetch each readable part of `tree` once, within the limits. Raises the errors of one call but NotFound."""
    gathered = Gathered()
    message = _built(gmail, tree.message_id, tree.root, gathered)
    for name, value in tree.root.headers:
        if name.lower() in KEPT_HEADERS and name.lower() not in message:
            message[name] = " ".join(value.split())
    gathered.raw = message.as_bytes()
    return gathered


def _built(gmail: Gmail, message_id: str, part: MessagePart, gathered: Gathered) -> Message:
    message = Message()
    if part.parts and not part.attachment_id:
        message["Content-Type"] = part.media_type
        message.set_payload([_built(gmail, message_id, child, gathered) for child in part.parts])
        return message
    content = part.data if part.data is not None else _fetched(gmail, message_id, part, gathered)
    message["Content-Type"] = part.media_type
    if part.media_type.startswith("text/") and part.data is not None:
        message.set_param("charset", _charset(part))
    if part.file_name:
        message.add_header("Content-Disposition", "attachment", filename=("utf-8", "", part.file_name))
    message["Content-Transfer-Encoding"] = "8bit"
    message.set_payload(content.decode("ascii", "surrogateescape"))
    return message


def _fetched(gmail: Gmail, message_id: str, part: MessagePart, gathered: Gathered) -> bytes:
    if not part.attachment_id or not part.size:
        return b""
    if part.media_type.startswith(NOT_TEXT):
        gathered.leave(part.media_type.partition("/")[0])
    elif part.size > PART_BYTES or gathered.bytes_fetched + part.size > ALL_BYTES or gathered.fetched >= MOST_FETCHED:
        gathered.leave("too large")
    else:
        return _fetch(gmail, message_id, part, gathered)
    return b""


def _fetch(gmail: Gmail, message_id: str, part: MessagePart, gathered: Gathered) -> bytes:
    gathered.fetched += 1
    try:
        content = gmail.attachment(message_id, part.attachment_id, PART_BYTES)
    except TooLarge:
        gathered.leave("too large")
        return b""
    except NotFound:
        gathered.leave("removed before it was read")
        return b""
    gathered.bytes_fetched += len(content)
    return content


def _charset(part: MessagePart) -> str:
    """Gmail hands text out as UTF-8; where it did not, the part's own header says what it is."""
    try:
        (part.data or b"").decode("utf-8")
    except UnicodeDecodeError:
        declared = Message()
        declared["Content-Type"] = next((value for name, value in part.headers if name.lower() == "content-type"), "")
        return str(declared.get_content_charset() or "latin-1")
    return "utf-8"
