"""The shared drives of the domain and their members, as a delegated administrator sees them."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.google import fields
from monitor.google.calls import Caller

_MOST_PAGES = 200  # of 100 drives or members


@dataclass(frozen=True, slots=True)
class SharedDriveRef:
    """A shared drive without its name."""

    drive_id: str


class SharedDrives:
    """Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list_drives(self) -> Iterator[SharedDriveRef]:
        """Every shared drive of the domain. 100 units a page."""
        pages = self._caller.pages(
            "drive.drives.list",
            max_pages=_MOST_PAGES,
            pageSize=100,
            useDomainAdminAccess=True,
            fields="nextPageToken,drives(id)",
        )
        for page in pages:
            yield from (SharedDriveRef(fields.text(entry, "id")) for entry in fields.entries(page, "drives"))

    def members(self, drive_id: str) -> list[str]:
        """The addresses of the people who are members; groups are left out. 100 units a page."""
        pages = self._caller.pages(
            "drive.permissions.list",
            max_pages=_MOST_PAGES,
            fileId=drive_id,
            pageSize=100,
            supportsAllDrives=True,
            useDomainAdminAccess=True,
            fields="nextPageToken,permissions(type,emailAddress,deleted)",
        )
        return [
            str(entry.get("emailAddress") or "").lower()
            for page in pages
            for entry in fields.entries(page, "permissions")
            if entry.get("type") == "user" and not entry.get("deleted")
        ]
