"""Which file or shared drive a call may see, and how Drive's lists are paged."""

from typing import Any

from monitor.simulator.call import Call, page_number
from monitor.simulator.drive_files import File, SharedDrive
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.world import World


def whole_drives(call: Call) -> bool:
    """Whether the caller declared that it knows of shared drives."""
    return bool(call.query.get("supportsAllDrives") or call.query.get("supportsTeamDrives"))


def with_items(call: Call) -> bool:
    """Whether the caller wants items of shared drives in its answer."""
    return bool(call.query.get("includeItemsFromAllDrives") or call.query.get("includeTeamDriveItems"))


def file_of(world: World, call: Call, aware: bool = False) -> File:
    """The file that the path names; 404 when the subject may not know of it.

    A file in a shared drive is not found by callers that do not say `supportsAllDrives`; methods without that
    parameter (comments, revisions, export) pass `aware`.
    """
    identity = call.path.get("fileId") or call.text("id")
    file = world.drive.files.get(identity)
    if file is None or call.subject.email not in file.readers() or (file.drive and not (aware or whole_drives(call))):
        refusal = f"File not found: {identity}."
        raise not_found(refusal, "fileId")
    return file


def drive_of(world: World, call: Call) -> SharedDrive | None:
    """The shared drive that `driveId` names, None for none; 404 when the subject is no member."""
    identity = call.text("driveId") or call.text("teamDriveId")
    if not identity:
        return None
    if not whole_drives(call):
        message = "The supportsAllDrives parameter must be set to true if driveId is set."
        raise refuse(message, "supportsAllDrives")
    drive = world.drive.drives.get(identity)
    if drive is None or call.subject.email not in drive.people():
        refusal = f"Shared drive not found: {identity}"
        raise not_found(refusal, "driveId")
    return drive


def paged(call: Call, resources: list[dict[str, Any]], name: str, size: int = 0) -> dict[str, Any]:
    """One page of `resources` under `name`."""
    try:
        first = page_number(call.text("pageToken"), len(resources))
    except ValueError as error:
        raise refuse("Invalid Value", "pageToken") from error
    last = first + (size or call.query["pageSize"])
    answer: dict[str, Any] = {name: resources[first:last]}
    if last < len(resources):
        answer["nextPageToken"] = f"p{last}"
    return answer


def refuse(message: str, location: str) -> GoogleError:
    """400 as Drive itself words it."""
    error = bad_value(message, location)
    error.front_door = False
    return error
