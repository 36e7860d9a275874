"""When an account was not to be read, across changes of school: what was written then is never read afterwards.

The break of a school counts for whoever belonged to it then, and a time in which an account belonged to no school,
and so was not watched, counts as a break.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from monitor.calendars.awake import sleeping_break
from monitor.calendars.models import Break
from monitor.roster.models import MonitoredAccount, Site, SiteMove

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Stretch = tuple[datetime, datetime]


def was_silent(account: MonitoredAccount, instant: datetime) -> bool:
    """Whether `account` was in a break, or not watched, at `instant`."""
    site = site_at(account, instant)
    return site is None or sleeping_break(site, instant) is not None


def site_at(account: MonitoredAccount, instant: datetime) -> Site | None:
    """The school to which `account` belonged at `instant`; before the first known move the one that it left then."""
    if account.changed_at <= instant:
        return account.site  # no query for the many who never moved
    move = SiteMove.objects.filter(account=account, at__gt=instant).select_related("from_site").order_by("at").first()
    return account.site if move is None else move.from_site


def silences(account: MonitoredAccount, earlier: datetime, later: datetime) -> list[Stretch]:
    """The stretches with a part in [earlier, later) in which `account` was not to be read, by their start.

    A break is told whole, as far as the account belonged to the school then.
    """
    found: list[Stretch] = []
    for site, start, end in _stays(account, earlier, later):
        if site is None:
            found.append((max(start, earlier), min(end, later)))
            continue
        rows = Break.objects.filter(site=site, starts_at__lt=min(end, later), ends_at__gt=max(start, earlier))
        found += [(max(row.starts_at, start), min(row.ends_at, end)) for row in rows]
    return sorted(found)


def heard_windows(account: MonitoredAccount, earlier: datetime, later: datetime) -> list[Stretch]:
    """The parts of [earlier, later) in which `account` was to be read, in order."""
    windows, start = [], earlier
    for begins, ends in silences(account, earlier, later):
        if begins > start:
            windows.append((start, begins))
        start = max(start, ends)
    if start < later:
        windows.append((start, later))
    return windows


def _stays(
    account: MonitoredAccount, earlier: datetime, later: datetime
) -> Iterator[tuple[Site | None, datetime, datetime]]:
    """To which school the account belonged, and from when to when, as far as [earlier, later) is concerned."""
    moves: list[SiteMove] = []
    if account.changed_at > earlier:
        rows = SiteMove.objects.filter(account=account, at__gt=earlier).select_related("from_site")
        moves = list(rows.order_by("at", "pk"))
    start = FIRST
    for move in moves:
        yield move.from_site, start, move.at
        start = move.at
        if start >= later:
            return
    yield account.site, start, LAST
