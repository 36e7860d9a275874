"""Google Chat as one member of its conversations: which there are, who said what when, and what was said.

People are named by their id in the Directory alone: with a member's authority Chat gives no addresses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import NotFound, PermanentError

SPACE, GROUP, DIRECT = "SPACE", "GROUP_CHAT", "DIRECT_MESSAGE"
UPLOADED = "UPLOADED_CONTENT"
_PAGE_SIZE = 1_000  # Chat's largest page, of spaces and of messages
_MOST_SPACE_PAGES = 20
_HEAD = "name,sender(name,type),createTime,lastUpdateTime,deleteTime,threadReply,thread(name)"
_ATTACHMENT = "attachment(contentName,contentType,source,attachmentDataRef(resourceName))"


@dataclass(frozen=True, slots=True)
class SpaceRef:
    """A conversation without its name. `space_id` lacks the prefix `spaces/`; `kind` is one of the three above."""

    space_id: str
    kind: str
    active_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageHead:
    """All of a message but its words. `name` is `spaces/…/messages/…`; `sender_id` is empty where an app speaks."""

    name: str
    sender_id: str
    created_at: datetime
    updated_at: datetime | None
    is_deleted: bool
    is_reply: bool
    thread: str

    @property
    def version(self) -> str:
        """Empty for a message as it was first sent; otherwise when it was last edited."""
        return self.updated_at.isoformat() if self.updated_at else ""


@dataclass(frozen=True, slots=True)
class ChatAttachment:
    """A file that was uploaded into a conversation; one that lies in Drive is not among them."""

    resource_name: str
    file_name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message with its words and what hangs on it."""

    head: MessageHead
    text: str
    attachments: tuple[ChatAttachment, ...]


class Chat:
    """The conversations of one subject, read only. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, spaces: Caller, messages: Caller, members: Caller) -> None:
        self._spaces = spaces
        self._members = members
        self._messages = messages

    def spaces(self) -> list[SpaceRef]:
        """The conversations of which the subject is a member. One request a page of 1,000.

        A direct or group conversation is listed from its first message on. Raises PermanentError (`listTooLong`).
        """
        found: list[SpaceRef] = []
        page: dict[str, Any] = {}
        pages = self._spaces.pages(
            "chat.spaces.list",
            max_pages=_MOST_SPACE_PAGES,
            pageSize=_PAGE_SIZE,
            fields="nextPageToken,spaces(name,spaceType,lastActiveTime)",
        )
        for page in pages:
            found += [_space(entry) for entry in fields.entries(page, "spaces")]
        if page.get("nextPageToken"):
            raise PermanentError("more conversations than can be listed", reason="listTooLong")
        return found

    def people(self, space_id: str) -> list[str]:
        """The ids of the people in a conversation. One request a page of 1,000, and a scope of its own."""
        pages = self._members.pages(
            "chat.spaces.members.list",
            max_pages=_MOST_SPACE_PAGES,
            parent=f"spaces/{space_id}",
            pageSize=_PAGE_SIZE,
            fields="nextPageToken,memberships(member(name,type))",
        )
        members = [entry.get("member") for page in pages for entry in fields.entries(page, "memberships")]
        return [
            str(one.get("name") or "").removeprefix("users/")
            for one in members
            if isinstance(one, dict) and one.get("type", "HUMAN") == "HUMAN"
        ]

    def heads(self, space_id: str, since: datetime, max_pages: int) -> Iterator[tuple[list[MessageHead], bool]]:
        """Pages of messages sent after `since`, oldest first, deleted ones included, without a word of them.

        Each with whether it is the last. One request a page of 1,000. Raises NotFound.
        """
        pages = self._messages.pages(
            "chat.spaces.messages.list",
            max_pages=max_pages,
            target=space_id,
            parent=f"spaces/{space_id}",
            pageSize=_PAGE_SIZE,
            orderBy="createTime asc",
            showDeleted=True,
            filter=f'createTime > "{_stamp(since)}"',
            fields=f"nextPageToken,messages({_HEAD})",
        )
        for page in pages:
            yield [_head(entry) for entry in fields.entries(page, "messages")], not page.get("nextPageToken")

    def talk(self, space_id: str, after: datetime, before: datetime, most: int, *, newest: bool) -> list[ChatMessage]:
        """Up to `most` messages sent after and before two instants, oldest first: the newest of them or the oldest.

        Deleted ones are left out. One request. Raises NotFound.
        """
        page = self._messages.read(
            "chat.spaces.messages.list",
            target=space_id,
            parent=f"spaces/{space_id}",
            pageSize=most,
            orderBy="createTime desc" if newest else "createTime asc",
            filter=f'createTime > "{_stamp(after)}" AND createTime < "{_stamp(before)}"',
            fields=f"messages({_HEAD},text,{_ATTACHMENT})",
        )
        found = {entry.get("name"): _message(entry) for entry in fields.entries(page, "messages")}
        return sorted(found.values(), key=lambda message: (message.head.created_at, message.head.name))

    def message(self, name: str) -> ChatMessage:
        """One message. One request. Raises NotFound, also for one that was deleted."""
        answer = self._messages.read(
            "chat.spaces.messages.get", target=name, name=name, fields=f"{_HEAD},text,{_ATTACHMENT}"
        )
        message = _message(answer)
        if message.head.is_deleted:
            raise NotFound("the message was deleted", reason="notFound")
        return message

    def download(self, resource_name: str, max_bytes: int) -> bytes:
        """The bytes of an uploaded attachment. One request. Raises TooLarge above `max_bytes`, NotFound."""
        return self._messages.download(
            "chat.media.download", target=resource_name[:255], max_bytes=max_bytes, resourceName=resource_name
        )


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _space(entry: dict[str, Any]) -> SpaceRef:
    active_at = fields.instant(entry, "lastActiveTime") if entry.get("lastActiveTime") else None
    return SpaceRef(fields.text(entry, "name").removeprefix("spaces/"), str(entry.get("spaceType") or SPACE), active_at)


def _head(entry: dict[str, Any]) -> MessageHead:
    sender, thread = entry.get("sender"), entry.get("thread")
    sender = sender if isinstance(sender, dict) else {}
    is_person = sender.get("type", "HUMAN") == "HUMAN"
    return MessageHead(
        name=fields.text(entry, "name"),
        sender_id=str(sender.get("name") or "").removeprefix("users/") if is_person else "",
        created_at=fields.instant(entry, "createTime"),
        updated_at=fields.instant(entry, "lastUpdateTime") if entry.get("lastUpdateTime") else None,
        is_deleted=bool(entry.get("deleteTime")),
        is_reply=entry.get("threadReply") is True,
        thread=str(thread.get("name") or "") if isinstance(thread, dict) else "",
    )


def _message(entry: dict[str, Any]) -> ChatMessage:
    uploaded = [one for one in fields.entries(entry, "attachment") if one.get("source") == UPLOADED]
    return ChatMessage(
        head=_head(entry),
        text=str(entry.get("text") or ""),
        attachments=tuple(_attachment(one) for one in uploaded if isinstance(one.get("attachmentDataRef"), dict)),
    )


def _attachment(entry: dict[str, Any]) -> ChatAttachment:
    return ChatAttachment(
        resource_name=fields.text(entry["attachmentDataRef"], "resourceName"),
        file_name=str(entry.get("contentName") or ""),
        media_type=str(entry.get("contentType") or ""),
    )
