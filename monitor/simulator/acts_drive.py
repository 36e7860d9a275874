"""What people do in Drive. Every act changes the state, the audit log and the record together."""

from collections.abc import Iterable
from datetime import datetime

from monitor.simulator.audit_log import about_file
from monitor.simulator.drive_files import Comment, File, SharedDrive, merge_revisions
from monitor.simulator.record import Fact
from monitor.simulator.world import World


def create(world: World, file: File, actor: str) -> None:
    """Makes a new file known (`DriveFiles.create` made it, the caller filled it)."""
    world.hold(len(file.content))
    world.drive.commit(file, world.now(), set(), edited=True)
    _enter(world, file, "created", actor, "create", with_text=True)


def edit(world: World, file: File, editor: str, content: bytes, when: datetime) -> None:
    """New content by `editor`: a new revision."""
    world.hold(len(content) - len(file.content))
    file.content, file.modified, file.editor = content, when, editor
    world.drive.commit(file, world.now(), file.logs(), edited=True)
    _enter(world, file, "edited", editor, "edit", with_text=True)


def rename(world: World, file: File, actor: str, name: str) -> None:
    """A new title."""
    file.name, file.modified = name, world.now()
    world.drive.commit(file, world.now(), file.logs(), edited=False)
    _enter(world, file, "renamed", actor, "rename")


def share(world: World, file: File, actor: str, emails: Iterable[str]) -> None:
    """Gives the file to exactly these people besides its owner or its drive's members."""
    before, file.shared_with = file.logs(), list(dict.fromkeys(emails))
    world.drive.commit(file, world.now(), before, edited=False)
    _enter(world, file, "shared", actor, "change_user_access")


def trash(world: World, file: File, actor: str, trashed: bool) -> None:
    """Into the trash, or back."""
    file.trashed = trashed
    world.drive.commit(file, world.now(), file.logs(), edited=False)
    _enter(world, file, "trashed" if trashed else "untrashed", actor, "trash" if trashed else "untrash")


def remove(world: World, file: File, actor: str) -> None:
    """Deletes for good."""
    world.hold(-len(file.content))
    world.drive.remove(file, world.now())
    _enter(world, file, "deleted", actor, "delete")


def move(world: World, file: File, actor: str, drive: SharedDrive | None, owner: str, parent: str) -> None:
    """To another folder, to another owner, into a shared drive or out of one (`drive` None)."""
    before = file.logs()
    file.drive, file.owner, file.parent = drive, owner or file.owner, parent
    world.drive.commit(file, world.now(), before, edited=False)
    _enter(world, file, "moved", actor, "move")


def comment(world: World, file: File, author: str, text: str, answers: str = "", quoted: str = "") -> Comment:
    """A comment, or a reply to the comment `answers`; `KeyError` when there is no such comment."""
    made = world.drive.comment(file, author, text, world.now(), answers)
    made.quoted = quoted
    _remark(world, file, made, answers, "created", author)
    world.reports.note("drive", author, "create_comment", about_file(file), world.now())
    return made


def change_comment(world: World, file: File, found: Comment, thread: str, text: str | None) -> None:
    """Rewrites a comment or reply (of the comment `thread`), or with `text` None deletes it."""
    found.modified, found.deleted, found.text = world.now(), text is None, text or ""
    outer = file.comment(thread) if thread else None
    if outer is not None:
        outer.modified = found.modified
    world.drive.commit(file, world.now(), file.logs(), edited=False)
    act, name = ("deleted", "delete_comment") if text is None else ("edited", "edit_comment")
    _remark(world, file, found, thread, act, found.author)
    world.reports.note("drive", found.author, name, about_file(file), world.now())


def resolve(world: World, file: File, found: Comment, actor: str) -> Comment:
    """Marks a comment as done, which Google shows as a reply without text."""
    found.resolved = True
    made = world.drive.comment(file, actor, "", world.now(), found.id)
    made.action = "resolve"
    return made


def merge(world: World, file: File, most: int) -> None:
    """Google thins out old revisions; nothing tells of it."""
    merge_revisions(file, most)
    readers = tuple(sorted(file.readers()))
    world.record.add(Fact(world.now(), "file", "merged", file.id, _place(file), readers=readers, name=file.name))


def open_drive(world: World, name: str, members: dict[str, str]) -> SharedDrive:
    """A new shared drive."""
    drive = world.drive.open_drive(name, members, world.now())
    _drive_fact(world, drive, "created")
    return drive


def set_members(world: World, drive: SharedDrive, members: dict[str, str]) -> None:
    """New members of a shared drive."""
    world.drive.set_members(drive, members, world.now())
    _drive_fact(world, drive, "shared")


def close_drive(world: World, drive: SharedDrive) -> None:
    """Deletes a shared drive and its files."""
    for file in list(world.drive.inside(drive)):
        remove(world, file, next(iter(drive.members), ""))
    world.drive.close_drive(drive, world.now())
    _drive_fact(world, drive, "deleted")


def _enter(world: World, file: File, act: str, actor: str, event: str, with_text: bool = False) -> None:
    now, packed = world.now(), file.revisions[-1].packed if with_text and file.revisions else None
    readers = tuple(sorted(file.readers()))
    world.record.add(
        Fact(now, "file", act, file.id, _place(file), actor, readers=readers, packed=packed, name=file.name)
    )
    world.reports.note("drive", actor, event, about_file(file), now)


def _remark(world: World, file: File, made: Comment, thread: str, act: str, actor: str) -> None:
    kind, place = ("reply", f"{file.id}/{thread}") if thread else ("comment", file.id)
    text = None if act == "deleted" else made.text
    readers = tuple(sorted(file.readers()))
    world.record.add(Fact(world.now(), kind, act, made.id, place, actor, readers=readers, source=text, name=file.name))


def _drive_fact(world: World, drive: SharedDrive, act: str) -> None:
    readers = tuple(sorted(drive.people()))
    world.record.add(Fact(world.now(), "drive", act, drive.id, readers=readers, name=drive.name))


def _place(file: File) -> str:
    return file.drive.id if file.drive else file.owner
