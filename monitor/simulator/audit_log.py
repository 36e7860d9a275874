"""The audit log behind the Reports API, with its delays: an event may be read only some time after it happened.

Bounds: the newest 400,000 events; 180 days are served, as Google keeps them.
"""

import bisect
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.simulator.drive_files import DOC, FOLDER, SHEET, SHORTCUT, SLIDES, File

MOST_EVENTS = 400_000
_TYPES = {DOC: "document", SHEET: "spreadsheet", SLIDES: "presentation", FOLDER: "folder", SHORTCUT: "shortcut"}

Parameters = tuple[tuple[str, str | bool], ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """One event; `shown` is when the Reports API first gives it away."""

    at: datetime
    qualifier: int
    shown: datetime
    application: str
    actor: str
    name: str
    parameters: Parameters


@dataclass
class Reports:
    """All events in the order of their time. `lag` and `jitter` delay, `loss` is the share that never shows."""

    seed: int
    lag: timedelta = timedelta(0)
    jitter: timedelta = timedelta(0)
    loss: float = 0.0
    events: list[Activity] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"reports:{self.seed}")  # noqa: S311 - ids, nothing secret

    def note(self, application: str, actor: str, name: str, parameters: Parameters, now: datetime) -> None:
        """Enters an event that happens `now`, unless it is one of those that are lost."""
        # The dice fall for every event alike, so that a change of settings does not change the ids.
        qualifier, wait, lost = self._rng.randrange(-(2**63), 2**63), self._rng.random(), self._rng.random()
        if lost < self.loss:
            return
        # Google stamps these events in milliseconds.
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        event = Activity(at, qualifier, now + self.lag + wait * self.jitter, application, actor, name, parameters)
        bisect.insort(self.events, event, key=lambda known: (known.at, known.qualifier))
        if len(self.events) > MOST_EVENTS:
            del self.events[: MOST_EVENTS // 10]

    def found(self, application: str, first: datetime, last: datetime, now: datetime) -> list[Activity]:
        """What may be read by `now` of the time from `first` to `last`, newest first."""
        low = bisect.bisect_left(self.events, first, key=lambda known: known.at)
        high = bisect.bisect_right(self.events, last, key=lambda known: known.at)
        shown = [event for event in self.events[low:high] if event.shown <= now and event.application == application]
        shown.reverse()
        return shown


def about_file(file: File) -> Parameters:
    """What an event of Drive says about its file."""
    place: Parameters = (("shared_drive_id", file.drive.id), ("team_drive_id", file.drive.id)) if file.drive else ()
    return (
        ("primary_event", True),
        ("doc_id", file.id),
        ("doc_type", _TYPES.get(file.mime_type, "unknown")),
        ("doc_title", file.name),
        ("owner", file.drive.name if file.drive else file.owner),
        ("owner_is_shared_drive", file.drive is not None),
        ("visibility", "shared_internally" if len(file.readers()) > 1 else "private"),
        *place,
    )
