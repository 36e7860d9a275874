"""What a back-fill would cost, told before it starts: a sample of mailboxes is counted by cheap listing calls."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from monitor.calendars.awake import awake_accounts, awake_windows
from monitor.google.errors import GoogleError
from monitor.intake.ledger import UsageTally
from monitor.intake.models import Cursor, QuotaDay
from monitor.intake.quota import Purpose, QuotaHeld, google_day, quota
from monitor.intake.workspace import open_gmail
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site

SAMPLE = 30  # mailboxes counted at most; references are random, so the first of them are a fair sample
PAGES_A_WINDOW = 4  # of 500 messages, 5 units each; beyond them Google's own estimate
WINDOWS = 40  # stretches between breaks that are counted in one mailbox
USUAL = timedelta(days=7)  # the busiest of these days is taken for what live reading needs
LIST_PAGE = 500
SLICE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Estimate:
    """`items` and `units` of the whole site from a sample of `counted` of `accounts` mailboxes; `failed` gave no count.

    `units_a_day` is what Gmail's soft stop leaves beside live reading (None: no daily limit is set).
    """

    accounts: int
    counted: int
    failed: int
    items: int
    units: int
    units_a_day: int | None

    def days(self, items_per_second: float | None = None) -> int | None:
        """School days or not, the days it takes at least; None when no unit is left beside live reading."""
        days = [1.0]
        if self.units_a_day is not None:
            if self.units_a_day <= 0:
                return None
            days.append(self.units / self.units_a_day)
        if items_per_second:
            days.append(self.items / (items_per_second * 86_400))
        return math.ceil(max(days))


def estimate_backfill(site: Site, since: datetime) -> Estimate:
    """Count a sample of the site's mailboxes from `since` to their baselines, leaving breaks out.

    Brings no content and is metered as work that can wait. Raises `QuotaHeld` where the soft stop holds it back, and
    `Asleep` while the site sleeps.
    """
    accounts = MonitoredAccount.objects.filter(site=site, state=AccountState.ACTIVE)
    sample = accounts.filter(awake_accounts(clock.now())).order_by("reference")[:SAMPLE]
    tally, counts, failed = UsageTally(), list[int](), 0
    try:
        for account in sample:
            try:
                counts.append(_count(account, site, since, tally))
            except QuotaHeld:
                raise
            except GoogleError:
                failed += 1
    finally:
        tally.flush()
    total = accounts.count()
    items = round(sum(counts) / len(counts) * total) if counts else 0
    return Estimate(total, len(counts), failed, items, _units(items, total, since), units_left_a_day())


def units_left_a_day() -> int | None:
    """Gmail units that the soft stop leaves on a day as busy as the busiest of the last week."""
    limits = quota().limits.get("gmail")
    if limits is None or not limits.per_day:
        return None
    days = QuotaDay.objects.filter(api="gmail", day__gt=google_day(clock.now() - USUAL))
    busiest = days.aggregate(most=Max("units"))["most"] or 0
    return int(limits.per_day * quota().soft_stop) - busiest


def _count(account: MonitoredAccount, site: Site, since: datetime, tally: UsageTally) -> int:
    cursor = Cursor.objects.filter(account=account, source="gmail").first()
    until = (cursor.baseline_at if cursor else None) or clock.now()
    gmail = open_gmail(account, tally, Purpose.SPARE)
    windows = awake_windows(site, since, until)[-WINDOWS:]
    return sum(gmail.count(after, before, PAGES_A_WINDOW) for after, before in windows)


def _units(items: int, accounts: int, since: datetime) -> int:
    prices = quota().prices
    slices = accounts * (1 + (clock.now() - since).days // SLICE_DAYS)
    pages = slices + items // LIST_PAGE
    return items * prices.units("gmail.users.messages.get") + pages * prices.units("gmail.users.messages.list")
