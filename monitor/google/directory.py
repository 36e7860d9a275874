"""Who exists in the domain and in which organisational unit, read as a delegated administrator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError

_PAGE_SIZE = 500  # the Directory's largest page
_MOST_PAGES = 4_000  # two million users


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """An account. `google_id` never changes, `address` may; `aliases` holds every other address it receives under."""

    google_id: str
    address: str
    aliases: tuple[str, ...]
    full_name: str
    org_unit_path: str
    is_suspended: bool
    is_archived: bool


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organisational unit: `path` such as `/Students/North`, `parent` its parent's path."""

    path: str
    name: str
    parent: str


class Directory:
    """The directory as one administrator sees it. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, users: Caller, org_units: Caller) -> None:
        self._users = users
        self._org_units = org_units

    def list_users(self, domain: str) -> Iterator[DirectoryUser]:
        """Every account of `domain`, suspended and archived ones included, in pages of 500.

        Raises PermanentError (`listTooLong`) beyond two million. An error half-way leaves the list incomplete: do not
        conclude from it that somebody is gone.
        """
        pages = self._users.pages(
            "directory.users.list",
            max_pages=_MOST_PAGES,
            domain=domain,
            maxResults=_PAGE_SIZE,
            orderBy="email",
            projection="basic",
            fields="nextPageToken,users(id,primaryEmail,aliases,nonEditableAliases,name(fullName),orgUnitPath,"
            "suspended,archived)",
        )
        for number, page in enumerate(pages, start=1):
            yield from (_user(entry) for entry in fields.entries(page, "users"))
            if number == _MOST_PAGES and page.get("nextPageToken"):
                message = f"more users in {domain} than can be listed"
                raise PermanentError(message, reason="listTooLong")

    def list_org_units(self) -> list[OrgUnit]:
        """Every organisational unit below the root; the root `/` itself is not among them."""
        answer = self._org_units.read(
            "directory.orgunits.list",
            customerId="my_customer",
            type="all",
            fields="organizationUnits(name,orgUnitPath,parentOrgUnitPath)",
        )
        return [_org_unit(entry) for entry in fields.entries(answer, "organizationUnits")]


def _user(entry: dict[str, Any]) -> DirectoryUser:
    name = entry.get("name")
    aliases = (*fields.texts(entry, "aliases"), *fields.texts(entry, "nonEditableAliases"))
    return DirectoryUser(
        google_id=fields.text(entry, "id"),
        address=fields.text(entry, "primaryEmail"),
        aliases=tuple(dict.fromkeys(aliases)),
        full_name=str(name.get("fullName") or "") if isinstance(name, dict) else "",
        org_unit_path=str(entry.get("orgUnitPath") or "/"),
        is_suspended=entry.get("suspended") is True,
        is_archived=entry.get("archived") is True,
    )


def _org_unit(entry: dict[str, Any]) -> OrgUnit:
    return OrgUnit(
        path=fields.text(entry, "orgUnitPath"),
        name=str(entry.get("name") or ""),
        parent=str(entry.get("parentOrgUnitPath") or "/"),
    )
