"""One account's Drive: what changed, and one file's particulars and text.

A file's name is content too. The change feed is asked without names; `Drive.file` fetches them for the one file that
is about to be read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError, TooLarge

GOOGLE_DOCUMENT = "application/vnd.google-apps.document"
GOOGLE_SHEET = "application/vnd.google-apps.spreadsheet"
GOOGLE_SLIDES = "application/vnd.google-apps.presentation"
GOOGLE_NATIVE_PREFIX = "application/vnd.google-apps."
"""Files of these types have no bytes to download: those in `EXPORT_TYPES` are exported, the rest cannot be read."""

EXPORT_TYPES = {GOOGLE_DOCUMENT: "text/plain", GOOGLE_SHEET: "text/csv", GOOGLE_SLIDES: "text/plain"}
"""As what each is exported. `text/csv` holds a spreadsheet's FIRST sheet only; the others are not read."""

EXPORT_MAX_BYTES = 16 * 1024 * 1024  # Google exports at most 10 MB

_PAGE_SIZE = 1_000  # Drive's largest page
_MOST_REVISION_PAGES = 20
_REMARK_FIELDS = "id,content,deleted,createdTime,modifiedTime,author(me)"
_REF_FIELDS = (
    "id,mimeType,modifiedTime,createdTime,version,trashed,ownedByMe,size,driveId,owners(emailAddress),"
    "lastModifyingUser(me,emailAddress)"
)


@dataclass(frozen=True, slots=True)
class DriveFileRef:
    """A file without its name. `version` grows with every change; `size` in bytes, None for Google's own formats.

    `owner_address` is empty for a file in a shared drive, whose id is then `drive_id`.
    `last_modified_by_me`: the subject made the newest change.
    """

    file_id: str
    mime_type: str
    modified_at: datetime
    created_at: datetime
    version: int
    trashed: bool
    owned_by_me: bool
    owner_address: str
    last_modified_by_me: bool
    size: int | None
    drive_id: str = ""
    modifier_address: str = ""


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file with its name; `export_links` are where Google's own formats can be had as a media type, at any size."""

    ref: DriveFileRef
    name: str
    export_links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Revision:
    """One kept state of a file and who made it; the address is empty where Google does not say."""

    revision_id: str
    modified_at: datetime
    editor_address: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment or a reply; `is_mine`: the subject wrote it.

    Google dates a comment by its newest reply. `was_answered` says that `modified_at` may be a reply's and not its own.
    """

    remark_id: str
    text: str
    is_mine: bool
    created_at: datetime
    modified_at: datetime
    was_answered: bool = False

    @property
    def said_at(self) -> datetime:
        """When it was written, as far as Google tells."""
        return self.created_at if self.was_answered else self.modified_at


@dataclass(frozen=True, slots=True)
class DriveChange:
    """The present state of a file that changed; `file` is None when it was removed or is out of reach."""

    file_id: str
    is_removed: bool
    changed_at: datetime
    file: DriveFileRef | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes. `next_token` may be stored as the cursor as soon as these changes are safe, on any page."""

    changes: tuple[DriveChange, ...]
    next_token: str
    is_last: bool


class Drive:
    """The Drive of one subject, read only. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def start_page_token(self, drive_id: str = "") -> str:
        """The cursor for "from now on", of the account's own feed or of a shared drive's. 5 units."""
        drive: dict[str, Any] = {"driveId": drive_id, "supportsAllDrives": True} if drive_id else {}
        answer = self._caller.read("drive.changes.getStartPageToken", fields="startPageToken", **drive)
        return fields.text(answer, "startPageToken")

    def change_pages(self, page_token: str, max_pages: int, drive_id: str = "") -> Iterator[ChangePage]:
        """Changes since `page_token`, at most `max_pages` pages; 100 units a page. Raises CursorExpired.

        Without `drive_id` what the account owns or was given, files in shared drives included where they were given to
        it. With it, the feed of that shared drive, of which the account must be a member.
        """
        pages = self._caller.pages(
            "drive.changes.list",
            max_pages=max_pages,
            page_token=page_token,
            pageSize=_PAGE_SIZE,
            includeRemoved=True,
            restrictToMyDrive=False,
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            spaces="drive",
            fields=f"nextPageToken,newStartPageToken,changes(changeType,removed,time,fileId,file({_REF_FIELDS}))",
            **({"driveId": drive_id} if drive_id else {}),
        )
        return (_change_page(page) for page in pages)

    def file(self, file_id: str) -> DriveFile:
        """A file's particulars with its name. 5 units. Raises NotFound."""
        answer = self._caller.read(
            "drive.files.get",
            target=file_id,
            fileId=file_id,
            supportsAllDrives=True,
            fields=f"{_REF_FIELDS},name,exportLinks",
        )
        return DriveFile(_file_ref(answer), str(answer.get("name") or ""), fields.links(answer, "exportLinks"))

    def revisions(self, file_id: str) -> list[Revision]:
        """The kept revisions, oldest first. Google merges and drops old ones. 100 units a page.

        Raises PermanentError (`listTooLong`) beyond 20,000 revisions.
        """
        pages = self._caller.pages(
            "drive.revisions.list",
            max_pages=_MOST_REVISION_PAGES,
            target=file_id,
            fileId=file_id,
            pageSize=_PAGE_SIZE,
            fields="nextPageToken,revisions(id,modifiedTime,lastModifyingUser(emailAddress))",
        )
        found: list[Revision] = []
        page: dict[str, Any] = {}
        for page in pages:
            found += [_revision(entry) for entry in fields.entries(page, "revisions")]
        if page.get("nextPageToken"):
            raise PermanentError("more revisions than can be listed", reason="listTooLong")
        return sorted(found, key=lambda revision: revision.modified_at)

    def revision_text(self, file: DriveFile, revision_id: str, media_type: str, max_bytes: int) -> bytes:
        """What a file held at one revision: the bytes, or a Google format as `media_type`. 205 units.

        Raises NotFound where Google no longer has it, TooLarge above `max_bytes`.
        """
        if not file.ref.mime_type.startswith(GOOGLE_NATIVE_PREFIX):
            return self._caller.download(
                "drive.revisions.get_media",
                target=file.ref.file_id,
                max_bytes=max_bytes,
                media_type=file.ref.mime_type,
                fileId=file.ref.file_id,
                revisionId=revision_id,
            )
        answer = self._caller.read(
            "drive.revisions.get",
            target=file.ref.file_id,
            fileId=file.ref.file_id,
            revisionId=revision_id,
            fields="exportLinks",
        )
        link = fields.links(answer, "exportLinks").get(media_type)
        if link is None:
            raise PermanentError("no export link of this revision", reason="noExportLink")
        return self._caller.follow(
            "drive.revisions.get_media", link, target=file.ref.file_id, max_bytes=max_bytes, media_type=media_type
        )

    def comments(self, file_id: str, since: datetime | None, max_pages: int = 20) -> list[Remark]:
        """Comments and replies changed since an instant, deleted ones left out. 100 units a page of 100 threads.

        Google gives no author's address, only whether it was the subject. Raises PermanentError (`listTooLong`).
        """
        given = {"startModifiedTime": since.isoformat()} if since else {}
        pages = self._caller.pages(
            "drive.comments.list",
            max_pages=max_pages,
            target=file_id,
            fileId=file_id,
            pageSize=100,
            includeDeleted=False,
            fields=f"nextPageToken,comments({_REMARK_FIELDS},replies({_REMARK_FIELDS}))",
            **given,
        )
        found: list[Remark] = []
        page: dict[str, Any] = {}
        for page in pages:
            for thread in fields.entries(page, "comments"):
                replies = [_remark(entry) for entry in fields.entries(thread, "replies")]
                found += [_remark(thread, replies), *replies]
        if page.get("nextPageToken"):
            raise PermanentError("more comments than can be listed", reason="listTooLong")
        return [remark for remark in found if remark.text]

    def export(self, file_id: str, media_type: str) -> bytes:
        """A Google file as `media_type` (see EXPORT_TYPES). 200 units. Raises TooLarge above Google's 10 MB."""
        return self._caller.download(
            "drive.files.export",
            target=file_id,
            max_bytes=EXPORT_MAX_BYTES,
            media_type=media_type,
            fileId=file_id,
            mimeType=media_type,
        )

    def export_large(self, file: DriveFile, media_type: str, max_bytes: int) -> bytes:
        """As `export`, over the file's export link, which knows no 10 MB limit. 200 units. Raises TooLarge."""
        link = file.export_links.get(media_type)
        if link is None:
            raise TooLarge("larger than Google exports, and it has no link", reason="exportSizeLimitExceeded")
        return self._caller.follow(
            "drive.files.export", link, target=file.ref.file_id, max_bytes=max_bytes, media_type=media_type
        )

    def download(self, file_id: str, max_bytes: int, media_type: str = "") -> bytes:
        """An uploaded file's bytes. 200 units. Raises TooLarge above `max_bytes` without reading them all."""
        return self._caller.download(
            "drive.files.get_media",
            target=file_id,
            max_bytes=max_bytes,
            media_type=media_type,
            fileId=file_id,
            supportsAllDrives=True,
        )


def _revision(entry: dict[str, Any]) -> Revision:
    editor = entry.get("lastModifyingUser")
    address = str(editor.get("emailAddress") or "") if isinstance(editor, dict) else ""
    return Revision(fields.text(entry, "id"), fields.instant(entry, "modifiedTime"), address)


def _remark(entry: dict[str, Any], replies: Sequence[Remark] = ()) -> Remark:
    author, modified_at = entry.get("author"), fields.instant(entry, "modifiedTime")
    return Remark(
        remark_id=fields.text(entry, "id"),
        text="" if entry.get("deleted") is True else str(entry.get("content") or ""),
        is_mine=isinstance(author, dict) and author.get("me") is True,
        created_at=fields.instant(entry, "createdTime"),
        modified_at=modified_at,
        was_answered=any(reply.modified_at >= modified_at for reply in replies),
    )


def _change_page(page: dict[str, Any]) -> ChangePage:
    following = page.get("nextPageToken")
    files = (entry for entry in fields.entries(page, "changes") if entry.get("changeType", "file") == "file")
    return ChangePage(
        changes=tuple(_change(entry) for entry in files),
        next_token=fields.text(page, "nextPageToken" if following else "newStartPageToken"),
        is_last=not following,
    )


def _change(entry: dict[str, Any]) -> DriveChange:
    described = entry.get("file")
    return DriveChange(
        file_id=fields.text(entry, "fileId"),
        is_removed=entry.get("removed") is True,
        changed_at=fields.instant(entry, "time"),
        file=_file_ref(described) if isinstance(described, dict) else None,
    )


def _file_ref(entry: dict[str, Any]) -> DriveFileRef:
    modifier = entry.get("lastModifyingUser")
    return DriveFileRef(
        file_id=fields.text(entry, "id"),
        mime_type=fields.text(entry, "mimeType"),
        modified_at=fields.instant(entry, "modifiedTime"),
        created_at=fields.instant(entry, "createdTime"),
        version=fields.number(entry, "version"),
        trashed=entry.get("trashed") is True,
        owned_by_me=entry.get("ownedByMe") is True,
        owner_address=next((str(owner.get("emailAddress") or "") for owner in fields.entries(entry, "owners")), ""),
        last_modified_by_me=isinstance(modifier, dict) and modifier.get("me") is True,
        size=fields.number(entry, "size") if "size" in entry else None,
        drive_id=str(entry.get("driveId") or ""),
        modifier_address=str(modifier.get("emailAddress") or "") if isinstance(modifier, dict) else "",
    )
