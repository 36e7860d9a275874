"""Control verbs that change files, comments and shared drives."""

from typing import Any

from monitor.simulator import acts_drive, office
from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.drive_files import DOC, ROLES, SHORTCUT, Comment, File, SharedDrive
from monitor.simulator.drive_resources import stamp
from monitor.simulator.world import World

_MOST_BYTES = 64 * 1024 * 1024


def write_file(world: World, given: Input) -> dict[str, Any]:
    """Creates a file (no `id`) or changes one: content, name, sharing, trash. New content is a new revision."""
    return _change_file(world, given) if given.has("id") else _new_file(world, given)


def _new_file(world: World, given: Input) -> dict[str, Any]:
    owner, editor = given.text("owner").lower(), given.text("editor").lower()
    if not owner:
        message = "write_file: a new file needs `owner` (any address)"
        raise ControlError(message)
    kind, name = given.text("mime_type") or DOC, given.text("name") or "Untitled document"
    content, when = _content(given, kind), given.instant("modified") or world.now()
    shared, trashed = given.texts("shared_with") or [], given.flag("trashed")
    drive, parent, target = _drive_named(world, given.text("drive")), given.text("parent"), given.text("target")
    given.done()
    if target and kind != SHORTCUT:
        message = f"write_file: only a shortcut ({SHORTCUT}) has a `target`"
        raise ControlError(message)
    world.make_room(len(content or b""))
    file = world.drive.create(owner, name, kind, when)
    file.content, file.editor, file.trashed = content or b"", editor or owner, trashed
    file.shared_with = list(dict.fromkeys(email.lower() for email in shared))
    file.drive, file.parent, file.target = drive, parent, target
    acts_drive.create(world, file, file.editor)
    return _as_written(file)


def _change_file(world: World, given: Input) -> dict[str, Any]:
    file, when = _found(world, given.text("id")), given.instant("modified") or world.now()
    content, editor = _content(given, given.text("mime_type") or file.mime_type), given.text("editor").lower()
    name, shared = given.text("name"), given.texts("shared_with")
    trashed = given.flag("trashed", default=file.trashed)
    given.done()
    actor = editor or file.owner
    world.make_room(len(content or b"") - len(file.content))
    if name and name != file.name:
        acts_drive.rename(world, file, actor, name)
    if trashed != file.trashed:
        acts_drive.trash(world, file, actor, trashed)
    if shared is not None:
        acts_drive.share(world, file, actor, [email.lower() for email in shared])
    if content is not None:
        acts_drive.edit(world, file, actor, content, when)
    return _as_written(file)


def remove_file(world: World, given: Input) -> dict[str, Any]:
    """Deletes a file for good, or with `trash` moves it to the trash."""
    file, trash = _found(world, given.text("id", needed=True)), given.flag("trash")
    actor = given.text("actor").lower() or file.owner
    given.done()
    if trash:
        acts_drive.trash(world, file, actor, True)
    else:
        acts_drive.remove(world, file, actor)
    return {"id": file.id}


def move_file(world: World, given: Input) -> dict[str, Any]:
    """Moves a file into a shared drive (`drive`), out of one or to another owner (`owner`), or to a folder."""
    file, actor = _found(world, given.text("id", needed=True)), given.text("actor").lower()
    drive, owner, parent = _drive_named(world, given.text("drive")), given.text("owner").lower(), given.text("parent")
    given.done()
    if drive is None and not owner:
        drive = file.drive
    acts_drive.move(world, file, actor or file.owner, drive, owner, parent)
    return _as_written(file) | {"drive": drive.id if drive else "", "owner": file.owner}


def merge_revisions(world: World, given: Input) -> dict[str, Any]:
    """Forgets a file's old revisions as Google does, all but the newest `keep`."""
    file, keep = _found(world, given.text("id", needed=True)), int(given.number("keep", 1))
    given.done()
    acts_drive.merge(world, file, max(keep, 1))
    return {"revisions": [revision.id for revision in file.revisions]}


def comment(world: World, given: Input) -> dict[str, Any]:
    """Writes a comment into a file, or with `reply_to` an answer to one."""
    file, author = _found(world, given.text("id", needed=True)), given.text("author", needed=True)
    text, answers, quoted = given.text("text", needed=True), given.text("reply_to"), given.text("quoted")
    given.done()
    try:
        return {"id": acts_drive.comment(world, file, author.lower(), text, answers, quoted).id}
    except KeyError as error:
        message = f"comment: there is no comment {answers!r} in this file"
        raise ControlError(message) from error


def change_comment(world: World, given: Input) -> dict[str, Any]:
    """Rewrites (`text`), deletes (`delete`) or resolves (`resolve`) a comment, or with `reply` a reply of it."""
    file, thread = _found(world, given.text("id", needed=True)), given.text("comment", needed=True)
    reply, text, actor = given.text("reply"), given.optional_text("text"), given.text("actor").lower()
    delete, resolve = given.flag("delete"), given.flag("resolve")
    given.done()
    if [text is not None, delete, resolve].count(True) != 1:
        message = "change_comment: give one of `text`, `delete` and `resolve`"
        raise ControlError(message)
    found = _remark(file, thread, reply)
    if resolve:
        return {"id": acts_drive.resolve(world, file, found, actor or found.author).id}
    acts_drive.change_comment(world, file, found, thread if reply else "", text)
    return {"id": found.id}


def shared_drive(world: World, given: Input) -> dict[str, Any]:
    """Opens a shared drive (`name`), or changes one (`id`): `members` {address: role}, `name`, `delete`."""
    identity, name, members = given.text("id"), given.text("name"), given.mapping("members")
    delete = given.flag("delete")
    given.done()
    wrong = sorted(str(role) for role in (members or {}).values() if role not in ROLES)
    if wrong:
        message = f"shared_drive: no role {wrong[0]!r}; there are {', '.join(ROLES)}"
        raise ControlError(message)
    roles = {email.lower(): str(role) for email, role in (members or {}).items()}
    if not identity:
        return _as_drive(acts_drive.open_drive(world, name or "Shared drive", roles))
    drive = _drive_named(world, identity)
    assert drive is not None  # noqa: S101 - an id was given
    if delete:
        acts_drive.close_drive(world, drive)
    else:
        drive.name = name or drive.name
        if members is not None:
            acts_drive.set_members(world, drive, roles)
    return _as_drive(drive)


def _content(given: Input, kind: str) -> bytes | None:
    content, text, render = given.content("content_base64"), given.optional_text("text"), given.flag("render")
    content = text.encode() if text is not None else content
    if content is not None and len(content) > _MOST_BYTES:
        message = f"write_file: {len(content)} bytes; at most {_MOST_BYTES}"
        raise ControlError(message)
    if not render:
        return content
    if text is None or kind not in office.MADE:
        message = f"write_file: `render` makes a file of `text` as one of {', '.join(office.MADE)}"
        raise ControlError(message)
    return office.make(kind, text)


def _found(world: World, identity: str) -> File:
    if identity not in world.drive.files:
        message = f"there is no file {identity!r}"
        raise ControlError(message)
    return world.drive.files[identity]


def _drive_named(world: World, identity: str) -> SharedDrive | None:
    if not identity:
        return None
    if identity not in world.drive.drives:
        message = f"there is no shared drive {identity!r}"
        raise ControlError(message)
    return world.drive.drives[identity]


def _remark(file: File, thread: str, reply: str) -> Comment:
    found = file.comment(thread)
    if found is not None and reply:
        found = next((answer for answer in found.replies if answer.id == reply), None)
    if found is None:
        message = f"change_comment: there is no comment or reply {reply or thread!r} in this file"
        raise ControlError(message)
    return found


def _as_written(file: File) -> dict[str, Any]:
    revision = file.revisions[-1].id if file.revisions else ""
    return {"id": file.id, "version": str(file.version), "revision": revision, "modified": stamp(file.modified)}


def _as_drive(drive: SharedDrive) -> dict[str, Any]:
    return {"id": drive.id, "name": drive.name, "members": dict(drive.members)}
