"""Where an account belongs and why: the one place that decides who is watched, and says so in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.domain.reading import STAFF_WORDS, ReadingSpec
from monitor.google.directory import DirectoryUser
from monitor.roster.exemptions import Exemptions
from monitor.roster.models import Site

NAMED, INHERITED, NO_SITE = "named in the district file", "inherited from", "in no site's units"
STAFF, ADMINISTRATOR, UNIT, GROUP, EXEMPT = (
    "staff unit", "administrator", "excluded unit", "excluded group", "exempt address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placement:
    """The site an account belongs to, None for one that is not watched, and why."""

    site: Site | None
    why: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What placing goes by. `units` maps unit paths to sites, `members` are addresses in an excluded group."""

    units: Mapping[str, Site]
    reading: ReadingSpec
    exemptions: Exemptions
    members: frozenset[str] = frozenset()

    def place(self, user: DirectoryUser) -> Placement:
        """Where `user` belongs."""
        placement = self.place_unit(user.org_unit_path)
        if placement.site is None:
            return placement
        if user.is_admin and not self.reading.staff:
            return Placement(None, ADMINISTRATOR)
        if user.address.lower() in self.members:
            return Placement(None, GROUP)
        if self.exemptions.of_address(user.address):
            return Placement(None, EXEMPT)
        return placement

    def place_unit(self, org_unit_path: str) -> Placement:
        """Where the accounts of a unit belong, by the unit alone."""
        path = org_unit_path.rstrip("/") or "/"
        source = nearest_unit(path, self.units)
        if source is None:
            return Placement(None, NO_SITE)
        if any(path == unit or path.startswith(f"{unit}/") for unit in self.reading.exclude_units):
            return Placement(None, UNIT)
        if not self.reading.staff and _names_staff(path[len(source) :]):
            return Placement(None, STAFF)
        return Placement(self.units[source], NAMED if path == source else f"{INHERITED} {source}")


def nearest_unit(org_unit_path: str, units: Mapping[str, Site]) -> str | None:
    """The unit in `units` that is `org_unit_path` or its nearest ancestor, or None."""
    path = org_unit_path.rstrip("/") or "/"
    while path not in units:
        if path == "/":
            return None
        path = path.rpartition("/")[0] or "/"
    return path


def age_band(grade: str) -> str:
    """Elementary, middle or high for a grade as a Directory may write it (K, 3, "Grade 9", "09"); else empty."""
    words = grade.strip().lower()
    if words in {"k", "tk", "pk", "kindergarten", "prek", "pre-k"}:
        return "elementary"
    found = re.search(r"\d+", words)
    number = int(found[0]) if found and len(found[0]) <= 2 else -1
    if not 0 <= number <= 12:
        return ""
    return "elementary" if number <= 5 else "middle" if number <= 8 else "high"


def _names_staff(below: str) -> bool:
    words = re.findall(r"[a-z]+", below.lower())
    return bool(STAFF_WORDS & set(words))
