"""Is an account awake at an instant? Asked before every poll, fetch and scoring, and answered from the table."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from monitor.calendars.models import Break
from monitor.roster.models import AccountState, MonitoredAccount, Site


def is_awake(account: MonitoredAccount, instant: datetime) -> bool:
    """Whether `account` may be read at `instant`: it is active, has an active site, and that site is in no break."""
    site = account.site
    if site is None or not site.is_active or account.state != AccountState.ACTIVE:
        return False
    return sleeping_break(site, instant) is None


def sleeping_break(site: Site, instant: datetime) -> Break | None:
    """The break in which `site` is at `instant`, or None; of several the one that ends last."""
    return Break.objects.filter(site=site, starts_at__lte=instant, ends_at__gt=instant).order_by("-ends_at").first()


def sleeping_sites(sites: Collection[int], instant: datetime) -> set[int]:
    """Those of the sites with these keys that are in a break at `instant`; one question for all of them."""
    now = Break.objects.filter(site__in=sites, starts_at__lte=instant, ends_at__gt=instant)
    return set(now.values_list("site_id", flat=True))


def awake_accounts(instant: datetime) -> Q:
    """The accounts that may be read at `instant`, as a condition on `MonitoredAccount`."""
    sleeping = Break.objects.filter(starts_at__lte=instant, ends_at__gt=instant).values("site_id")
    return Q(state=AccountState.ACTIVE, site__is_active=True) & ~Q(site_id__in=sleeping)


def awake_windows(site: Site, earlier: datetime, later: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of [earlier, later) that lie in no break of `site`, in order."""
    windows, start = [], earlier
    breaks = Break.objects.filter(site=site, starts_at__lt=later, ends_at__gt=earlier).order_by("starts_at")
    for row in breaks:
        if row.starts_at > start:
            windows.append((start, row.starts_at))
        start = max(start, row.ends_at)
    if start < later:
        windows.append((start, later))
    return windows
