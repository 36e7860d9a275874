"""The JSON resources of Drive: files, users, revisions, comments, shared drives, permissions."""

import hashlib
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from monitor.simulator.drive_export import SHORT, exports
from monitor.simulator.drive_files import FOLDER, SHEET, SHORTCUT, SLIDES, Comment, File, Revision, SharedDrive
from monitor.simulator.world import World

LINK_PATHS = {
    SHEET: "/spreadsheets/export",
    SLIDES: "/feeds/download/presentations/Export",
}
DOCUMENT_LINK = "/feeds/download/documents/export/Export"


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
        "permissionId": permission_id(email),
        "emailAddress": email,
    }


def file_resource(world: World, file: File, viewer: str) -> dict[str, Any]:
    """Drive's `File` resource with everything that the simulator knows."""
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
        "lastModifyingUser": user(world, file.editor, viewer),
        "permissionIds": [permission_id(email) for email in sorted(file.readers())],
        "capabilities": {"canDownload": True, "canReadRevisions": True, "canEdit": True, "canComment": True},
        "size": str(len(file.content)),
        "quotaBytesUsed": str(len(file.content)),
        "isAppAuthorized": False,
        "writersCanShare": True,
        "webViewLink": f"https://docs.google.com/document/d/{file.id}/edit",
        "headRevisionId": file.revisions[-1].id if file.revisions else "",
    }
    return resource | _belonging(world, file, viewer) | _content(world, file, resource)


def _belonging(world: World, file: File, viewer: str) -> dict[str, Any]:
    """Whose file it is. In a shared drive nobody owns one, and Google leaves the fields of ownership out."""
    if file.drive is not None:
        return {
            "driveId": file.drive.id,
            "teamDriveId": file.drive.id,
            "parents": [file.parent or file.drive.id],
            "hasAugmentedPermissions": bool(file.shared_with),
        }
    own: dict[str, Any] = {
        "owners": [user(world, file.owner, viewer)],
        "ownedByMe": file.owner == viewer,
        "shared": bool(file.shared_with),
        "permissions": [_file_permission(file, email) for email in sorted(file.readers())],
    }
    # Somebody else's folder is no parent of a file that was shared alone.
    own |= {"parents": [file.parent or root_of(file.owner)]} if file.owner == viewer else {}
    if file.owner != viewer:
        own |= {"sharedWithMeTime": stamp(file.created), "sharingUser": user(world, file.owner, viewer)}
    return own


def _content(world: World, file: File, resource: dict[str, Any]) -> dict[str, Any]:
    if file.is_native:
        del resource["headRevisionId"]
    if file.mime_type == SHORTCUT:
        aim = world.drive.files.get(file.target)
        # A shortcut outlives its target; Google then still names the target's id.
        details = {"targetId": file.target} | ({"targetMimeType": aim.mime_type} if aim else {})
        del resource["size"]
        return {"shortcutDetails": details}
    if file.mime_type == FOLDER:
        del resource["size"]
        return {}
    if file.is_native:
        return {"exportLinks": _links(world, file, "")} if exports(file.mime_type) else {}
    suffix = PurePosixPath(file.name).suffix.lstrip(".")
    return {
        "originalFilename": file.name,
        "fileExtension": suffix,
        "fullFileExtension": suffix,
        "md5Checksum": hashlib.md5(file.content, usedforsecurity=False).hexdigest(),
        "sha256Checksum": hashlib.sha256(file.content).hexdigest(),
        "webContentLink": f"https://drive.google.com/uc?id={file.id}&export=download",
    }


def _links(world: World, file: File, revision: str) -> dict[str, str]:
    """Links for exporting, with Google's paths on the simulator's own host."""
    path, links = world.endpoint + LINK_PATHS.get(file.mime_type, DOCUMENT_LINK), {}
    for media_type in exports(file.mime_type):
        asked = {"id": file.id} | ({"revision": revision} if revision else {})
        links[media_type] = f"{path}?{urlencode(asked | {'exportFormat': SHORT[media_type]})}"
    return links


def revision_resource(world: World, file: File, revision: Revision, viewer: str) -> dict[str, Any]:
    """Drive's `Revision` resource. A Google format's revision can only be read through its export links."""
    resource: dict[str, Any] = {
        "kind": "drive#revision",
        "id": revision.id,
        "mimeType": file.mime_type,
        "modifiedTime": stamp(revision.modified),
        "lastModifyingUser": user(world, revision.editor, viewer),
        "published": False,
    }
    if file.is_native:
        return resource | {"exportLinks": _links(world, file, revision.id)}
    digest = hashlib.md5(revision.content(), usedforsecurity=False).hexdigest()
    return resource | {
        "keepForever": False,
        "originalFilename": file.name,
        "size": str(revision.size),
        "md5Checksum": digest,
    }


def comment_resource(world: World, comment: Comment, viewer: str, with_deleted: bool = False) -> dict[str, Any]:
    """Drive's `Comment` resource with its replies, the deleted ones among them only when asked for."""
    replies = [reply for reply in comment.replies if with_deleted or not reply.deleted]
    resource = _remark(world, comment, viewer, "drive#comment")
    resource |= {
        "resolved": comment.resolved,
        "replies": [reply_resource(world, reply, viewer) for reply in replies],
    }
    if comment.quoted:
        resource["quotedFileContent"] = {"mimeType": "text/html", "value": comment.quoted}
    return resource


def reply_resource(world: World, reply: Comment, viewer: str) -> dict[str, Any]:
    """Drive's `Reply` resource."""
    resource = _remark(world, reply, viewer, "drive#reply")
    return resource | ({"action": reply.action} if reply.action else {})


def _remark(world: World, remark: Comment, viewer: str, kind: str) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "kind": kind,
        "id": remark.id,
        "createdTime": stamp(remark.created),
        "modifiedTime": stamp(remark.modified),
        "deleted": remark.deleted,
    }
    if remark.deleted:
        return resource
    # Google names the author of a comment, but gives no address.
    full = user(world, remark.author, viewer)
    author = {name: full[name] for name in ("kind", "displayName", "me")}
    return resource | {"author": author, "content": remark.text, "htmlContent": remark.text}


def drive_resource(drive: SharedDrive, viewer: str) -> dict[str, Any]:
    """Drive's `Drive` resource, a shared drive as `viewer` sees it."""
    role = drive.people().get(viewer, "")
    return {
        "kind": "drive#drive",
        "id": drive.id,
        "name": drive.name,
        "createdTime": stamp(drive.created),
        "hidden": False,
        "capabilities": {
            "canListChildren": bool(role),
            "canDownload": bool(role),
            "canReadRevisions": bool(role),
            "canManageMembers": role == "organizer",
            "canEdit": role in ("organizer", "fileOrganizer", "writer"),
        },
        "restrictions": {"domainUsersOnly": False, "driveMembersOnly": False, "adminManagedRestrictions": False},
    }


def member_resource(drive: SharedDrive, email: str) -> dict[str, Any]:
    """Drive's `Permission` resource of one member of a shared drive."""
    role = drive.members[email]
    details = {"permissionType": "member", "role": role, "inherited": False}
    kind = "group" if drive.in_group(email) else "user"
    return _permission(email, role) | {"type": kind, "permissionDetails": [details]}


def file_permissions(file: File) -> list[dict[str, Any]]:
    """The permissions of one file: of its readers, for a shared drive's file of its members too."""
    if file.drive is None:
        return [_file_permission(file, email) for email in sorted(file.readers())]
    inherited = [
        _permission(email, role)
        | {
            "permissionDetails": [
                {"permissionType": "member", "role": role, "inherited": True, "inheritedFrom": file.drive.id}
            ]
        }
        for email, role in sorted(file.drive.members.items())
    ]
    alone = sorted(set(file.shared_with) - set(file.drive.members))
    return inherited + [_permission(email, "writer") for email in alone]


def root_of(email: str) -> str:
    """The id of a person's top folder."""
    return "0A" + hashlib.sha256(email.encode()).hexdigest()[:15].upper() + "9PVA"


def permission_id(email: str) -> str:
    """The id that Drive gives a person, the same for every file."""
    return str(int(hashlib.sha256(email.encode()).hexdigest()[:16], 16))


def _file_permission(file: File, email: str) -> dict[str, Any]:
    return _permission(email, "owner" if email == file.owner else "writer")


def _permission(email: str, role: str) -> dict[str, Any]:
    base = {"kind": "drive#permission", "id": permission_id(email), "type": "user"}
    return base | {"emailAddress": email, "role": role, "deleted": False}
