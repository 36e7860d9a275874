"""One account's Drive: what changed, and one file's particulars and text.

A file's name is content too. The change feed is asked without names; `Drive.file` fetches them for the one file that
is about to be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError

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
_REF_FIELDS = (
    "id,mimeType,modifiedTime,createdTime,version,trashed,ownedByMe,size,owners(emailAddress),lastModifyingUser(me)"
)


@dataclass(frozen=True, slots=True)
class DriveFileRef:
    """A file without its name. `version` grows with every change; `size` in bytes, None for Google's own formats.

    `owner_address` is empty for a file in a shared drive. `last_modified_by_me`: the subject made the newest change.
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


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file with its name."""

    ref: DriveFileRef
    name: str


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

    def start_page_token(self) -> str:
        """The cursor for "from now on". 5 units."""
        answer = self._caller.read("drive.changes.getStartPageToken", fields="startPageToken")
        return fields.text(answer, "startPageToken")

    def change_pages(self, page_token: str, max_pages: int) -> Iterator[ChangePage]:
        """Changes since `page_token`, at most `max_pages` pages; 100 units a page. Raises CursorExpired.

        My Drive and what is shared with the account; shared drives have feeds of their own and are not in it.
        """
        pages = self._caller.pages(
            "drive.changes.list",
            max_pages=max_pages,
            page_token=page_token,
            pageSize=_PAGE_SIZE,
            includeRemoved=True,
            restrictToMyDrive=False,
            supportsAllDrives=False,
            spaces="drive",
            fields=f"nextPageToken,newStartPageToken,changes(changeType,removed,time,fileId,file({_REF_FIELDS}))",
        )
        return (_change_page(page) for page in pages)

    def file(self, file_id: str) -> DriveFile:
        """A file's particulars with its name. 5 units. Raises NotFound."""
        answer = self._caller.read(
            "drive.files.get",
            target=file_id,
            fileId=file_id,
            fields=f"{_REF_FIELDS},name",
        )
        return DriveFile(ref=_file_ref(answer), name=str(answer.get("name") or ""))

    def revision_times(self, file_id: str) -> list[datetime]:
        """When the kept revisions were made, oldest first. Google merges and drops old ones. 100 units a page.

        Raises PermanentError (`listTooLong`) beyond 20,000 revisions.
        """
        pages = self._caller.pages(
            "drive.revisions.list",
            max_pages=_MOST_REVISION_PAGES,
            target=file_id,
            fileId=file_id,
            pageSize=_PAGE_SIZE,
            fields="nextPageToken,revisions(modifiedTime)",
        )
        times: list[datetime] = []
        page: dict[str, Any] = {}
        for page in pages:
            times += [fields.instant(entry, "modifiedTime") for entry in fields.entries(page, "revisions")]
        if page.get("nextPageToken"):
            raise PermanentError("more revisions than can be listed", reason="listTooLong")
        return sorted(times)

    def export(self, file_id: str, media_type: str) -> bytes:
        """A Google file as `media_type` (see EXPORT_TYPES). 200 units. Raises TooLarge above Google's 10 MB."""
        return self._caller.download(
            "drive.files.export",
            target=file_id,
            max_bytes=EXPORT_MAX_BYTES,
            fileId=file_id,
            mimeType=media_type,
        )

    def download(self, file_id: str, max_bytes: int) -> bytes:
        """An uploaded file's bytes. 200 units. Raises TooLarge above `max_bytes` without reading them all."""
        return self._caller.download("drive.files.get_media", target=file_id, max_bytes=max_bytes, fileId=file_id)


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
    )
