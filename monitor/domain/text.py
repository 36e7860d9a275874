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


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch of text. `part` names where it stood, e.g. `body`, `notes.txt`; empty for a title.

    `detail` says what else is known of the place, e.g. `deleted`. `language` is an ISO 639-1 code, empty where
    nothing was identified (too short, or no language at all).
    """

    kind: SpanKind
    text: str
    part: str = ""
    detail: str = ""
    language: str = ""


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
