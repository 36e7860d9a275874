"""Text as it comes out of a message or a file: spans with their role, and how the reading went."""

from dataclasses import dataclass
from enum import StrEnum


class SpanKind(StrEnum):
    """Which part of an item a stretch of text is; the role decides how its score counts."""

    NEW = "new"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    ATTACHMENT = "attachment"
    TITLE = "title"
    COMMENT = "comment"
    HIDDEN = "hidden"
    IMAGE_TEXT = "image_text"


class ExtractStatus(StrEnum):
    """How reading one message or file went."""

    OK = "ok"
    EMPTY = "empty"
    UNSUPPORTED = "unsupported"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    BROKEN = "broken"
    TIMEOUT = "timeout"


class Speaker(StrEnum):
    """Who says a line of a conversation, seen from the account that it is read for."""

    SELF = "self"
    STUDENT = "student"
    DISTRICT = "district"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Turn:
    """The characters `start:end` of a conversation's text, said by one person in one message.

    `is_new` for the message that is scored; `is_own` for every message of whoever sent that one.
    """

    start: int
    end: int
    speaker: Speaker
    is_new: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of text. `part` names where it stood, e.g. `body`, `notes.txt`; empty for a title.

    `detail` says what else is known of the place, e.g. `deleted`. `language` is an ISO 639-1 code, empty where
    nothing was identified (too short, or no language at all). `turns` say who speaks where in a
    window of a conversation.
    """

    kind: SpanKind
    text: str
    part: str = ""
    detail: str = ""
    language: str = ""
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything read from one message or file.

    `spans` keep the order of the original and together hold all of its text. `detail` says in words what was
    not read and why (an unsupported attachment, a cut at the size limit); empty when all was read.
    """

    status: ExtractStatus
    media_type: str
    spans: tuple[Span, ...] = ()
    detail: str = ""
