"""The change log of one Drive: of a person, or of a shared drive."""

import bisect
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """An item's newest place in a log; `removed` when it left this log's reach. `kind` is "file" or "drive"."""

    number: int
    item: str
    when: datetime
    removed: bool
    kind: str = "file"


class ChangeLog:
    """What one Drive saw. Numbers rise for ever; an item that changes again moves to the end."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.latest: dict[str, Change] = {}
        self._order: list[Change] = []

    def note(self, item: str, when: datetime, removed: bool, step: int, kind: str = "file") -> None:
        """Writes a change; `step` is how far the numbers rise."""
        change = Change(self.next, item, when, removed, kind)
        self.next += step
        self.latest[item] = change
        self._order.append(change)
        if len(self._order) > 2 * len(self.latest) + 100:
            self._order = [kept for kept in self._order if self.latest[kept.item] is kept]

    def since(self, number: int, most: int) -> list[Change]:
        """Up to `most` changes numbered `number` or more, oldest first, each item once."""
        at = bisect.bisect_left(self._order, number, key=lambda change: change.number)
        found = []
        for change in self._order[at:]:
            if self.latest[change.item] is change:
                found.append(change)
                if len(found) == most:
                    break
        return found
