"""Files, their revisions and comments, and one change log per person.

Bounds: 50 revisions and 500 comments a file (older ones go, as Google merges revisions); a change log holds one
entry per file, always the newest. Shared drives are not played.
"""

import bisect
import random
from dataclasses import dataclass, field
from datetime import datetime

DOC = "application/vnd.google-apps.document"
SHEET = "application/vnd.google-apps.spreadsheet"
SLIDES = "application/vnd.google-apps.presentation"
FOLDER = "application/vnd.google-apps.folder"
EDITORS = (DOC, SHEET, SLIDES)
_MOST_REVISIONS = 50
_MOST_COMMENTS = 500
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(slots=True)
class Revision:
    """One edit: who and when, and how many bytes the content had then."""

    id: str
    modified: datetime
    editor: str
    size: int


@dataclass(slots=True)
class Comment:
    """One comment with its replies as (author, text, time)."""

    id: str
    author: str
    text: str
    created: datetime
    replies: list[tuple[str, str, datetime]] = field(default_factory=list)


@dataclass
class File:
    """The present state of one file; `content` is a Doc's text, a Sheet's CSV, a deck's text or a file's bytes."""

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

    def readers(self) -> set[str]:
        """Everybody who may read the file."""
        return {self.owner, *self.shared_with}


@dataclass(frozen=True, slots=True)
class Change:
    """A file's newest place in a log; `removed` when the person can no longer see it."""

    number: int
    file_id: str
    when: datetime
    removed: bool


class ChangeLog:
    """What one person's Drive saw. Numbers rise for ever; a file that changes again moves to the end."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.latest: dict[str, Change] = {}
        self._order: list[Change] = []

    def note(self, file_id: str, when: datetime, removed: bool, step: int) -> None:
        """Writes a change; `step` is how far the numbers rise."""
        change = Change(self.next, file_id, when, removed)
        self.next += step
        self.latest[file_id] = change
        self._order.append(change)
        if len(self._order) > 2 * len(self.latest) + 100:
            self._order = [kept for kept in self._order if self.latest[kept.file_id] is kept]

    def since(self, number: int, most: int) -> list[Change]:
        """Up to `most` changes numbered `number` or more, oldest first, each file once."""
        at = bisect.bisect_left(self._order, number, key=lambda change: change.number)
        found = []
        for change in self._order[at:]:
            if self.latest[change.file_id] is change:
                found.append(change)
                if len(found) == most:
                    break
        return found


class DriveFiles:
    """All files of the district and of the outsiders who share into it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.files: dict[str, File] = {}
        self.logs: dict[str, ChangeLog] = {}
        self._rng = random.Random(f"drive:{seed}")  # noqa: S311 - ids, nothing secret

    def log(self, email: str) -> ChangeLog:
        """A person's change log, made when it is first asked for."""
        if email not in self.logs:
            rng = random.Random(f"log:{self.seed}:{email}")  # noqa: S311 - ids, nothing secret
            self.logs[email] = ChangeLog(rng.randrange(1_000, 90_000))
        return self.logs[email]

    def create(self, owner: str, name: str, mime_type: str, now: datetime) -> File:
        """A new, empty file that nobody's log knows yet; `commit` makes it seen."""
        length = 43 if mime_type in EDITORS else 32
        identity = "1" + "".join(self._rng.choices(_ALPHABET, k=length))
        file = File(identity, owner, name, mime_type, b"", now, now, owner)
        self.files[identity] = file
        return file

    def commit(self, file: File, now: datetime, before: set[str], edited: bool) -> None:
        """Ends a change: version, revision, and the logs of all who see the file or no longer see it."""
        file.version += self._rng.randrange(1, 4)
        if edited:
            file.edits += 1
            number = str(file.edits) if file.mime_type in EDITORS else f"0B{file.id[1:12]}{file.edits:06d}"
            file.revisions.append(Revision(number, file.modified, file.editor, len(file.content)))
            del file.revisions[:-_MOST_REVISIONS]
        readers = file.readers()
        for email in sorted(before | readers):
            self.log(email).note(file.id, now, email not in readers, self._rng.randrange(1, 9))

    def remove(self, file: File, now: datetime) -> None:
        """Deletes a file for good; every reader's log gets a tombstone."""
        del self.files[file.id]
        for email in sorted(file.readers()):
            self.log(email).note(file.id, now, True, self._rng.randrange(1, 9))

    def comment(self, file: File, author: str, text: str, now: datetime, answers: str = "") -> Comment:
        """Adds a comment, or a reply to the comment `answers`; `KeyError` when there is no such comment."""
        if answers:
            found = next((item for item in file.comments if item.id == answers), None)
            if found is None:
                raise KeyError(answers)
            found.replies.append((author, text, now))
            del found.replies[:-_MOST_COMMENTS]
        else:
            found = Comment("AAAB" + self._rng.randbytes(6).hex(), author, text, now)
            file.comments.append(found)
            del file.comments[:-_MOST_COMMENTS]
        self.commit(file, now, file.readers(), edited=False)
        return found

    def seen_by(self, email: str) -> list[File]:
        """The files that a person can see, newest change first."""
        changes = sorted(self.log(email).latest.values(), key=lambda change: change.number, reverse=True)
        return [self.files[change.file_id] for change in changes if not change.removed]
