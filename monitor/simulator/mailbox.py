"""One mailbox: messages, labels and the history of what happened to them.

Bounds: 20,000 history records a mailbox. What falls out raises the oldest history id that is still valid, as
Google lets old ids expire. Message bytes are held once for all mailboxes that got the mail, or stay on disk.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from monitor.simulator.source import Source, raw_of

MOST_HISTORY = 20_000
KEPT_MILLISECONDS = 8 * 86_400_000
"""How long history is kept: Google promises about a week."""
SYSTEM_LABELS = (
    "INBOX",
    "SENT",
    "DRAFT",
    "SPAM",
    "TRASH",
    "UNREAD",
    "STARRED",
    "IMPORTANT",
    "CHAT",
    "CATEGORY_PERSONAL",
    "CATEGORY_SOCIAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_UPDATES",
    "CATEGORY_FORUMS",
)
ADDED, DELETED, LABELED, UNLABELED = "messageAdded", "messageDeleted", "labelAdded", "labelRemoved"


@dataclass(slots=True)
class Message:
    """A mail in one mailbox. `source` leads to its exact bytes."""

    id: str
    thread_id: str
    labels: list[str]
    internal_date: int
    history_id: int
    size: int
    source: Source

    def raw(self) -> bytes:
        """The mail's exact bytes."""
        return raw_of(self.source)


@dataclass(frozen=True, slots=True)
class Event:
    """One history record; `labels` are the message's labels then, `changed` those that came or went, `at` when."""

    history_id: int
    kind: str
    message_id: str
    thread_id: str
    labels: tuple[str, ...]
    changed: tuple[str, ...] = ()
    at: int = 0


@dataclass
class Mailbox:
    """All mail of one person. Ids and history ids depend on the seed and on the order of events alone.

    `drafts` lead from a draft's id to its message's, `labels` from a label's id to its name. `told` hears of every
    change and answers with the time, in milliseconds since 1970.
    """

    email: str
    seed: int
    messages: dict[str, Message] = field(default_factory=dict)
    history: deque[Event] = field(default_factory=deque)
    pending: list[Path] = field(default_factory=list)
    contacted: bool = False
    drafts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    told: Callable[[str, int, tuple[str, ...]], int] = field(default=lambda _email, _history, _labels: 0)
    _threads: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"mailbox:{self.seed}:{self.email}")  # noqa: S311 - ids, nothing secret
        self.history_id = self._rng.randrange(10_000, 900_000)
        self.floor = self.history_id
        self._last_id = 0x1900000000000000 + self._rng.randrange(1 << 56)

    def add(self, source: Source, size: int, labels: list[str], when: int, references: list[str]) -> Message:
        """Puts a mail into the mailbox. `when` is milliseconds since 1970; `references` the ids that its headers name,
        its own first."""
        self._last_id += self._rng.randrange(1 << 20, 1 << 34)
        identity = f"{self._last_id:016x}"
        thread = next((self._threads[name] for name in references if name in self._threads), identity)
        for name in references[:1]:
            self._threads[name] = thread
        message = Message(identity, thread, labels, when, 0, size, source)
        self.messages[identity] = message
        self._record(message, ADDED)
        return message

    def delete(self, message: Message) -> None:
        """Takes a mail out for good."""
        del self.messages[message.id]
        self._record(message, DELETED)

    def relabel(self, message: Message, add: list[str], remove: list[str]) -> None:
        """Adds and removes labels; only real changes enter the history."""
        fresh = tuple(label for label in add if label not in message.labels)
        gone = tuple(label for label in remove if label in message.labels and label not in add)
        message.labels = [label for label in message.labels if label not in gone] + list(fresh)
        if fresh:
            self._record(message, LABELED, fresh)
        if gone:
            self._record(message, UNLABELED, gone)

    def expire(self) -> None:
        """Makes every history id given out so far too old."""
        self.history.clear()
        self._advance()
        self.floor = self.history_id

    def know_label(self, name: str) -> None:
        """Makes a label of the mailbox's own, unless it is one of Gmail's or known."""
        if name not in SYSTEM_LABELS and name not in self.labels and name not in self.labels.values():
            self.labels[f"Label_{len(self.labels) + 1}"] = name

    def label_id(self, name: str) -> str:
        """The id of a label by its name or id."""
        return next((identity for identity, known in self.labels.items() if known == name), name)

    def age(self, now: int) -> None:
        """Forgets what is older than Google keeps; `now` is milliseconds since 1970."""
        while self.history and self.history[0].at < now - KEPT_MILLISECONDS:
            self.floor = self.history.popleft().history_id

    def knows(self, history_id: int) -> bool:
        """Whether history can still be told from `history_id` on."""
        return self.floor <= history_id <= self.history_id

    def _advance(self) -> int:
        self.history_id += self._rng.randrange(1, 60)
        return self.history_id

    def _record(self, message: Message, kind: str, changed: tuple[str, ...] = ()) -> None:
        message.history_id = self._advance()
        labels = tuple(message.labels)
        at = self.told(self.email, message.history_id, labels)
        event = Event(message.history_id, kind, message.id, message.thread_id, labels, changed, at)
        self.history.append(event)
        while len(self.history) > MOST_HISTORY:
            self.floor = self.history.popleft().history_id
