"""Puts the breaks of a district file into the table without ever losing one that has begun."""

from collections.abc import Sequence
from datetime import datetime

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.models import Break
from monitor.domain.district import BreakSpec
from monitor.lib import clock
from monitor.roster.models import Site


def apply_breaks(specs: Sequence[BreakSpec], *, actor: str) -> None:
    """Make the breaks be as `specs` say, from now on.

    A break to come that is no longer named is deleted. One under way ends now; one that is over stays as it was,
    because what was written in it must stay unread. Each change is on the audit chain.
    """
    now = clock.now()
    sites = {site.code: site for site in Site.objects.all()}
    wanted = {(sites[spec.site_code].pk, spec.starts_at): spec for spec in specs}
    for row in Break.objects.filter(ends_at__gt=now).select_related("site"):
        if (row.site_id, row.starts_at) in wanted:
            continue
        if row.starts_at <= now:
            Break.objects.filter(pk=row.pk).update(ends_at=now)
        else:
            row.delete()
        record(
            Tag.BREAK_ENDED, actor=actor, site_code=row.site.code, name=row.name, was=_span(row.starts_at, row.ends_at)
        )
    for spec in specs:
        _put(spec, sites[spec.site_code], actor, now)


def _put(spec: BreakSpec, site: Site, actor: str, now: datetime) -> None:
    row, is_new = Break.objects.get_or_create(
        site=site, starts_at=spec.starts_at, defaults={"name": spec.name, "ends_at": spec.ends_at}
    )
    # Time that was already slept stays slept: a break that has begun can be cut to now, not to yesterday.
    ends_at = max(spec.ends_at, min(now, row.ends_at)) if row.starts_at <= now else spec.ends_at
    if not is_new:
        if (row.name, row.ends_at) == (spec.name, ends_at):
            return
        row.name, row.ends_at = spec.name, ends_at
        row.save()
    record(Tag.BREAK_ADDED, actor=actor, site_code=site.code, name=spec.name, span=_span(spec.starts_at, ends_at))


def _span(starts_at: datetime, ends_at: datetime) -> str:
    return f"{starts_at.isoformat()} to {ends_at.isoformat()}"
