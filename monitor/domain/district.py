"""What a district file says, checked: the district, its sites, breaks and contacts."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from monitor.domain.reading import ReadingSpec


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A school. `time_zone` is an IANA name, the district's where the file gives none."""

    code: str
    name: str
    time_zone: str
    org_units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BreakSpec:
    """A break of one site, as aware instants: from `starts_at` up to and without `ends_at`."""

    site_code: str
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """A person to tell. `site_code=None` is the district's own; `order` 1 is told first."""

    site_code: str | None
    name: str
    email: str
    order: int


@dataclass(frozen=True, slots=True)
class DistrictSpec:
    """A whole district file. `key_file` is absolute."""

    name: str
    domain: str
    time_zone: str
    delegated_admin: str
    key_file: Path
    sites: tuple[SiteSpec, ...]
    breaks: tuple[BreakSpec, ...]
    contacts: tuple[ContactSpec, ...]
    reading: ReadingSpec = field(default_factory=ReadingSpec)
