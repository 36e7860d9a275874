"""What families and students are told while nobody is watching, and the banner with the day on which that ends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext, gettext_lazy, pgettext

from monitor.calendars.models import Break, FamilyNotice
from monitor.roster.models import Site

DEFAULT_TEXT = gettext_lazy(
    "{site} is on {break} until {until}. In this time nobody at the school reads what is written in school accounts, "
    "and nobody is told about it. If you or somebody else is in danger, do not wait for the school:"
)
LONGEST_CHAIN = 100  # breaks that follow one another without an hour between them


@dataclass(frozen=True, slots=True)
class SleepBanner:
    """A site that sleeps: for the top of a page. `wakes_at` is the end of the last of the breaks that join on."""

    site_code: str
    site_name: str
    break_name: str
    kind: str
    wakes_at: datetime
    wakes_on: str  # the day and time by the site's own clock, as people write it


@dataclass(frozen=True, slots=True)
class Notice:
    """The text for families and students: a paragraph, and the lines to call as (name, number)."""

    text: str
    lines: tuple[tuple[str, str], ...]

    @property
    def plain(self) -> str:
        """All of it as plain text, for a mail or a page of the school's own."""
        return "\n".join([self.text, *(f"  {name}: {number}" for name, number in self.lines)])


def banner_of(site: Site, instant: datetime) -> SleepBanner | None:
    """The banner of `site` while it sleeps at `instant`, else None."""
    row = Break.objects.filter(site=site, starts_at__lte=instant, ends_at__gt=instant).order_by("-ends_at").first()
    if row is None:
        return None
    wakes_at = wakes(site, instant)
    return SleepBanner(site.code, site.name, row.name, row.kind, wakes_at, local_words(wakes_at, site.time_zone))


def wakes(site: Site, instant: datetime) -> datetime:
    """The first instant from `instant` on at which `site` is in no break."""
    for _ in range(LONGEST_CHAIN):
        running = (
            Break.objects.filter(site=site, starts_at__lte=instant, ends_at__gt=instant).order_by("-ends_at").first()
        )
        if running is None:
            break
        instant = running.ends_at
    return instant


def family_notice(site: Site, instant: datetime) -> Notice | None:
    """What families and students of `site` are told at `instant`; None while it is awake.

    `{site}`, `{break}` and `{until}` in the configured text stand for the school, the break and the day it ends.
    """
    banner = banner_of(site, instant)
    if banner is None:
        return None
    row = FamilyNotice.objects.filter(pk=1).first()
    text = (row.text if row else "") or str(DEFAULT_TEXT)
    for word, value in (("site", site.name), ("break", banner.break_name), ("until", banner.wakes_on)):
        text = text.replace(f"{{{word}}}", value)
    return Notice(text, crisis_lines())


def crisis_lines() -> tuple[tuple[str, str], ...]:
    """Whom to call in danger: the lines of the district file, else 911, 988 and the Crisis Text Line."""
    row = FamilyNotice.objects.filter(pk=1).first()
    return tuple((str(name), str(number)) for name, number in row.lines) if row and row.lines else default_lines()


def default_lines() -> tuple[tuple[str, str], ...]:
    """What Heed ships, in the language of whoever reads."""
    return (
        (gettext("Emergency"), "911"),
        (gettext("988 Suicide & Crisis Lifeline, call or text"), gettext("988")),
        (gettext("Crisis Text Line"), gettext("text HOME to 741741")),
    )


def local_words(instant: datetime, time_zone: str) -> str:
    """`instant` by a site's clock: "Monday, January 4, 2027", with the time unless it is midnight.

    The end of a break that lasts to midnight is named by the day that begins then: the day on which somebody is back.
    """
    local = instant.astimezone(ZoneInfo(time_zone))
    return _day_words(local) if _is_midnight(local) else f"{_day_words(local)}, {local:%H:%M}"


def span_words(starts_at: datetime, ends_at: datetime, time_zone: str) -> str:
    """A break by a site's clock: whole days as the first and the last of them, any other by its two instants."""
    first, after = (instant.astimezone(ZoneInfo(time_zone)) for instant in (starts_at, ends_at))
    if not (_is_midnight(first) and _is_midnight(after)):
        begins, ends = local_words(starts_at, time_zone), local_words(ends_at, time_zone)
        return gettext("{first} to {last}").format(first=begins, last=ends)
    last = after.date() - timedelta(days=1)
    if last <= first.date():
        return _day_words(first)
    return gettext("{first} to {last}").format(first=_day_words(first), last=_day_words(last))


def _day_words(day: date) -> str:
    return dateformat.format(day, pgettext("date format", "l, F j, Y"))


def _is_midnight(local: datetime) -> bool:
    return local - local.replace(hour=0, minute=0, second=0, microsecond=0) < timedelta(minutes=1)
