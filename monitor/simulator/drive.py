"""Drive's read methods over the files and the change logs."""

from collections.abc import Callable
from typing import Any

from monitor.simulator import drive_remarks, drive_shared
from monitor.simulator.call import Call, Download
from monitor.simulator.change_log import Change
from monitor.simulator.drive_access import drive_of, file_of, paged, refuse, whole_drives, with_items
from monitor.simulator.drive_export import export, exports
from monitor.simulator.drive_files import EDITORS, File
from monitor.simulator.drive_resources import drive_resource, file_resource, permission_id, stamp, user
from monitor.simulator.drive_search import read_search
from monitor.simulator.errors import GoogleError
from monitor.simulator.world import World

MOST_EXPORTED = 10 * 1024 * 1024
_BRIEF = "kind,id,name,mimeType"


def about(world: World, call: Call) -> dict[str, Any]:
    """`about.get`: whose Drive this is; like Google it will not answer without `fields`."""
    if not call.text("fields"):
        message = "The 'fields' parameter is required for this method."
        raise GoogleError(400, message, "required", location="fields")
    email = call.subject.email
    own = user(world, email, email) | {"permissionId": permission_id(email)}
    return {"kind": "drive#about", "user": own, "canCreateDrives": True}


def start_page_token(world: World, call: Call) -> dict[str, Any]:
    """`changes.getStartPageToken`: where the next change of the subject's Drive or of a shared drive will stand."""
    drive = drive_of(world, call)
    log = world.drive.log(drive.id if drive else call.subject.email)
    return {"kind": "drive#startPageToken", "startPageToken": str(log.next)}


def list_changes(world: World, call: Call) -> dict[str, Any]:
    """`changes.list`: the present state of what changed at or after the token; tokens never expire."""
    drive = drive_of(world, call)
    if drive and not with_items(call):
        message = "The includeItemsFromAllDrives parameter must be set to true if driveId is set."
        raise refuse(message, "includeItemsFromAllDrives")
    log, size = world.drive.log(drive.id if drive else call.subject.email), call.query["pageSize"]
    token = call.text("pageToken")
    if not token.isdigit() or not 0 < int(token) <= log.next:
        raise refuse("Invalid Value", "pageToken")
    found = log.since(int(token), size + 1)
    shown = [change for change in found[:size] if _is_shown(world, call, change)]
    answer: dict[str, Any] = {
        "kind": "drive#changeList",
        "changes": [_change(world, change, call) for change in shown],
    }
    if len(found) > size:
        answer["nextPageToken"] = str(found[size].number)
    else:
        answer["newStartPageToken"] = str(log.next)
    return answer


def _is_shown(world: World, call: Call, change: Change) -> bool:
    if change.removed and not call.query["includeRemoved"]:
        return False
    if change.kind == "drive":
        return whole_drives(call) and with_items(call)
    file = world.drive.files.get(change.item)
    if file is None or change.removed:
        return True
    if file.drive is not None:
        return whole_drives(call) and with_items(call)
    return not call.query["restrictToMyDrive"] or file.owner == call.subject.email


def _change(world: World, change: Change, call: Call) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "kind": "drive#change",
        "type": change.kind,
        "changeType": change.kind,
        "time": stamp(change.when),
        "removed": change.removed,
    }
    if change.kind == "drive":
        drive = world.drive.drives.get(change.item)
        resource |= {"driveId": change.item, "teamDriveId": change.item}
        return resource | ({"drive": drive_resource(drive, call.subject.email)} if drive and not change.removed else {})
    file, viewer = world.drive.files.get(change.item), call.subject.email
    resource["fileId"] = change.item
    # A file that moved to another Drive is gone from this log though it may still be within reach.
    moved = change.removed and call.query["includeCorpusRemovals"] and file is not None and viewer in file.readers()
    if file is not None and (moved or not change.removed):
        resource["file"] = file_resource(world, file, viewer)
    return resource


def get_file(world: World, call: Call) -> dict[str, Any] | Download:
    """`files.get`: the resource, or with `alt=media` the bytes of a file that is no Docs editor's."""
    file = file_of(world, call)
    if call.query["alt"] != "media":
        return file_resource(world, file, call.subject.email)
    if file.is_native:
        message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
        raise GoogleError(403, message, "fileNotDownloadable", location="alt")
    return Download(file.content, file.mime_type, ranges=True)


def export_file(world: World, call: Call) -> Download:
    """`files.export`: a Doc, Sheet or deck as text, Office or PDF; at most 10 MB of exported content."""
    file, wanted = file_of(world, call, aware=True), call.text("mimeType")
    if file.mime_type not in EDITORS:
        raise GoogleError(403, "Export only supports Docs Editors files.", "fileNotExportable")
    if wanted not in exports(file.mime_type):
        message = "The requested conversion is not supported."
        raise GoogleError(400, message, "badRequest", location="convertTo")
    content = export(file.mime_type, file.name, file.content, wanted)
    if len(content) > MOST_EXPORTED:
        raise GoogleError(403, "This file is too large to be exported.", "exportSizeLimitExceeded")
    return Download(content, wanted)


def list_files(world: World, call: Call) -> dict[str, Any]:
    """`files.list`: what the subject can see, newest change first."""
    if call.text("orderBy") not in ("", "modifiedTime", "modifiedTime desc"):
        raise refuse("the simulator orders by modifiedTime only", "orderBy")
    wanted = read_search(call.text("q"), call.subject.email)
    found = [file for file in _corpus(world, call) if wanted(file)]
    if call.text("orderBy"):
        found.sort(key=lambda file: file.modified, reverse=call.text("orderBy").endswith("desc"))
    answer = paged(call, [file_resource(world, file, call.subject.email) for file in found], "files")
    return answer | {"kind": "drive#fileList", "incompleteSearch": False}


def _corpus(world: World, call: Call) -> list[File]:
    """The files that `corpora` and `driveId` name."""
    corpora, drive, email = call.text("corpora"), drive_of(world, call), call.subject.email
    if corpora not in ("", "user", "drive", "allDrives"):
        message = f"Invalid Value: the simulator does not play corpora {corpora[:40]!r}"
        raise refuse(message, "corpora")
    if (corpora == "drive") != (drive is not None):
        message = "The driveId parameter must be specified if and only if corpora is set to drive."
        raise refuse(message, "driveId")
    if corpora in ("drive", "allDrives") and not (whole_drives(call) and with_items(call)):
        message = "The includeItemsFromAllDrives and supportsAllDrives parameters must be set to true for this corpora."
        raise refuse(message, "includeItemsFromAllDrives")
    if drive is not None:
        return list(world.drive.inside(drive))
    own = [file for file in world.drive.seen_by(email) if file.drive is None or with_items(call)]
    if corpora == "allDrives":
        for shared in world.drive.drives.values():
            own += world.drive.inside(shared) if email in shared.people() else ()
    return own


METHODS: dict[str, Callable[[World, Call], dict[str, Any] | Download]] = {
    "drive.about.get": about,
    "drive.changes.getStartPageToken": start_page_token,
    "drive.changes.list": list_changes,
    "drive.files.get": get_file,
    "drive.files.export": export_file,
    "drive.files.list": list_files,
    **drive_shared.METHODS,
    **drive_remarks.METHODS,
}
# What Drive leaves out unless `fields` asks for it.
DEFAULT_FIELDS = {
    "drive.changes.list": "kind,nextPageToken,newStartPageToken,"
    f"changes(kind,type,changeType,time,removed,fileId,file({_BRIEF}),driveId,drive(kind,id,name))",
    "drive.files.get": _BRIEF,
    "drive.files.list": f"kind,nextPageToken,incompleteSearch,files({_BRIEF})",
    **drive_shared.DEFAULT_FIELDS,
    **drive_remarks.DEFAULT_FIELDS,
}
