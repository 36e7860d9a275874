"""`worker.py backfill estimate|start|status|cancel`: mail from before the baseline, by site, from a date."""

import argparse
import sys
from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count

from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.intake.backfill import BackfillProblem, cancel_backfill, start_backfill
from monitor.intake.backfill_estimate import Estimate
from monitor.intake.backfill_order import estimate_from, must_be_counted, must_be_startable
from monitor.intake.ledger import Asleep
from monitor.intake.models import Backfill, BackfillMailbox, Item, ItemState
from monitor.roster.district import NoDistrict
from monitor.roster.models import Site

STATES = (ItemState.PENDING, ItemState.SCORED, ItemState.PARKED, ItemState.LEFT_OUT, ItemState.GONE, ItemState.ASLEEP)
SHOWN = 20  # errors of mailboxes, the commonest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["estimate", "start", "status", "cancel"])
    parser.add_argument("--site", metavar="CODE", help="the site whose old mail is read")
    parser.add_argument("--from", dest="since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="back to this day")
    parser.add_argument("--rate", type=float, metavar="N", help="items a second that this machine reads and scores")
    parser.add_argument("--yes", action="store_true", help="start after the estimate; without it nothing is started")


def run(arguments: argparse.Namespace) -> int:
    """Estimate, start, show or cancel a back-fill."""
    actions = {"estimate": _estimate, "start": _start, "status": _status, "cancel": _cancel}
    try:
        return actions[arguments.action](arguments)
    except Asleep:
        problem = "the site fell asleep; nothing was started. Try again when its break is over"
    except (BackfillProblem, NoDistrict, KeyFileError, GoogleError) as error:
        problem = str(error)
    print(f"backfill: {problem}", file=sys.stderr)
    return 2


def _estimate(arguments: argparse.Namespace) -> int:
    _told(arguments)
    return 0


def _start(arguments: argparse.Namespace) -> int:
    site, since, estimate = _told(arguments)
    if not arguments.yes:
        print("Nothing was started. Add --yes to start it.")
        return 0
    must_be_startable(estimate)
    start_backfill(site, since, estimate)
    print("Started. `worker.py backfill status` shows how far it is; the worker must be running.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    rows = Backfill.objects.select_related("site").order_by("id")
    if arguments.site:
        rows = rows.filter(site=_site(arguments.site))
    for backfill in rows:
        for line in _lines(backfill):
            print(line)
    if not rows:
        print("No back-fill was ever started.")
    return 0


def _cancel(arguments: argparse.Namespace) -> int:
    dropped = cancel_backfill(_site(arguments.site))
    print(f"Cancelled. {dropped} items that were not read yet were let go; what was read stays.")
    return 0


def _told(arguments: argparse.Namespace) -> tuple[Site, datetime, Estimate]:
    """The site, the instant and the estimate, after printing it. Raises `BackfillProblem`."""
    site, since = _site(arguments.site), arguments.since
    if since is None:
        message = "name the day that it goes back to: --from 2026-09-01"
        raise BackfillProblem(message)
    start, estimate = estimate_from(site, since)
    for line in _estimate_lines(estimate, site, since, arguments.rate):
        print(line)
    must_be_counted(estimate)
    return site, start, estimate


def _site(code: str | None) -> Site:
    site = Site.objects.filter(code=code or "", is_active=True).first()
    if site is None:
        codes = ", ".join(Site.objects.filter(is_active=True).values_list("code", flat=True))
        message = f"name a site with --site: {codes}"
        raise BackfillProblem(message)
    return site


def _estimate_lines(estimate: Estimate, site: Site, since: date, rate: float | None) -> list[str]:
    days = estimate.days(rate)
    left = "no daily limit" if estimate.units_a_day is None else f"{max(estimate.units_a_day, 0):,} a day are free"
    lines = [
        f"{site.name}, from {since} to each mailbox's baseline; what is dated inside a break stays out",
        f"mailboxes  {estimate.accounts:,} ({estimate.counted} counted, {estimate.failed} could not be)",
        f"items      about {estimate.items:,}",
        f"units      about {estimate.units:,} of Gmail ({left} below the soft stop)",
        f"days       {'never: no units are free' if days is None else f'at least {days:,} on which the site is awake'}",
    ]
    if rate is None:
        lines.append("           by Google's units alone; with --rate N also by what this machine scores a second")
    return lines


def _lines(backfill: Backfill) -> list[str]:
    mailboxes = BackfillMailbox.objects.filter(backfill=backfill)
    counted = dict(Item.objects.filter(backfill=backfill).values_list("state").annotate(Count("id")))
    listed, total = mailboxes.exclude(listed_at=None).count(), mailboxes.count()
    states = ", ".join(f"{counted[state]:,} {state.value}" for state in STATES if counted.get(state))
    since = backfill.since.astimezone(ZoneInfo(backfill.site.time_zone)).date()
    lines = [
        f"{backfill.site.code}  {backfill.state}  from {since}  started {backfill.started_at:%Y-%m-%d %H:%M}",
        f"  mailboxes listed {listed:,} of {total:,}; items {sum(counted.values()):,}"
        f" of about {backfill.estimated_items:,}: {states or 'none yet'}",
    ]
    errors = Counter(mailboxes.filter(listed_at=None).exclude(error="").values_list("error", flat=True))
    return lines + [f"  {count} mailboxes: {error}" for error, count in errors.most_common(SHOWN)]
