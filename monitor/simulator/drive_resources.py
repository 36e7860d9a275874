"""The JSON resources of Drive: files, users, revisions, comments."""

import hashlib
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from monitor.simulator.drive_files import DOC, EDITORS, FOLDER, SHEET, Comment, File, Revision
from monitor.simulator.world import World

EXPORTS = {
    DOC: ("text/plain", "text/html", "text/markdown"),
    SHEET: ("text/csv", "text/tab-separated-values"),
}
_SLIDES_EXPORTS = ("text/plain",)


def exports(file: File) -> tuple[str, ...]:
    """The types that the simulator exports this file to; Google knows more (PDF, Office), which are refused here."""
    return EXPORTS.get(file.mime_type, _SLIDES_EXPORTS) if file.mime_type in EDITORS else ()


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as Drive writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def user(world: World, email: str, viewer: str) -> dict[str, Any]:
    """Drive's `User` resource."""
    person = world.people.get(email)
    return {
        "kind": "drive#user",
        "displayName": person.full_name if person else email.partition("@")[0],
        "me": email == viewer,
        "permissionId": _permission(email),
        "emailAddress": email,
    }


def file_resource(world: World, file: File, viewer: str) -> dict[str, Any]:
    """Drive's `File` resource with everything that the simulator knows."""
    editor = file.mime_type in EDITORS
    resource: dict[str, Any] = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "starred": False,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "spaces": ["drive"],
        "version": str(file.version),
        "createdTime": stamp(file.created),
        "modifiedTime": stamp(file.modified),
        "modifiedByMe": file.editor == viewer,
        "owners": [user(world, file.owner, viewer)],
        "lastModifyingUser": user(world, file.editor, viewer),
        "ownedByMe": file.owner == viewer,
        "shared": bool(file.shared_with),
        "permissionIds": [_permission(email) for email in sorted(file.readers())],
        "permissions": [_permission_resource(file, email) for email in sorted(file.readers())],
        "capabilities": {"canDownload": True, "canReadRevisions": True, "canEdit": True, "canComment": True},
        "size": str(len(file.content)),
        "quotaBytesUsed": str(len(file.content)),
        "isAppAuthorized": False,
        "writersCanShare": True,
        "webViewLink": f"https://docs.google.com/document/d/{file.id}/edit",
        "headRevisionId": file.revisions[-1].id if file.revisions else "",
    }
    if editor:
        base = f"https://docs.google.com/feeds/download/documents/export/Export?id={file.id}&exportFormat="
        resource["exportLinks"] = {name: base + name for name in exports(file)}
        del resource["headRevisionId"]
    elif file.mime_type == FOLDER:
        del resource["headRevisionId"], resource["size"]
    else:
        resource |= _binary(file)
    return resource


def revision_resource(world: World, file: File, revision: Revision, viewer: str) -> dict[str, Any]:
    """Drive's `Revision` resource."""
    resource: dict[str, Any] = {
        "kind": "drive#revision",
        "id": revision.id,
        "mimeType": file.mime_type,
        "modifiedTime": stamp(revision.modified),
        "lastModifyingUser": user(world, revision.editor, viewer),
        "published": False,
    }
    if file.mime_type not in EDITORS:
        resource |= {"keepForever": False, "originalFilename": file.name, "size": str(revision.size)}
    return resource


def comment_resource(world: World, comment: Comment, viewer: str) -> dict[str, Any]:
    """Drive's `Comment` resource with its replies."""
    last = comment.replies[-1][2] if comment.replies else comment.created
    return {
        "kind": "drive#comment",
        "id": comment.id,
        "author": _author(world, comment.author, viewer),
        "content": comment.text,
        "htmlContent": comment.text,
        "createdTime": stamp(comment.created),
        "modifiedTime": stamp(last),
        "deleted": False,
        "resolved": False,
        "replies": [_reply(world, comment, at, viewer) for at in range(len(comment.replies))],
    }


def _reply(world: World, comment: Comment, at: int, viewer: str) -> dict[str, Any]:
    author, text, when = comment.replies[at]
    return {
        "kind": "drive#reply",
        "id": f"{comment.id}r{at}",
        "author": _author(world, author, viewer),
        "content": text,
        "htmlContent": text,
        "createdTime": stamp(when),
        "modifiedTime": stamp(when),
        "deleted": False,
    }


def _author(world: World, email: str, viewer: str) -> dict[str, Any]:
    # Google names the author of a comment, but gives no address.
    full = user(world, email, viewer)
    return {name: full[name] for name in ("kind", "displayName", "me")}


def _binary(file: File) -> dict[str, Any]:
    return {
        "originalFilename": file.name,
        "fileExtension": PurePosixPath(file.name).suffix.lstrip("."),
        "fullFileExtension": PurePosixPath(file.name).suffix.lstrip("."),
        "md5Checksum": hashlib.md5(file.content, usedforsecurity=False).hexdigest(),
        "sha256Checksum": hashlib.sha256(file.content).hexdigest(),
        "webContentLink": f"https://drive.google.com/uc?id={file.id}&export=download",
    }


def _permission(email: str) -> str:
    return str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16))


def _permission_resource(file: File, email: str) -> dict[str, Any]:
    role = "owner" if email == file.owner else "writer"
    base = {"kind": "drive#permission", "id": _permission(email), "type": "user"}
    return base | {"emailAddress": email, "role": role, "deleted": False}
