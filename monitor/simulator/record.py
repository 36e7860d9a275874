"""What existed when: every delivery, edit, move and deletion, item by item, for tests that compare.

Bounds: the newest 2,000,000 facts. Texts are not copied: a fact points to the bytes or to the recipe of the bytes.
"""

import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.simulator import mime
from monitor.simulator.source import Source, raw_of

MOST_FACTS = 2_000_000
KINDS = ("mail", "draft", "file", "comment", "reply", "chat", "drive", "account")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to one item.

    `item` is the id of a file, comment, reply, chat message or account (address); for mail the mail's own Message-ID,
    and `copies` are (mailbox, message id) of every copy, `labels` the names of each copy's labels then. `place` is a
    file's owner or shared drive, a comment's file, a reply's `file/comment`, a chat message's space. `readers` can see
    a file or chat message then.
    """

    at: datetime
    kind: str
    act: str
    item: str
    place: str = ""
    actor: str = ""
    readers: tuple[str, ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    source: Source | str | None = None
    packed: bytes | None = None
    name: str = ""

    def as_entry(self, number: int, with_text: bool) -> dict[str, Any]:
        """The fact as JSON; `text` is what a reader of the item would have read then."""
        entry: dict[str, Any] = {
            "seq": number,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "act": self.act,
            "item": self.item,
            "place": self.place,
            "actor": self.actor,
            "name": self.name,
            "readers": list(self.readers),
            "copies": [
                {"mailbox": mailbox, "id": identity, "labels": list(labels)}
                for (mailbox, identity), labels in zip(self.copies, self.labels, strict=False)
            ],
        }
        return entry | ({"text": self.text()} if with_text else {})

    def text(self) -> str | None:
        """The words of the item as it was, None for a fact that brings none (a deletion, a move)."""
        if self.packed is not None:
            return zlib.decompress(self.packed).decode("utf-8", "replace")
        if self.source is None or isinstance(self.source, str):
            return self.source
        return mime.plain_text(raw_of(self.source))


@dataclass
class Record:
    """Facts in the order in which they came about; `count` numbers the newest, from 1."""

    facts: deque[Fact] = field(default_factory=deque)
    count: int = 0

    def add(self, fact: Fact) -> None:
        """Enters a fact."""
        self.count += 1
        self.facts.append(fact)
        if len(self.facts) > MOST_FACTS:
            self.facts.popleft()

    def since(self, number: int) -> Iterator[tuple[int, Fact]]:
        """Facts numbered above `number`, with their numbers."""
        first = self.count - len(self.facts) + 1
        for at, fact in enumerate(self.facts, first):
            if at > number:
                yield at, fact
