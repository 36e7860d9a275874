"""Reads the files that were uploaded into a conversation; those that lie in Drive are Drive's."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from monitor.domain.text import Extraction, Span, SpanKind
from monitor.extract import sandbox
from monitor.extract.recognition import can_recognize
from monitor.google.chat import Chat, ChatAttachment
from monitor.google.errors import NotFound, TooLarge
from monitor.intake.readings import LIMITS, refusal
from monitor.intake.text_memory import hash_of

MOST_FILES = 20  # of one message
KEPT_KINDS = {SpanKind.HIDDEN, SpanKind.IMAGE_TEXT, SpanKind.COMMENT}


@dataclass(slots=True)
class ReadFiles:
    """The text of a message's files, what could not be read of them, and by what they are known again."""

    spans: list[Span] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    hashes: frozenset[bytes] = frozenset()


def read_attachments(chat: Chat, attachments: Iterable[ChatAttachment], known: frozenset[bytes]) -> ReadFiles:
    """The text of those not in `known`. One request each. Raises the errors of one call but NotFound and TooLarge."""
    read = ReadFiles()
    for number, attachment in enumerate(attachments):
        mark = hash_of(f"attachment {attachment.resource_name}")
        if mark in known:
            continue
        if number >= MOST_FILES:
            read.notes.append(f"only the first {MOST_FILES} attachments were read")
            break
        read.hashes |= {mark}
        _read(chat, attachment, read)
    return read


def _read(chat: Chat, attachment: ChatAttachment, read: ReadFiles) -> None:
    if attachment.file_name.strip():
        read.spans.append(Span(SpanKind.ATTACHMENT, attachment.file_name, "name of an attachment"))
    kind = attachment.media_type.partition("/")[0]
    if kind in {"video", "audio"} or (kind == "image" and not can_recognize(LIMITS)):
        read.notes.append(f"1 attachment not read: {kind}")
        return
    try:
        data = chat.download(attachment.resource_name, LIMITS.max_bytes)
    except TooLarge:
        read.notes.append("1 attachment not read: too large")
        return
    except NotFound:
        read.notes.append("1 attachment not read: removed before it was read")
        return
    _take(sandbox.extract(data, name=attachment.file_name, media_type=attachment.media_type, limits=LIMITS), read)


def _take(body: Extraction, read: ReadFiles) -> None:
    reason = refusal(body) or body.detail
    if reason:
        read.notes.append(f"attachment: {reason}")
    for span in body.spans:
        kind = span.kind if span.kind in KEPT_KINDS else SpanKind.ATTACHMENT
        read.spans.append(replace(span, kind=kind, part=span.part or "attachment"))
