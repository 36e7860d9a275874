"""One mailbox: where it stands, what was added since, one message as it was sent."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError, TransientError
from monitor.google.wire import DEFAULT_MAX_BYTES

_PAGE_SIZE = 500  # Gmail's largest page for messages and history records
_MOST_LIST_PAGES = 4_000  # two million messages in one mailbox
_DEEPEST = 40  # parts within parts; what lies deeper is left out


@dataclass(frozen=True, slots=True)
class MailboxProfile:
    """`history_id` is the baseline: history.list from it gives what arrives from now on."""

    address: str
    history_id: str
    messages_total: int


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that exists. `label_ids` is empty where the listing does not say (`list_pages`)."""

    message_id: str
    thread_id: str
    label_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of what was added, and of what left a label such as SPAM (with the labels that it lost).

    `last_record_id` is the newest history record on this page: once its messages are safe it may become the cursor.
    `mailbox_history_id` may become the cursor only after the page with `is_last`.
    """

    added: tuple[MessageRef, ...]
    last_record_id: str | None
    mailbox_history_id: str
    is_last: bool
    unlabelled: tuple[tuple[MessageRef, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One part of a message. `data` is there for short text; else `attachment_id` fetches it. `size` in bytes."""

    media_type: str
    file_name: str
    headers: tuple[tuple[str, str], ...]
    size: int
    data: bytes | None
    attachment_id: str
    parts: tuple["MessagePart", ...]


@dataclass(frozen=True, slots=True)
class MessageTree:
    """A message as a tree of parts, without its attachments."""

    message_id: str
    label_ids: tuple[str, ...]
    internal_at: datetime
    root: MessagePart


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as RFC 822 bytes. `internal_at` is when Gmail took it in, not what its Date header claims."""

    message_id: str
    thread_id: str
    label_ids: tuple[str, ...]
    internal_at: datetime
    raw: bytes


class Gmail:
    """The mailbox of one subject, read only. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def watch(self, topic: str) -> datetime:
        """Let Gmail tell a Pub/Sub topic of this mailbox's changes; until when (seven days). 100 units."""
        answer = self._caller.read("gmail.users.watch", userId="me", body={"topicName": topic})
        return fields.instant_of_milliseconds(answer, "expiration")

    def profile(self) -> MailboxProfile:
        """Address, current history id and size. 1 unit.

        An endpoint that is not Google's may not know the method (404 without Google's error): the history itself tells
        the id then, for 2 units, and the rest stays empty.
        """
        try:
            answer = self._caller.read(
                "gmail.users.getProfile", userId="me", fields="emailAddress,historyId,messagesTotal"
            )
        except TransientError as error:
            if not error.is_method_unknown:
                raise
            answer = self._caller.read(
                "gmail.users.history.list", userId="me", startHistoryId="1", maxResults=1, fields="historyId"
            )
        return MailboxProfile(
            address=fields.text(answer, "emailAddress") if "emailAddress" in answer else "",
            history_id=fields.text(answer, "historyId"),
            messages_total=fields.number(answer, "messagesTotal") if "messagesTotal" in answer else 0,
        )

    def history_pages(self, start_history_id: str, max_pages: int) -> Iterator[HistoryPage]:
        """What was added since `start_history_id`, oldest first, at most `max_pages` pages. 2 units a page.

        Raises CursorExpired when the id is too old: Google keeps a week as a rule, hours at worst.
        """
        pages = self._caller.pages(
            "gmail.users.history.list",
            max_pages=max_pages,
            userId="me",
            startHistoryId=start_history_id,
            historyTypes=["messageAdded", "labelRemoved"],
            maxResults=_PAGE_SIZE,
            fields="history(id,messagesAdded(message(id,threadId,labelIds)),"
            "labelsRemoved(message(id,threadId,labelIds),labelIds)),historyId,nextPageToken",
        )
        return (_history_page(page) for page in pages)

    def list_pages(self, after: datetime | None, before: datetime | None) -> Iterator[tuple[MessageRef, ...]]:
        """Every message taken in between two instants (either may be open), spam and bin included, newest first.

        Gmail searches in whole seconds; the span is widened to them, so check `internal_at` afterwards. 5 units a page.
        """
        pages = self._caller.pages(
            "gmail.users.messages.list",
            max_pages=_MOST_LIST_PAGES,
            userId="me",
            q=_between(after, before) or None,
            includeSpamTrash=True,
            maxResults=_PAGE_SIZE,
            fields="messages(id,threadId),nextPageToken,resultSizeEstimate",
        )
        for number, page in enumerate(pages, start=1):
            yield tuple(_message_ref(entry) for entry in fields.entries(page, "messages"))
            if number == _MOST_LIST_PAGES and page.get("nextPageToken"):
                raise PermanentError("more messages than can be listed; narrow the dates", reason="listTooLong")

    def count(self, after: datetime, before: datetime, max_pages: int) -> int:
        """About how many messages were taken in between two instants. 5 units a page, at most `max_pages`.

        Exact up to 500 messages a page; beyond the last page Google's own estimate, where that is larger.
        """
        counted, estimate = 0, 0
        for page in self._caller.pages(
            "gmail.users.messages.list",
            max_pages=max_pages,
            userId="me",
            q=_between(after, before),
            includeSpamTrash=True,
            maxResults=_PAGE_SIZE,
            fields="messages(id),resultSizeEstimate,nextPageToken",
        ):
            counted += len(fields.entries(page, "messages"))
            is_cut = bool(page.get("nextPageToken"))
            estimate = fields.number(page, "resultSizeEstimate") if is_cut and "resultSizeEstimate" in page else 0
        return max(counted, estimate)

    def fetch(self, message_id: str, max_bytes: int = DEFAULT_MAX_BYTES) -> RawMessage:
        """The whole message. 20 units.

        Raises NotFound when it is gone, TooLarge when the answer is above `max_bytes` (it is not read to the end),
        PermanentError when it cannot be decoded.
        """
        answer = self._get(message_id, "raw", "id,threadId,labelIds,internalDate,raw", max_bytes)
        return RawMessage(
            message_id=fields.text(answer, "id"),
            thread_id=fields.text(answer, "threadId"),
            label_ids=fields.texts(answer, "labelIds"),
            internal_at=fields.instant_of_milliseconds(answer, "internalDate"),
            raw=fields.base64url(answer, "raw"),
        )

    def tree(self, message_id: str, max_bytes: int = DEFAULT_MAX_BYTES) -> MessageTree:
        """The message without its attachments. 20 units. Raises as `fetch`."""
        answer = self._get(message_id, "full", "id,labelIds,internalDate,payload", max_bytes)
        payload = answer.get("payload")
        return MessageTree(
            message_id=fields.text(answer, "id"),
            label_ids=fields.texts(answer, "labelIds"),
            internal_at=fields.instant_of_milliseconds(answer, "internalDate"),
            root=_part(payload if isinstance(payload, dict) else {}, 0),
        )

    def attachment(self, message_id: str, attachment_id: str, max_bytes: int) -> bytes:
        """One attachment's bytes. 20 units. Raises NotFound, TooLarge above about `max_bytes`."""
        answer = self._caller.read(
            "gmail.users.messages.attachments.get",
            target=message_id,
            max_bytes=max_bytes * 4 // 3 + 1_024,  # base64 in JSON
            userId="me",
            messageId=message_id,
            id=attachment_id,
            fields="data",
        )
        return fields.base64url(answer, "data")

    def label_names(self) -> dict[str, str]:
        """Every label's name by its id. 1 unit."""
        answer = self._caller.read("gmail.users.labels.list", userId="me", fields="labels(id,name)")
        return {fields.text(entry, "id"): str(entry.get("name") or "") for entry in fields.entries(answer, "labels")}

    def _get(self, message_id: str, layout: str, wanted: str, max_bytes: int) -> dict[str, Any]:
        return self._caller.read(
            "gmail.users.messages.get",
            target=message_id,
            max_bytes=max_bytes,
            userId="me",
            id=message_id,
            format=layout,
            fields=wanted,
        )


def _history_page(page: dict[str, Any]) -> HistoryPage:
    records = fields.entries(page, "history")
    added = [_message_ref(_message(entry)) for record in records for entry in fields.entries(record, "messagesAdded")]
    removed = [
        (_message_ref(_message(entry)), fields.texts(entry, "labelIds"))
        for record in records
        for entry in fields.entries(record, "labelsRemoved")
    ]
    newest = max((fields.number(record, "id") for record in records), default=None)
    return HistoryPage(
        added=tuple({ref.message_id: ref for ref in added}.values()),
        last_record_id=None if newest is None else str(newest),
        mailbox_history_id=fields.text(page, "historyId"),
        is_last=not page.get("nextPageToken"),
        unlabelled=tuple(removed),
    )


def _part(entry: dict[str, Any], depth: int) -> MessagePart:
    body = entry.get("body")
    body = body if isinstance(body, dict) else {}
    children = fields.entries(entry, "parts") if depth < _DEEPEST else []
    return MessagePart(
        media_type=str(entry.get("mimeType") or "text/plain").lower(),
        file_name=str(entry.get("filename") or ""),
        headers=tuple(
            (str(header.get("name")), str(header.get("value") or "")) for header in fields.entries(entry, "headers")
        ),
        size=fields.number(body, "size") if "size" in body else 0,
        data=fields.base64url(body, "data") if "data" in body else None,
        attachment_id=str(body.get("attachmentId") or ""),
        parts=tuple(_part(child, depth + 1) for child in children),
    )


def _message(entry: dict[str, Any]) -> dict[str, Any]:
    message = entry.get("message")
    return message if isinstance(message, dict) else {}


def _message_ref(entry: dict[str, Any]) -> MessageRef:
    return MessageRef(
        message_id=fields.text(entry, "id"),
        thread_id=fields.text(entry, "threadId"),
        label_ids=fields.texts(entry, "labelIds"),
    )


def _between(after: datetime | None, before: datetime | None) -> str:
    terms = []
    if after is not None:
        # Gmail's `after:` leaves the named second itself out or in, depending on whom one asks: start one earlier.
        terms.append(f"after:{math.floor(after.timestamp()) - 1}")
    if before is not None:
        terms.append(f"before:{math.ceil(before.timestamp()) + 1}")
    return " ".join(terms)
