"""Control verbs that change files."""

from typing import Any

from monitor.simulator.control_input import ControlError, Input
from monitor.simulator.drive_files import DOC, File
from monitor.simulator.drive_resources import stamp
from monitor.simulator.world import World

_MOST_BYTES = 64 * 1024 * 1024


def write_file(world: World, given: Input) -> dict[str, Any]:
    """Creates a file (no `id`) or changes one: content, name, sharing, trash. New content is a new revision."""
    identity, owner, editor = given.text("id"), given.text("owner"), given.text("editor")
    when = given.instant("modified") or world.now()
    content, text = given.content("content_base64"), given.optional_text("text")
    content = text.encode() if text is not None else content
    if content is not None and len(content) > _MOST_BYTES:
        message = f"write_file: {len(content)} bytes; at most {_MOST_BYTES}"
        raise ControlError(message)
    fresh = not identity
    kind, name = given.text("mime_type"), given.text("name")
    if fresh:
        if not owner:
            message = "write_file: a new file needs `owner` (any address)"
            raise ControlError(message)
        file = world.drive.create(owner.lower(), name or "Untitled document", kind or DOC, when)
    else:
        file = _found(world, identity)
    before = set() if fresh else file.readers()
    shared, trashed = given.texts("shared_with"), given.flag("trashed", default=file.trashed)
    given.done()
    file.name, file.trashed = name or file.name, trashed
    file.shared_with = file.shared_with if shared is None else [email.lower() for email in shared]
    if content is not None:
        world.hold(len(content) - len(file.content))
        file.content = content
    if content is not None or fresh:
        file.modified, file.editor = when, (editor or file.owner).lower()
    world.drive.commit(file, world.now(), before, edited=content is not None or fresh)
    return _as_written(file)


def remove_file(world: World, given: Input) -> dict[str, Any]:
    """Deletes a file for good, or with `trash` moves it to the trash."""
    file, trash = _found(world, given.text("id", needed=True)), given.flag("trash")
    given.done()
    if trash:
        file.trashed = True
        world.drive.commit(file, world.now(), file.readers(), edited=False)
    else:
        world.hold(-len(file.content))
        world.drive.remove(file, world.now())
    return {"id": file.id}


def comment(world: World, given: Input) -> dict[str, Any]:
    """Writes a comment into a file, or with `reply_to` an answer to one."""
    file, author = _found(world, given.text("id", needed=True)), given.text("author", needed=True)
    text, answers = given.text("text", needed=True), given.text("reply_to")
    given.done()
    try:
        return {"id": world.drive.comment(file, author.lower(), text, world.now(), answers).id}
    except KeyError as error:
        message = f"comment: there is no comment {answers!r} in this file"
        raise ControlError(message) from error


def _found(world: World, identity: str) -> File:
    if identity not in world.drive.files:
        message = f"there is no file {identity!r}"
        raise ControlError(message)
    return world.drive.files[identity]


def _as_written(file: File) -> dict[str, Any]:
    revision = file.revisions[-1].id if file.revisions else ""
    return {"id": file.id, "version": str(file.version), "revision": revision, "modified": stamp(file.modified)}
