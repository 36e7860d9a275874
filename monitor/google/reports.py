"""Who did something in Drive or Chat lately: one stream each for the whole domain, without names or words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller

_PAGE_SIZE = 1_000
_PARAMETERS = {"doc_id", "owner", "target_user", "shared_drive_id", "room_id", "target_users"}
_SAID = {"message_posted", "message_edited", "message_deleted", "attachment_upload"}


@dataclass(frozen=True, slots=True)
class Activity:
    """One event. `event_id` never repeats; `concerned` are the actor, the owner and whom it was shared with.

    `room_id` is the conversation's in Chat; `is_said`: a message there is new, edited or deleted.
    """

    event_id: str
    at: datetime
    concerned: tuple[str, ...]
    shared_drive_id: str
    room_id: str = ""
    is_said: bool = False


class Reports:
    """The Reports API as the delegated administrator sees it. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def drive_activity(self, since: datetime, until: datetime, max_pages: int) -> Iterator[list[Activity]]:
        """Pages of events in [since, until], newest first. One request a page; no filter, so no filter quota."""
        return self._activity("drive", since, until, max_pages)

    def chat_activity(self, since: datetime, until: datetime, max_pages: int) -> Iterator[list[Activity]]:
        """As `drive_activity`, of Chat."""
        return self._activity("chat", since, until, max_pages)

    def _activity(self, application: str, since: datetime, until: datetime, most: int) -> Iterator[list[Activity]]:
        pages = self._caller.pages(
            "reports.activities.list",
            max_pages=most,
            userKey="all",
            applicationName=application,
            startTime=since.isoformat(),
            endTime=until.isoformat(),
            maxResults=_PAGE_SIZE,
            fields="nextPageToken,items(id(time,uniqueQualifier),actor(email),events(name,parameters(name,value,multiValue)))",
        )
        for page in pages:
            yield [_activity(entry) for entry in fields.entries(page, "items")]


def _activity(entry: dict[str, Any]) -> Activity:
    identity, actor = entry.get("id"), entry.get("actor")
    identity = identity if isinstance(identity, dict) else {}
    found: dict[str, str] = {}
    names = {str(event.get("name")) for event in fields.entries(entry, "events")}
    for event in fields.entries(entry, "events"):
        for parameter in fields.entries(event, "parameters"):
            value = parameter.get("value") or " ".join(fields.texts(parameter, "multiValue"))
            if parameter.get("name") in _PARAMETERS and value:
                found[str(parameter["name"])] = str(value)
    people = [str(actor.get("email") or "") if isinstance(actor, dict) else "", found.get("owner", "")]
    people += [found.get("target_user", ""), *found.get("target_users", "").replace(",", " ").split()]
    return Activity(
        event_id=f"{identity.get('time')}/{identity.get('uniqueQualifier')}",
        at=fields.instant(identity, "time"),
        concerned=tuple(address.lower() for address in people if "@" in address),
        shared_drive_id=found.get("shared_drive_id", ""),
        room_id=found.get("room_id", ""),
        is_said=bool(names & _SAID),
    )
