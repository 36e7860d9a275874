"""Puts a very large message together again from the parts that can hold text; the rest is named, not fetched."""

import base64
from dataclasses import dataclass, field
from email.message import Message

from monitor.extract.pictures import PICTURE_TYPES
from monitor.google.errors import NotFound, TooLarge
from monitor.google.gmail import Gmail, MessagePart, MessageTree

PART_BYTES = 25 * 1024 * 1024
ALL_BYTES = 34 * 1024 * 1024  # a third more as it is put into the message, which must stay below what is read
MOST_FETCHED = 50
NOT_TEXT = ("image/", "video/", "audio/", "font/")
PICTURE_BYTES = 15 * 1024 * 1024
LEAST_PICTURE = 4 * 1024  # what is smaller is an icon or a line of a signature
KEPT_HEADERS = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to", "references", "x-gm-locker"}


@dataclass(slots=True)
class Gathered:
    """`raw` is a message again; `note` says what of it was not fetched and why."""

    raw: bytes = b""
    left: dict[str, int] = field(default_factory=dict)
    pictures: list[tuple[MessagePart, Message]] = field(default_factory=list)
    fetched: int = 0
    bytes_fetched: int = 0

    @property
    def note(self) -> str:
        """What was not fetched, or empty."""
        return "; ".join(f"{count} attachments not read: {why}" for why, count in self.left.items())

    def leave(self, why: str) -> None:
        """One part was not fetched."""
        self.left[why] = self.left.get(why, 0) + 1


def gather_parts(gmail: Gmail, tree: MessageTree, most_pictures: int = 0) -> Gathered:
    """Fetch each readable part of `tree` once, within the limits. Raises the errors of one call but NotFound.

    `most_pictures`: so many pictures are fetched after all else, the largest last, for the words in them; 0 where
    nobody would read them.
    """
    gathered = Gathered()
    message = _built(gmail, tree.message_id, tree.root, gathered)
    _add_pictures(gmail, tree.message_id, gathered, most_pictures)
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
    is_picture = part.data is None and bool(part.attachment_id and part.size) and part.media_type in PICTURE_TYPES
    if is_picture:
        gathered.pictures.append((part, message))
    content = part.data if part.data is not None else b"" if is_picture else _fetched(gmail, message_id, part, gathered)
    message["Content-Type"] = part.media_type
    if part.media_type.startswith("text/") and part.data is not None:
        message.set_param("charset", _charset(part))
    if part.file_name:
        message.add_header("Content-Disposition", "attachment", filename=("utf-8", "", part.file_name))
    _fill(message, content)
    return message


def _fill(message: Message, content: bytes) -> None:
    # In Base64: written as it is, a file would lose its carriage returns, and with them its sense.
    del message["Content-Transfer-Encoding"]
    message["Content-Transfer-Encoding"] = "base64"
    message.set_payload(base64.encodebytes(content).decode("ascii"))


def _add_pictures(gmail: Gmail, message_id: str, gathered: Gathered, most: int) -> None:
    """Put the pictures that are wanted into their places; words come first, so these only get what is left."""
    fetched = 0
    for part, message in sorted(gathered.pictures, key=lambda pair: pair[0].size):
        if not most or part.size < LEAST_PICTURE:
            gathered.leave("image")
        elif fetched >= most or part.size > PICTURE_BYTES:
            gathered.leave("image, too many or too large")
        else:
            content = _within(gmail, message_id, part, gathered)
            fetched += bool(content)
            _fill(message, content)


def _fetched(gmail: Gmail, message_id: str, part: MessagePart, gathered: Gathered) -> bytes:
    if not part.attachment_id or not part.size:
        return b""
    if part.media_type.startswith(NOT_TEXT):
        gathered.leave(part.media_type.partition("/")[0])
        return b""
    return _within(gmail, message_id, part, gathered)


def _within(gmail: Gmail, message_id: str, part: MessagePart, gathered: Gathered) -> bytes:
    """The part, if the limits of the whole message have room for it."""
    if part.size > PART_BYTES or gathered.bytes_fetched + part.size > ALL_BYTES or gathered.fetched >= MOST_FETCHED:
        gathered.leave("too large")
        return b""
    return _fetch(gmail, message_id, part, gathered)


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
