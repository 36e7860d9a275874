"""One mailbox: where it stands, what was added since, one message as it was sent."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError, TransientError

_PAGE_SIZE = 500  # Gmail's largest page for messages and history records
_MOST_LIST_PAGES = 4_000  # two million messages in one mailbox


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
    """A page of what was added.

    `last_record_id` is the newest history record on this page: once its messages are safe it may become the cursor.
    `mailbox_history_id` may become the cursor only after the page with `is_last`.
    """

    added: tuple[MessageRef, ...]
    last_record_id: str | None
    mailbox_history_id: str
    is_last: bool


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
            if (error.reason, error.status) != ("notGoogle", 404):
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
            historyTypes=["messageAdded"],
            maxResults=_PAGE_SIZE,
            fields="history(id,messagesAdded(message(id,threadId,labelIds))),historyId,nextPageToken",
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
            fields="messages(id,threadId),nextPageToken",
        )
        for number, page in enumerate(pages, start=1):
            yield tuple(_message_ref(entry) for entry in fields.entries(page, "messages"))
            if number == _MOST_LIST_PAGES and page.get("nextPageToken"):
                raise PermanentError("more messages than can be listed; narrow the dates", reason="listTooLong")

    def fetch(self, message_id: str) -> RawMessage:
        """The whole message. 20 units. Raises NotFound when it is gone, PermanentError when it cannot be decoded."""
        answer = self._caller.read(
            "gmail.users.messages.get",
            target=message_id,
            userId="me",
            id=message_id,
            format="raw",
            fields="id,threadId,labelIds,internalDate,raw",
        )
        return RawMessage(
            message_id=fields.text(answer, "id"),
            thread_id=fields.text(answer, "threadId"),
            label_ids=fields.texts(answer, "labelIds"),
            internal_at=fields.instant_of_milliseconds(answer, "internalDate"),
            raw=fields.base64url(answer, "raw"),
        )


def _history_page(page: dict[str, Any]) -> HistoryPage:
    records = fields.entries(page, "history")
    added = [_message_ref(_message(entry)) for record in records for entry in fields.entries(record, "messagesAdded")]
    newest = max((fields.number(record, "id") for record in records), default=None)
    return HistoryPage(
        added=tuple({ref.message_id: ref for ref in added}.values()),
        last_record_id=None if newest is None else str(newest),
        mailbox_history_id=fields.text(page, "historyId"),
        is_last=not page.get("nextPageToken"),
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
