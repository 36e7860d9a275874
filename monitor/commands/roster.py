"""`worker.py roster [--dry-run | --let-go]`: who is watched and why, unit by unit, and what changes."""

import argparse
import sys

from monitor.google.credentials import KeyFileError
from monitor.google.errors import AccessLost, GoogleError
from monitor.intake.workspace import sync_district_roster
from monitor.roster.district import NoDistrict
from monitor.roster.models import Exemption
from monitor.roster.sync import DoubtfulDirectory, RosterChange, is_doubtful


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--dry-run", action="store_true", help="ask the Directory and say what would change")
    way.add_argument("--let-go", action="store_true", help="many accounts have truly left: stop watching them")


def run(arguments: argparse.Namespace) -> int:
    """Sync, or only say what a sync would do; no student's name or address is printed."""
    try:
        change = sync_district_roster(dry_run=arguments.dry_run, let_go=arguments.let_go)
    except (NoDistrict, DoubtfulDirectory, KeyFileError, GoogleError) as error:
        print(f"roster: {error}", file=sys.stderr)
        if isinstance(error, AccessLost):
            print(error.remedy, file=sys.stderr)
        return 2
    for line in (*unit_lines(change), "", *change_lines(change, would=arguments.dry_run), *exemption_lines()):
        print(line)
    return 0


def unit_lines(change: RosterChange) -> list[str]:
    """Each unit that has accounts, with the site they belong to and why; nothing is inherited in silence."""
    width = max((len(unit) for unit, _, _ in change.units), default=0)
    return [
        f"{unit:<{width}}  {count:>6}  {site or '-'}  ({why})"
        for (unit, site, why), count in sorted(change.units.items())
    ]


def change_lines(change: RosterChange, *, would: bool) -> list[str]:
    """What changed, or would change, in accounts."""
    verb = "Would be" if would else "Were"
    lines = [f"{verb} added: {change.added}", f"{verb} changed: {change.changed}", f"{verb} marked gone: {change.gone}"]
    if would and is_doubtful(change.gone, change.known):
        lines.append("So many at once look like a mistake: only `worker.py roster --let-go` stops watching them.")
    for (before, after), count in sorted(change.moved.items()):
        lines.append(f"{verb} moved from {before or 'no site'} to {after or 'no site'}: {count}")
    lines += [f"Left out, {why}: {count}" for why, count in sorted(change.left_out.items())]
    return [*lines, f"Suspended: {change.suspended}", f"Watched after it: {change.monitored} of {change.listed}"]


def exemption_lines() -> list[str]:
    """The rules in force; addresses are those that IT wrote into the district file."""
    rows = Exemption.objects.filter(is_active=True).order_by("id")
    return [f"Exempt {row.kind} {row.value}: {row.left_out} items left unread ({row.reason})" for row in rows]
