"""Imports breaks from the district's calendars: what would change, doing it, and holding back what would wake somebody.

The last good reading stays in force. A calendar that cannot be read changes nothing; one that suddenly says that a
sleeping school is awake, or that lost most of its breaks, is held until a person confirms that very change.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.apply import apply_breaks, spec_of
from monitor.calendars.ical import MAX_BYTES, CalendarBroken, read_events
from monitor.calendars.models import Break, CalendarFeed
from monitor.domain.calendar import CalendarEvent, kind_of, why_not_a_break
from monitor.domain.district import BreakSpec
from monitor.lib import clock
from monitor.lib.http import AddressRefused, Door, NoAnswer
from monitor.roster.models import Site

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=400)
BEHIND = timedelta(days=30)  # a break that is over may hold items that were not read yet
EVERY = timedelta(hours=6)
RETRY = timedelta(minutes=30)
MANY_LOST = 2  # breaks to come that may vanish at once without a person's word, or half of them if that is more
SECONDS = 60.0
ERROR_CHARACTERS = 300


class CalendarUnreachable(Exception):
    """The calendar could not be fetched; the message says why, without its address."""


@dataclass(frozen=True, slots=True)
class FeedPreview:
    """What reading a calendar now would change, in order of time. Nothing was changed.

    `ignored` pairs each event that is no break with the reason. `wakes` are the codes of sites asleep now that would
    be awake; `hold` says why a person must confirm, "" where nobody need.
    """

    added: tuple[BreakSpec, ...] = ()
    removed: tuple[BreakSpec, ...] = ()
    changed: tuple[tuple[BreakSpec, BreakSpec], ...] = ()  # (as it is, as it would be)
    kept: int = 0
    ignored: tuple[tuple[CalendarEvent, str], ...] = ()
    wakes: tuple[str, ...] = ()
    hold: str = ""
    specs: tuple[BreakSpec, ...] = field(default=(), repr=False)

    @property
    def is_change(self) -> bool:
        """Whether anything would change."""
        return bool(self.added or self.removed or self.changed)

    @property
    def digest(self) -> str:
        """Names this very change, so that what a person confirms is what they saw."""
        lines = [
            [kind, spec.site_code, spec.name, spec.starts_at.isoformat(), spec.ends_at.isoformat()]
            for kind, specs in (("+", self.added), ("-", self.removed), ("=", [new for _, new in self.changed]))
            for spec in specs
        ]
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def preview_feed(feed: CalendarFeed, data: bytes | None = None) -> FeedPreview:
    """What a reading of `feed` would change now; `data` is an .ics file at hand, else what it was given or fetched.

    Raises `CalendarBroken` and `CalendarUnreachable`.
    """
    sites = (
        list(feed.sites.filter(is_active=True)) if feed.sites.exists() else list(Site.objects.filter(is_active=True))
    )
    specs, ignored = build_specs(_content(feed) if data is None else data, sites, tuple(feed.phrases))
    return _compared(feed, specs, ignored)


def _content(feed: CalendarFeed) -> bytes:
    """What the calendar says: the file that a person put in, else what its address gives."""
    return feed.content.encode() if feed.content else fetch_calendar(feed.location)


def build_specs(
    data: bytes, sites: Sequence[Site], phrases: tuple[str, ...] = ()
) -> tuple[list[BreakSpec], list[tuple[CalendarEvent, str]]]:
    """The breaks of `sites` in an .ics file, and each event that is none with the reason. Raises `CalendarBroken`.

    Breaks of one site that start together are one, the longest: a site sleeps once, however often it is said.
    """
    now = clock.now()
    breaks: dict[tuple[str, datetime], BreakSpec] = {}
    ignored: dict[tuple[str, date], tuple[CalendarEvent, str]] = {}
    for zone in sorted({site.time_zone for site in sites}):
        codes = [site.code for site in sites if site.time_zone == zone]
        for event in read_events(data, ZoneInfo(zone), now - BEHIND, now + AHEAD):
            reason = why_not_a_break(event, phrases)
            if reason:
                local = event.by_clock_of(ZoneInfo(zone))
                ignored.setdefault((event.name, local.starts_at.date()), (local, reason))
                continue
            kind = kind_of(event.name, is_all_day=event.is_all_day)
            for code in codes:
                spec = BreakSpec(code, event.name, event.starts_at, event.ends_at, kind)
                known = breaks.get((code, event.starts_at))
                if known is None or spec.ends_at > known.ends_at:
                    breaks[code, event.starts_at] = spec
    return sorted(breaks.values(), key=lambda spec: (spec.starts_at, spec.site_code)), list(ignored.values())


def fetch_calendar(location: str) -> bytes:
    """The bytes at `location`, an https address or a path. Raises `CalendarUnreachable`."""
    if not location.lower().startswith(("http:", "https:")):
        try:
            with Path(location).open("rb") as handle:
                return handle.read(MAX_BYTES + 1)
        except OSError as error:
            message = f"the file cannot be read: {error.strerror}"
            raise CalendarUnreachable(message) from None
    door = Door(internal_hosts=settings.HEED_INTERNAL_HOSTS, seconds=SECONDS, max_bytes=MAX_BYTES + 1)
    try:
        answer = door.get(location, headers={"Accept": "text/calendar"})
    except (AddressRefused, NoAnswer) as error:
        raise CalendarUnreachable(str(error)) from None
    if not answer.is_ok:
        hint = "; give the address that it moved to" if 300 <= answer.status < 400 else ""
        message = f"the server answered {answer.status}{hint}"
        raise CalendarUnreachable(message)
    return answer.body


def sync_feed(feed: CalendarFeed, *, actor: str = "worker", confirmed: str = "") -> FeedPreview | None:
    """Read `feed` and put its breaks into force; None when it could not be read, and then nothing changes.

    A change that must be confirmed is applied only when `confirmed` is its digest; otherwise it is held, and `held`
    of the row says why. Never raises for what a calendar says or fails to say.
    """
    now = clock.now()
    try:
        preview = preview_feed(feed)
    except (CalendarBroken, CalendarUnreachable) as error:
        first = feed.failing_since or now
        values = {"tried_at": now, "failing_since": first, "last_error": str(error)[:ERROR_CHARACTERS]}
        CalendarFeed.objects.filter(pk=feed.pk).update(**values)
        logger.warning("the calendar %s cannot be used; its last good reading stays", feed.pk)
        return None
    held = preview.hold if confirmed != preview.digest else ""
    with transaction.atomic():
        if held and held != feed.held:
            record(Tag.CALENDAR_HELD, actor=actor, calendar=feed.name, reason=held, digest=preview.digest)
        if not held and preview.is_change:
            apply_breaks(preview.specs, actor=actor, feed=feed)
            record(
                Tag.CALENDAR_READ, actor=actor, calendar=feed.name, added=len(preview.added),
                removed=len(preview.removed), changed=len(preview.changed),
            )  # fmt: skip
        CalendarFeed.objects.filter(pk=feed.pk).update(
            tried_at=now, read_at=now, failing_since=None, last_error="", held=held,
            held_digest=preview.digest if held else "",
        )  # fmt: skip
    return preview


def sync_due_feeds() -> int:
    """Read every active calendar whose turn it is; how many were tried."""
    now, tried = clock.now(), 0
    for feed in CalendarFeed.objects.filter(is_active=True):
        if feed.tried_at is None or feed.tried_at <= now - (RETRY if feed.last_error else EVERY):
            sync_feed(feed)
            tried += 1
    return tried


def feeds_in_trouble() -> list[CalendarFeed]:
    """The active calendars that cannot be read, or whose change waits for a person."""
    return [feed for feed in CalendarFeed.objects.filter(is_active=True) if feed.last_error or feed.held]


def _compared(
    feed: CalendarFeed, specs: Sequence[BreakSpec], ignored: Sequence[tuple[CalendarEvent, str]]
) -> FeedPreview:
    now = clock.now()
    rows = {
        (row.site.code, row.starts_at): spec_of(row)
        for row in Break.objects.filter(feed=feed, ends_at__gt=now).select_related("site")
    }
    over = set(Break.objects.filter(feed=feed, ends_at__lte=now).values_list("site__code", "starts_at"))
    wanted = {(spec.site_code, spec.starts_at): spec for spec in specs}
    # What is over is written down once and never changed by what the calendar says later, unless it now lasts longer.
    fresh = {key: spec for key, spec in wanted.items() if key not in over or spec.ends_at > now}
    removed = tuple(spec for key, spec in rows.items() if key not in fresh)
    changed = tuple((rows[key], spec) for key, spec in fresh.items() if key in rows and rows[key] != spec)
    added = tuple(spec for key, spec in fresh.items() if key not in rows)
    wakes = _waking(feed, list(fresh.values()), now)
    return FeedPreview(
        added=added,
        removed=removed,
        changed=changed,
        kept=len(rows) - len(removed) - len(changed),
        ignored=tuple(ignored),
        wakes=wakes,
        hold=_why_hold(list(rows.values()), list(fresh.values()), wakes, now),
        specs=tuple(fresh.values()),
    )


def _waking(feed: CalendarFeed, specs: Sequence[BreakSpec], now: datetime) -> tuple[str, ...]:
    """The sites that sleep now by this calendar alone and would be awake with `specs`."""
    running = Break.objects.filter(starts_at__lte=now, ends_at__gt=now)
    by_others = set(running.exclude(feed=feed).values_list("site__code", flat=True))
    by_this = set(running.filter(feed=feed).values_list("site__code", flat=True))
    still = {spec.site_code for spec in specs if spec.starts_at <= now < spec.ends_at}
    return tuple(sorted(by_this - by_others - still))


def _why_hold(rows: Sequence[BreakSpec], fresh: Sequence[BreakSpec], wakes: Sequence[str], now: datetime) -> str:
    """A break that only moved, so that old and new share time, is not lost."""
    if wakes:
        return f"it would wake {', '.join(wakes)} in the middle of a break"
    to_come = [spec for spec in rows if spec.starts_at > now]
    lost = [spec for spec in to_come if not any(_share_time(spec, new) for new in fresh)]
    names, all_names = ({(spec.name, spec.starts_at.date()) for spec in specs} for specs in (lost, to_come))
    if len(names) > max(MANY_LOST, len(all_names) / 2):
        return f"{len(names)} of {len(all_names)} breaks to come are no longer in it"
    return ""


def _share_time(one: BreakSpec, other: BreakSpec) -> bool:
    return one.site_code == other.site_code and one.starts_at < other.ends_at and other.starts_at < one.ends_at
