"""Who exists in the domain and in which organisational unit, read as a delegated administrator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError

_PAGE_SIZE = 500  # the Directory's largest page
_MOST_MEMBER_PAGES = 500
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
    is_admin: bool = False
    custom_value: str = ""  # of the custom field that was asked for


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """An organisational unit: `path` such as `/Students/North`, `parent` its parent's path."""

    path: str
    name: str
    parent: str


class Directory:
    """The directory as one administrator sees it. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, users: Caller, org_units: Caller, members: Caller | None = None) -> None:
        self._users = users
        self._org_units = org_units
        self._members = members or users

    def list_members(self, group: str, max_pages: int = _MOST_MEMBER_PAGES) -> Iterator[str]:
        """The addresses of a group's members, those of groups within it included. One request a page of 200.

        Google itself follows the groups within groups and names each member once. A page is asked for when the one
        before it is used up.
        """
        pages = self._members.pages(
            "directory.members.list",
            max_pages=max_pages,
            groupKey=group,
            maxResults=200,
            includeDerivedMembership=True,
            fields="nextPageToken,members(email,type)",
        )
        for page in pages:
            for entry in fields.entries(page, "members"):
                if entry.get("type", "USER") == "USER" and entry.get("email"):
                    yield str(entry["email"]).lower()

    def list_users(self, domain: str, custom_field: str = "") -> Iterator[DirectoryUser]:
        """Every account of `domain`, suspended and archived ones included, in pages of 500.

        `custom_field` is SCHEMA.FIELD of a custom attribute, whose value then is `custom_value`.
        Raises PermanentError (`listTooLong`) beyond two million. An error half-way leaves the list incomplete: do not
        conclude from it that somebody is gone.
        """
        pages = self._users.pages(
            "directory.users.list",
            max_pages=_MOST_PAGES,
            domain=domain,
            maxResults=_PAGE_SIZE,
            orderBy="email",
            fields="nextPageToken,users(id,primaryEmail,aliases,nonEditableAliases,name(fullName),orgUnitPath,"
            "suspended,archived,isAdmin,isDelegatedAdmin,customSchemas)",
            **_projection(custom_field),
        )
        for number, page in enumerate(pages, start=1):
            yield from (_user(entry, custom_field) for entry in fields.entries(page, "users"))
            if number == _MOST_PAGES and page.get("nextPageToken"):
                message = f"more users in {domain} than can be listed"
                raise PermanentError(message, reason="listTooLong")

    def user(self, key: str) -> DirectoryUser:
        """The account with an address or id. One request. Raises NotFound, also for somebody of another domain."""
        answer = self._users.read(
            "directory.users.get",
            userKey=key,
            projection="basic",
            fields="id,primaryEmail,aliases,nonEditableAliases,name(fullName),orgUnitPath,"
            "suspended,archived,isAdmin,isDelegatedAdmin",
        )
        return _user(answer, "")

    def list_org_units(self) -> list[OrgUnit]:
        """Every organisational unit below the root; the root `/` itself is not among them."""
        answer = self._org_units.read(
            "directory.orgunits.list",
            customerId="my_customer",
            type="all",
            fields="organizationUnits(name,orgUnitPath,parentOrgUnitPath)",
        )
        return [_org_unit(entry) for entry in fields.entries(answer, "organizationUnits")]


def _projection(custom_field: str) -> dict[str, str]:
    schema = custom_field.partition(".")[0]
    return {"projection": "custom", "customFieldMask": schema} if schema else {"projection": "basic"}


def _custom_value(entry: dict[str, Any], custom_field: str) -> str:
    schema, _, name = custom_field.partition(".")
    schemas = entry.get("customSchemas")
    found = schemas.get(schema) if isinstance(schemas, dict) else None
    value = found.get(name) if isinstance(found, dict) else None
    if isinstance(value, list):  # a field of several values; the first one counts
        value = value[0].get("value") if value and isinstance(value[0], dict) else None
    return "" if value is None else str(value)


def _user(entry: dict[str, Any], custom_field: str) -> DirectoryUser:
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
        is_admin=entry.get("isAdmin") is True or entry.get("isDelegatedAdmin") is True,
        custom_value=_custom_value(entry, custom_field) if custom_field else "",
    )


def _org_unit(entry: dict[str, Any]) -> OrgUnit:
    return OrgUnit(
        path=fields.text(entry, "orgUnitPath"),
        name=str(entry.get("name") or ""),
        parent=str(entry.get("parentOrgUnitPath") or "/"),
    )
