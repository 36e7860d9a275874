"""Drive's methods for what hangs on a file: comments, replies, revisions and the links that export them."""

from collections.abc import Callable
from typing import Any

from monitor.simulator.call import Call, Download, instant
from monitor.simulator.drive_access import file_of, paged
from monitor.simulator.drive_export import SHORT, export, exports
from monitor.simulator.drive_files import Comment, File, Revision
from monitor.simulator.drive_resources import comment_resource, reply_resource, revision_resource
from monitor.simulator.errors import GoogleError, not_found
from monitor.simulator.world import World


def list_comments(world: World, call: Call) -> dict[str, Any]:
    """`comments.list`, newest change first; like Google it will not answer without `fields`."""
    _need_fields(call)
    file, deleted = file_of(world, call, aware=True), call.query["includeDeleted"]
    found = [comment for comment in file.comments if deleted or not comment.deleted]
    since = call.text("startModifiedTime")
    if since:
        start = instant(since, "Invalid value at 'startModifiedTime'", "startModifiedTime")
        found = [comment for comment in found if comment.modified >= start]
    found.sort(key=lambda comment: comment.modified, reverse=True)
    resources = [comment_resource(world, comment, call.subject.email, deleted) for comment in found]
    return paged(call, resources, "comments") | {"kind": "drive#commentList"}


def get_comment(world: World, call: Call) -> dict[str, Any]:
    """`comments.get`."""
    _need_fields(call)
    return comment_resource(world, _comment(world, call), call.subject.email, call.query["includeDeleted"])


def list_replies(world: World, call: Call) -> dict[str, Any]:
    """`replies.list`, oldest first."""
    _need_fields(call)
    comment, viewer = _comment(world, call), call.subject.email
    found = [reply for reply in comment.replies if call.query["includeDeleted"] or not reply.deleted]
    resources = [reply_resource(world, reply, viewer) for reply in found]
    return paged(call, resources, "replies") | {"kind": "drive#replyList"}


def list_revisions(world: World, call: Call) -> dict[str, Any]:
    """`revisions.list`: those that are kept, oldest first."""
    file, viewer = file_of(world, call, aware=True), call.subject.email
    resources = [revision_resource(world, file, revision, viewer) for revision in file.revisions]
    return paged(call, resources, "revisions") | {"kind": "drive#revisionList"}


def get_revision(world: World, call: Call) -> dict[str, Any] | Download:
    """`revisions.get`: the resource, or with `alt=media` an uploaded file's bytes as they were."""
    file = file_of(world, call, aware=True)
    revision = _revision(file, call.path["revisionId"])
    if call.query["alt"] != "media":
        return revision_resource(world, file, revision, call.subject.email)
    if file.is_native:
        message = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
        raise GoogleError(403, message, "fileNotDownloadable", location="alt")
    return Download(revision.content(), file.mime_type, ranges=True)


def follow_link(world: World, call: Call) -> Download:
    """An export link of a file or of one revision. Unlike `files.export` it knows no limit of 10 MB."""
    file = file_of(world, call, aware=True)
    wanted = next((kind for kind in exports(file.mime_type) if SHORT[kind] == call.text("exportFormat")), None)
    if wanted is None:
        message = "The requested conversion is not supported."
        raise GoogleError(400, message, "badRequest", location="exportFormat")
    content = _revision(file, call.text("revision")).content() if call.text("revision") else file.content
    return Download(export(file.mime_type, file.name, content, wanted), wanted)


METHODS: dict[str, Callable[[World, Call], dict[str, Any] | Download]] = {
    "drive.comments.list": list_comments,
    "drive.comments.get": get_comment,
    "drive.replies.list": list_replies,
    "drive.revisions.list": list_revisions,
    "drive.revisions.get": get_revision,
    "drive.links.export": follow_link,
}
DEFAULT_FIELDS = {
    "drive.revisions.list": "kind,nextPageToken,revisions(kind,id,mimeType,modifiedTime)",
    "drive.revisions.get": "kind,id,mimeType,modifiedTime",
}


def _need_fields(call: Call) -> None:
    if not call.text("fields"):
        message = "The 'fields' parameter is required for this method."
        raise GoogleError(400, message, "required", location="fields")


def _comment(world: World, call: Call) -> Comment:
    identity = call.path["commentId"]
    found = file_of(world, call, aware=True).comment(identity)
    if found is None or (found.deleted and not call.query["includeDeleted"]):
        refusal = f"Comment not found: {identity}."
        raise not_found(refusal, "commentId")
    return found


def _revision(file: File, identity: str) -> Revision:
    wanted = file.revisions[-1].id if identity == "head" and file.revisions else identity
    found = next((revision for revision in file.revisions if revision.id == wanted), None)
    if found is None:
        refusal = f"Revision not found: {identity}."
        raise not_found(refusal, "revisionId")
    return found
