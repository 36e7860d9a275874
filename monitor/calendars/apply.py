"""Makes the table of breaks be as a district file or a calendar says, without ever losing a break that has begun."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.models import Break, CalendarFeed, FamilyNotice, SchoolHours
from monitor.domain.calendar import BreakKind
from monitor.domain.district import BreakSpec, FeedSpec, HoursSpec, NoticeSpec
from monitor.domain.origin import Origin
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.sealed.keys import opened_text


@transaction.atomic
def apply_breaks(specs: Sequence[BreakSpec], *, actor: str, feed: CalendarFeed | None = None) -> None:
    """Make the breaks of `feed` (None: those that were typed in) be as `specs` say, from now on.

    A break to come that is no longer named is deleted. One under way ends now; one that is over stays as it was,
    because what was written in it must stay unread. Each change is on the audit chain.
    """
    now = clock.now()
    sites = {site.code: site for site in Site.objects.all()}
    wanted = {(sites[spec.site_code].pk, spec.starts_at): spec for spec in specs}
    for row in Break.objects.filter(feed=feed, ends_at__gt=now).select_related("site"):
        if (row.site_id, row.starts_at) in wanted:
            continue
        if row.starts_at < now:
            Break.objects.filter(pk=row.pk).update(ends_at=now)
        else:
            row.delete()
        record(
            Tag.BREAK_ENDED, actor=actor, site_code=row.site.code, name=row.name, was=_span(row.starts_at, row.ends_at)
        )
    for spec in specs:
        _put(spec, sites[spec.site_code], actor, now, feed)


def _put(spec: BreakSpec, site: Site, actor: str, now: datetime, feed: CalendarFeed | None) -> None:
    row, is_new = Break.objects.get_or_create(
        site=site,
        starts_at=spec.starts_at,
        feed=feed,
        defaults={"name": spec.name, "kind": spec.kind.value, "ends_at": spec.ends_at},
    )
    # Time that was already slept stays slept: a break that has begun can be cut to now, not to yesterday.
    ends_at = max(spec.ends_at, min(now, row.ends_at)) if row.starts_at <= now else spec.ends_at
    if not is_new:
        if (row.name, row.kind, row.ends_at) == (spec.name, spec.kind.value, ends_at):
            return
        row.name, row.kind, row.ends_at = spec.name, spec.kind.value, ends_at
        row.save()
    record(Tag.BREAK_ADDED, actor=actor, site_code=site.code, name=spec.name, span=_span(spec.starts_at, ends_at))


def apply_hours(specs: Sequence[HoursSpec]) -> None:
    """Make the school hours be exactly `specs`."""
    sites = {site.code: site for site in Site.objects.all()}
    SchoolHours.objects.all().delete()
    SchoolHours.objects.bulk_create(
        SchoolHours(
            site=sites[spec.site_code] if spec.site_code else None,
            weekday=spec.hours.weekday,
            opens=spec.hours.opens,
            closes=spec.hours.closes,
        )
        for spec in specs
    )


@transaction.atomic
def apply_feeds(specs: Sequence[FeedSpec], *, actor: str) -> None:
    """Make the calendars of the district file be as `specs` say; those put in through the console stay."""
    sites = {site.code: site for site in Site.objects.all()}
    ours = CalendarFeed.objects.filter(is_active=True, origin=Origin.FILE)
    for feed in ours.exclude(name__in=[spec.name for spec in specs]):
        retire_feed(feed, actor=actor)
    for spec in specs:
        values = {
            "location": opened_text(spec.location), "phrases": list(spec.phrases), "is_active": True,
            "origin": Origin.FILE, "content": None, "draft": None,
        }  # fmt: skip
        feed, _ = CalendarFeed.objects.update_or_create(name=spec.name, defaults=values)
        feed.sites.set([sites[code] for code in spec.site_codes])


@transaction.atomic
def retire_feed(feed: CalendarFeed, *, actor: str) -> None:
    """Read `feed` no more; its breaks to come go.

    Its breaks that have begun stay, those under way until their end: to take a calendar out must not wake anybody.
    """
    CalendarFeed.objects.filter(pk=feed.pk).update(
        is_active=False, held="", held_digest="", last_error="", failing_since=None, draft=None
    )
    running = Break.objects.filter(feed=feed, starts_at__lte=clock.now(), ends_at__gt=clock.now())
    apply_breaks([spec_of(row) for row in running.select_related("site")], actor=actor, feed=feed)


def apply_notice(spec: NoticeSpec) -> None:
    """Make the notice for families and students be `spec`."""
    FamilyNotice.objects.update_or_create(
        pk=1, defaults={"text": spec.text, "lines": [list(line) for line in spec.lines]}
    )


def spec_of(row: Break) -> BreakSpec:
    """The row as what would make it."""
    return BreakSpec(row.site.code, row.name, row.starts_at, row.ends_at, BreakKind(row.kind))


def _span(starts_at: datetime, ends_at: datetime) -> str:
    return f"{starts_at.isoformat()} to {ends_at.isoformat()}"
