"""Drive's read methods over the files and the change logs."""

from collections.abc import Callable
from typing import Any

from monitor.simulator.call import Call, Download, page_number
from monitor.simulator.drive_export import export
from monitor.simulator.drive_files import EDITORS, FOLDER, Change, File
from monitor.simulator.drive_resources import (
    comment_resource,
    exports,
    file_resource,
    revision_resource,
    stamp,
)
from monitor.simulator.drive_search import read_search
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.world import World

MOST_EXPORTED = 10 * 1024 * 1024
_BRIEF = "kind,id,name,mimeType"


def start_page_token(world: World, call: Call) -> dict[str, Any]:
    """`changes.getStartPageToken`: where the next change of the subject's Drive will stand."""
    _no_shared_drive(call)
    return {"kind": "drive#startPageToken", "startPageToken": str(world.drive.log(call.subject.email).next)}


def list_changes(world: World, call: Call) -> dict[str, Any]:
    """`changes.list`: the present state of what changed at or after the token; tokens never expire."""
    _no_shared_drive(call)
    log, size, token = world.drive.log(call.subject.email), call.query["pageSize"], call.text("pageToken")
    if not token.isdigit() or not 0 < int(token) <= log.next:
        raise _refuse("Invalid Value", "pageToken")
    found = log.since(int(token), size + 1)
    shown = [change for change in found[:size] if call.query["includeRemoved"] or not change.removed]
    answer: dict[str, Any] = {
        "kind": "drive#changeList",
        "changes": [_change(world, change, call.subject.email) for change in shown],
    }
    if len(found) > size:
        answer["nextPageToken"] = str(found[size].number)
    else:
        answer["newStartPageToken"] = str(log.next)
    return answer


def get_file(world: World, call: Call) -> dict[str, Any] | Download:
    """`files.get`: the resource, or with `alt=media` the bytes of a file that is no Docs editor's."""
    file = _file(world, call)
    if call.query["alt"] != "media":
        return file_resource(world, file, call.subject.email)
    if file.mime_type in EDITORS or file.mime_type == FOLDER:
        message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
        raise GoogleError(403, message, "fileNotDownloadable", location="alt")
    return Download(file.content, file.mime_type, ranges=True)


def export_file(world: World, call: Call) -> Download:
    """`files.export`: a Doc, Sheet or deck as text; at most 10 MB of exported content."""
    file, wanted = _file(world, call), call.text("mimeType")
    if file.mime_type not in EDITORS:
        raise GoogleError(403, "Export only supports Docs Editors files.", "fileNotExportable")
    if wanted not in exports(file):
        message = "The requested conversion is not supported."
        raise GoogleError(400, message, "badRequest", location="convertTo")
    content = export(file, wanted)
    if len(content) > MOST_EXPORTED:
        raise GoogleError(403, "This file is too large to be exported.", "exportSizeLimitExceeded")
    return Download(content, wanted)


def list_files(world: World, call: Call) -> dict[str, Any]:
    """`files.list`: what the subject can see, newest change first."""
    _no_shared_drive(call)
    if call.text("orderBy") not in ("", "modifiedTime", "modifiedTime desc"):
        raise _refuse("the simulator orders by modifiedTime only", "orderBy")
    wanted = read_search(call.text("q"), call.subject.email)
    found = [file for file in world.drive.seen_by(call.subject.email) if wanted(file)]
    if call.text("orderBy"):
        found.sort(key=lambda file: file.modified, reverse=call.text("orderBy").endswith("desc"))
    answer = _page(call, [file_resource(world, file, call.subject.email) for file in found], "files")
    return answer | {"kind": "drive#fileList", "incompleteSearch": False}


def list_comments(world: World, call: Call) -> dict[str, Any]:
    """`comments.list`; like Google it will not answer without `fields`."""
    if not call.text("fields"):
        message = "The 'fields' parameter is required for this method."
        raise GoogleError(400, message, "required", location="fields")
    file, viewer = _file(world, call), call.subject.email
    resources = [comment_resource(world, comment, viewer) for comment in file.comments]
    since = call.text("startModifiedTime")
    if since:
        resources = [found for found in resources if found["modifiedTime"] >= since]
    return _page(call, resources, "comments") | {"kind": "drive#commentList"}


def list_revisions(world: World, call: Call) -> dict[str, Any]:
    """`revisions.list`: one per edit, oldest first."""
    file, viewer = _file(world, call), call.subject.email
    resources = [revision_resource(world, file, revision, viewer) for revision in file.revisions]
    return _page(call, resources, "revisions") | {"kind": "drive#revisionList"}


METHODS: dict[str, Callable[[World, Call], dict[str, Any] | Download]] = {
    "drive.changes.getStartPageToken": start_page_token,
    "drive.changes.list": list_changes,
    "drive.files.get": get_file,
    "drive.files.export": export_file,
    "drive.files.list": list_files,
    "drive.comments.list": list_comments,
    "drive.revisions.list": list_revisions,
}
# What Drive leaves out unless `fields` asks for it.
DEFAULT_FIELDS = {
    "drive.changes.list": "kind,nextPageToken,newStartPageToken,"
    f"changes(kind,type,changeType,time,removed,fileId,file({_BRIEF}))",
    "drive.files.get": _BRIEF,
    "drive.files.list": f"kind,nextPageToken,incompleteSearch,files({_BRIEF})",
    "drive.revisions.list": "kind,nextPageToken,revisions(kind,id,mimeType,modifiedTime)",
}


def _change(world: World, change: Change, viewer: str) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": stamp(change.when),
        "removed": change.removed,
        "fileId": change.file_id,
    }
    if not change.removed:
        resource["file"] = file_resource(world, world.drive.files[change.file_id], viewer)
    return resource


def _file(world: World, call: Call) -> File:
    identity = call.path["fileId"]
    file = world.drive.files.get(identity)
    if file is None or call.subject.email not in file.readers():
        refusal = f"File not found: {identity}."
        raise not_found(refusal, "fileId")
    return file


def _page(call: Call, resources: list[dict[str, Any]], name: str) -> dict[str, Any]:
    try:
        first = page_number(call.text("pageToken"), len(resources))
    except ValueError as error:
        raise _refuse("Invalid Value", "pageToken") from error
    last = first + call.query["pageSize"]
    answer: dict[str, Any] = {name: resources[first:last]}
    if last < len(resources):
        answer["nextPageToken"] = f"p{last}"
    return answer


def _no_shared_drive(call: Call) -> None:
    for name in ("driveId", "teamDriveId"):
        if call.text(name):
            refusal = f"Shared drive not found: {call.text(name)}"
            raise not_found(refusal, name)


def _refuse(message: str, location: str) -> GoogleError:
    error = bad_value(message, location)
    error.front_door = False
    return error
