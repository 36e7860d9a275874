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


@dataclass(frozen=True, slots=True)
class DriveMembers:
    """Who is a member of a shared drive: addresses of people, and of groups whose members are members too."""

    people: tuple[str, ...]
    groups: tuple[str, ...]


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

    def members(self, drive_id: str) -> DriveMembers:
        """The people and the groups that are members. 100 units a page."""
        pages = self._caller.pages(
            "drive.permissions.list",
            max_pages=_MOST_PAGES,
            fileId=drive_id,
            pageSize=100,
            supportsAllDrives=True,
            useDomainAdminAccess=True,
            fields="nextPageToken,permissions(type,emailAddress,deleted)",
        )
        found: dict[str, list[str]] = {"user": [], "group": []}
        for page in pages:
            for entry in fields.entries(page, "permissions"):
                address, kind = str(entry.get("emailAddress") or "").lower(), str(entry.get("type"))
                if address and kind in found and not entry.get("deleted"):
                    found[kind].append(address)
        return DriveMembers(tuple(found["user"]), tuple(found["group"]))
