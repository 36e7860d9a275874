"""Every Google call that the server saw: the independent proof that tests read."""

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_ENTRIES = 200_000


@dataclass(slots=True)
class Entry:
    """One call. `item` is the message or file id; `fault` the injected trouble; `batch` a part of a batch;
    `units` what it cost in Google's units (0 for sign-ins and for calls that were not let in)."""

    seq: int
    at: str
    api: str
    method: str
    verb: str
    path: str
    parameters: dict[str, Any]
    subject: str
    user_id: str
    item: str
    status: int
    reason: str
    fault: str
    batch: bool
    units: int = 0


@dataclass
class Ledger:
    """Bounded: holds the newest 200,000 calls and counts those that it had to drop."""

    entries: deque[Entry] = field(default_factory=deque)
    count: int = 0
    dropped: int = 0

    def add(self, entry: Entry) -> None:
        """Enters a call and numbers it."""
        self.count += 1
        entry.seq = self.count
        self.entries.append(entry)
        if len(self.entries) > MOST_ENTRIES:
            self.entries.popleft()
            self.dropped += 1

    def read(self, since: int, reset: bool) -> dict[str, Any]:
        """All entries numbered above `since`; with `reset` the ledger is empty afterwards."""
        answer = {
            "entries": [asdict(entry) for entry in self.entries if entry.seq > since],
            "last": self.count,
            "dropped": self.dropped,
        }
        if reset:
            self.entries.clear()
            self.dropped = 0
        return answer
