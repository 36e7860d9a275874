"""Who did something in Drive lately: one stream of events for the whole domain, without names of files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller

_PAGE_SIZE = 1_000
_PARAMETERS = {"doc_id", "owner", "target_user", "shared_drive_id"}


@dataclass(frozen=True, slots=True)
class Activity:
    """One event. `event_id` never repeats; `concerned` are the actor, the owner and whom it was shared with."""

    event_id: str
    at: datetime
    concerned: tuple[str, ...]
    shared_drive_id: str


class Reports:
    """The Reports API as the delegated administrator sees it. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def drive_activity(self, since: datetime, until: datetime, max_pages: int) -> Iterator[list[Activity]]:
        """Pages of events in [since, until], newest first. One request a page; no filter, so no filter quota."""
        pages = self._caller.pages(
            "reports.activities.list",
            max_pages=max_pages,
            userKey="all",
            applicationName="drive",
            startTime=since.isoformat(),
            endTime=until.isoformat(),
            maxResults=_PAGE_SIZE,
            fields="nextPageToken,items(id(time,uniqueQualifier),actor(email),events(name,parameters(name,value)))",
        )
        for page in pages:
            yield [_activity(entry) for entry in fields.entries(page, "items")]


def _activity(entry: dict[str, Any]) -> Activity:
    identity, actor = entry.get("id"), entry.get("actor")
    identity = identity if isinstance(identity, dict) else {}
    found: dict[str, str] = {}
    for event in fields.entries(entry, "events"):
        for parameter in fields.entries(event, "parameters"):
            if parameter.get("name") in _PARAMETERS and parameter.get("value"):
                found[str(parameter["name"])] = str(parameter["value"])
    people = (str(actor.get("email") or "") if isinstance(actor, dict) else "", found.get("owner", ""))
    return Activity(
        event_id=f"{identity.get('time')}/{identity.get('uniqueQualifier')}",
        at=fields.instant(identity, "time"),
        concerned=tuple(address.lower() for address in (*people, found.get("target_user", "")) if "@" in address),
        shared_drive_id=found.get("shared_drive_id", ""),
    )
