"""Files, their revisions and comments, shared drives, and one change log per person and per shared drive.

Bounds: 50 revisions and 32 MiB of their content a file, 500 comments a file and 500 replies a comment (older ones go,
as Google merges revisions); a change log holds one entry per file, always the newest.
"""

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from monitor.simulator.change_log import ChangeLog

_GOOGLE = "application/vnd.google-apps."
DOC = _GOOGLE + "document"
SHEET = _GOOGLE + "spreadsheet"
SLIDES = _GOOGLE + "presentation"
FOLDER = _GOOGLE + "folder"
SHORTCUT = _GOOGLE + "shortcut"
EDITORS = (DOC, SHEET, SLIDES)
ROLES = ("organizer", "fileOrganizer", "writer", "commenter", "reader")
_MOST_REVISIONS = 50
_MOST_REVISION_BYTES = 32 * 1024 * 1024
_MOST_COMMENTS = 500
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(slots=True)
class Revision:
    """One edit: who, when, how many bytes the content had, and the content itself, packed."""

    id: str
    modified: datetime
    editor: str
    size: int
    packed: bytes

    def content(self) -> bytes:
        """What the file held after this edit."""
        return zlib.decompress(self.packed)


@dataclass(slots=True)
class Comment:
    """One comment, or with `action` possibly set one reply. A deleted one keeps no text, as Google keeps none."""

    id: str
    author: str
    text: str
    created: datetime
    modified: datetime
    deleted: bool = False
    resolved: bool = False
    action: str = ""
    quoted: str = ""
    replies: list["Comment"] = field(default_factory=list)


@dataclass
class SharedDrive:
    """A drive that belongs to the district; `members` are addresses of people and groups with their role.

    `in_group` tells who is in a group, by its address; of any other address nobody.
    """

    id: str
    name: str
    created: datetime
    members: dict[str, str] = field(default_factory=dict)
    in_group: Callable[[str], list[str]] = field(default=lambda _address: [])

    def people(self) -> dict[str, str]:
        """Everybody who is a member, directly or through a group, with their role."""
        found: dict[str, str] = {}
        for address, role in self.members.items():
            found |= dict.fromkeys(self.in_group(address) or [address], role)
        return found | {address: role for address, role in self.members.items() if address in found}


@dataclass(slots=True)
class File:
    """The present state of one file; `content` is a Doc's text, a Sheet's CSV, a deck's text or a file's bytes.

    Further sheets of a Sheet follow after a form feed, each with its name on the first line. A file in a shared drive
    belongs to the drive: `owner` then only says who made it.
    """

    id: str
    owner: str
    name: str
    mime_type: str
    content: bytes
    created: datetime
    modified: datetime
    editor: str
    version: int = 0
    shared_with: list[str] = field(default_factory=list)
    trashed: bool = False
    revisions: list[Revision] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    edits: int = 0
    drive: SharedDrive | None = None
    parent: str = ""
    target: str = ""

    @property
    def is_native(self) -> bool:
        """Whether it is a Google format, which has no bytes of its own."""
        return self.mime_type.startswith(_GOOGLE)

    def readers(self) -> set[str]:
        """Everybody who may read the file."""
        return {*(self.drive.people() if self.drive else (self.owner,)), *self.shared_with}

    def logs(self) -> set[str]:
        """The logs that tell of the file: readers', or the shared drive's and those of readers who are no members."""
        if self.drive is None:
            return self.readers()
        members = self.drive.people()
        return {self.drive.id, *(email for email in self.shared_with if email not in members)}

    def comment(self, identity: str) -> Comment | None:
        """The comment with this id."""
        return next((found for found in self.comments if found.id == identity), None)


class DriveFiles:
    """All files of the district and of the outsiders who share into it."""

    def __init__(self, seed: int, in_group: Callable[[str], list[str]] = lambda _address: []) -> None:
        self.seed, self.in_group = seed, in_group
        self.files: dict[str, File] = {}
        self.drives: dict[str, SharedDrive] = {}
        self.logs: dict[str, ChangeLog] = {}
        self._rng = random.Random(f"drive:{seed}")  # noqa: S311 - ids, nothing secret

    def log(self, name: str) -> ChangeLog:
        """The change log of a person (address) or of a shared drive (id), made when it is first asked for."""
        if name not in self.logs:
            rng = random.Random(f"log:{self.seed}:{name}")  # noqa: S311 - ids, nothing secret
            self.logs[name] = ChangeLog(rng.randrange(1_000, 90_000))
        return self.logs[name]

    def create(self, owner: str, name: str, mime_type: str, now: datetime) -> File:
        """A new, empty file that nobody's log knows yet; `commit` makes it seen."""
        length = 43 if mime_type in EDITORS else 32
        identity = "1" + "".join(self._rng.choices(_ALPHABET, k=length))
        file = File(identity, owner, name, mime_type, b"", now, now, owner)
        self.files[identity] = file
        return file

    def commit(self, file: File, now: datetime, before: set[str], edited: bool) -> None:
        """Ends a change: version, revision, and the logs that tell of the file (`before`: that told of it so far)."""
        file.version += self._rng.randrange(1, 4)
        if edited:
            file.edits += 1
            number = str(file.edits) if file.is_native else f"0B{file.id[1:12]}{file.edits:06d}"
            packed = zlib.compress(file.content, 1)
            file.revisions.append(Revision(number, file.modified, file.editor, len(file.content), packed))
            merge_revisions(file, _MOST_REVISIONS)
        told = file.logs()
        for name in sorted(before | told):
            self.log(name).note(file.id, now, name not in told, self._rng.randrange(1, 9))

    def remove(self, file: File, now: datetime) -> None:
        """Deletes a file for good; every log that told of it gets a tombstone."""
        del self.files[file.id]
        for name in sorted(file.logs()):
            self.log(name).note(file.id, now, True, self._rng.randrange(1, 9))

    def comment(self, file: File, author: str, text: str, now: datetime, answers: str = "") -> Comment:
        """Adds a comment, or a reply to the comment `answers`; `KeyError` when there is no such comment."""
        made = Comment("AAAB" + self._rng.randbytes(6).hex(), author, text, now, now)
        kept = file.comments
        if answers:
            found = file.comment(answers)
            if found is None:
                raise KeyError(answers)
            found.modified, kept = now, found.replies
        kept.append(made)
        del kept[:-_MOST_COMMENTS]
        self.commit(file, now, file.logs(), edited=False)
        return made

    def rename_person(self, old: str, new: str) -> None:
        """Somebody's address changed: their files, shares, memberships and log go with them."""
        if old in self.logs:
            self.logs[new] = self.logs.pop(old)
        for file in self.files.values():
            file.owner = new if file.owner == old else file.owner
            file.editor = new if file.editor == old else file.editor
            file.shared_with = [new if email == old else email for email in file.shared_with]
        for drive in self.drives.values():
            drive.members = {new if email == old else email: role for email, role in drive.members.items()}

    def open_drive(self, name: str, members: dict[str, str], now: datetime) -> SharedDrive:
        """A new shared drive that its members' logs tell of."""
        identity = "0A" + "".join(self._rng.choices(_ALPHABET, k=15)) + "PVA"
        drive = SharedDrive(identity, name, now, in_group=self.in_group)
        self.drives[identity] = drive
        self.set_members(drive, members, now)
        return drive

    def set_members(self, drive: SharedDrive, members: dict[str, str], now: datetime) -> None:
        """Gives a shared drive these members and no others; whoever came or went sees it in their own log."""
        before, drive.members = drive.people(), dict(members)
        after = drive.people()
        for email in sorted(set(before) | set(after)):
            if before.get(email) != after.get(email):
                gone = email not in after
                self.log(email).note(drive.id, now, gone, self._rng.randrange(1, 9), kind="drive")

    def close_drive(self, drive: SharedDrive, now: datetime) -> None:
        """Deletes a shared drive with everything in it."""
        for file in list(self.inside(drive)):
            self.remove(file, now)
        self.set_members(drive, {}, now)
        del self.drives[drive.id]

    def inside(self, drive: SharedDrive) -> Iterator[File]:
        """The files of a shared drive, newest change first."""
        return self._told_by(drive.id)

    def seen_by(self, email: str) -> Iterator[File]:
        """The files of a person's own log, newest change first; what lies in shared drives only is not among them."""
        return self._told_by(email)

    def _told_by(self, name: str) -> Iterator[File]:
        changes = sorted(self.log(name).latest.values(), key=lambda change: change.number, reverse=True)
        return (self.files[change.item] for change in changes if not change.removed and change.kind == "file")


def merge_revisions(file: File, most: int) -> None:
    """Forgets all but the newest `most` revisions, and older ones yet when their content is too large together."""
    del file.revisions[: max(len(file.revisions) - most, 0)]
    size = sum(len(revision.packed) for revision in file.revisions)
    while size > _MOST_REVISION_BYTES and len(file.revisions) > 1:
        size -= len(file.revisions.pop(0).packed)
