"""What a district file says, checked: the district, its sites, breaks and contacts."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from monitor.domain.calendar import BreakKind, DayHours
from monitor.domain.channel import ChannelKind
from monitor.domain.reading import ReadingSpec
from monitor.domain.severity import Severity


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
    kind: BreakKind = BreakKind.OTHER


@dataclass(frozen=True, slots=True)
class HoursSpec:
    """School hours of one site, or of every site that has none of its own (`site_code=None`)."""

    site_code: str | None
    hours: DayHours


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A calendar to import breaks from. `location` is an https address or an absolute path; no sites = all."""

    name: str
    location: str
    site_codes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeSpec:
    """What families and students read while a school sleeps. `lines` are (name, number) pairs."""

    text: str = ""
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A way to tell a contact beside e-mail, from severity `floor` on. A secret address may be given sealed."""

    kind: ChannelKind
    address: str
    floor: Severity


@dataclass(frozen=True, slots=True)
class QuietSpec:
    """When a contact is not told: daily from `begins` to `ends` by the site's clock (over midnight where `ends` is
    earlier; never where they are equal), and all of `days` (0 is Monday).

    `disturb_from` is the severity from which they are told all the same; None = never.
    """

    begins: time
    ends: time
    days: tuple[int, ...] = ()
    disturb_from: Severity | None = Severity.IMMINENT


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """A person to tell. `site_code=None` is the district's own; `order` 1 is told first."""

    site_code: str | None
    name: str
    email: str
    order: int
    channels: tuple[ChannelSpec, ...] = ()
    quiet: QuietSpec | None = None
    is_last_responder: bool = False


@dataclass(frozen=True, slots=True)
class ShiftSpec:
    """A contact is on call from `starts` to `ends`, local times of `time_zone`, each week up to the day `until`."""

    site_code: str | None
    email: str
    starts: datetime
    ends: datetime
    time_zone: str
    is_weekly: bool = False
    until: date | None = None


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
    hours: tuple[HoursSpec, ...] = ()
    feeds: tuple[FeedSpec, ...] = ()
    notice: NoticeSpec = field(default_factory=NoticeSpec)
    shifts: tuple[ShiftSpec, ...] = ()
    reading: ReadingSpec = field(default_factory=ReadingSpec)
