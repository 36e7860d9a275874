"""Google Chat's spaces, members and messages.

Bounds: 50,000 messages a space, the oldest go first.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPACE, GROUP, DIRECT = "SPACE", "GROUP_CHAT", "DIRECT_MESSAGE"
TYPES = (SPACE, GROUP, DIRECT)
MOST_MESSAGES = 50_000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"


@dataclass(slots=True)
class Attachment:
    """A file that hangs on a message: uploaded bytes, or a file of Drive by its id."""

    name: str
    media_type: str
    content: bytes = b""
    drive_file: str = ""


@dataclass(slots=True)
class ChatMessage:
    """One message; a deleted one keeps its times and no text."""

    id: str
    thread: str
    sender: str
    text: str
    created: datetime
    updated: datetime | None = None
    deleted: datetime | None = None
    attachments: list[Attachment] = field(default_factory=list)


@dataclass(slots=True)
class Space:
    """A conversation; `members` are addresses with the time at which they joined. Outsiders may be members."""

    id: str
    kind: str
    name: str
    created: datetime
    members: dict[str, datetime] = field(default_factory=dict)
    messages: dict[str, ChatMessage] = field(default_factory=dict)
    history: bool = True


class Chat:
    """All conversations of the district."""

    def __init__(self, seed: int) -> None:
        self.spaces: dict[str, Space] = {}
        self._rng = random.Random(f"chat:{seed}")  # noqa: S311 - ids, nothing secret
        self._of: dict[str, dict[str, None]] = {}

    def open(self, kind: str, name: str, members: list[str], now: datetime) -> Space:
        """A new conversation; a direct one between the same two people is the one that exists already."""
        if kind == DIRECT:
            known = next((space for space in self.of(members[0]) if _is_direct(space, members)), None)
            if known is not None:
                return known
        space = Space(self._id(11), kind, name, now)
        self.spaces[space.id] = space
        self.set_members(space, members, now)
        return space

    def set_members(self, space: Space, members: list[str], now: datetime) -> None:
        """These and no other members; who stays keeps the time at which they joined."""
        for email in set(space.members) - set(members):
            self._of[email].pop(space.id, None)
        space.members = {email: space.members.get(email, now) for email in members}
        for email in members:
            self._of.setdefault(email, {})[space.id] = None

    def of(self, email: str) -> Iterator[Space]:
        """The conversations of a person, in the order in which they began."""
        return (self.spaces[identity] for identity in list(self._of.get(email, {})))

    def say(self, space: Space, sender: str, text: str, now: datetime, thread: str = "") -> ChatMessage:
        """A message, in a thread of its own unless `thread` names one; later than all before it in its conversation.

        The machine's clock may step back, and one that stands gives two messages one time: their order would be chance.
        """
        last = next(reversed(space.messages.values()), None)
        if last is not None:
            now = max(now, last.created + timedelta(microseconds=1))
        identity = self._id(11)
        message = ChatMessage(f"{thread or identity}.{identity}", thread or identity, sender, text, now)
        space.messages[message.id] = message
        if len(space.messages) > MOST_MESSAGES:
            del space.messages[next(iter(space.messages))]
        return message

    def _id(self, length: int) -> str:
        return "".join(self._rng.choices(_ALPHABET, k=length))


def _is_direct(space: Space, members: list[str]) -> bool:
    return space.kind == DIRECT and set(space.members) == set(members)
