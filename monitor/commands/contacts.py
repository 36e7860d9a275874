"""`worker.py contacts list|check|bounce`: who would be told, whether they can be reached, and mail that came back."""

import argparse
import sys
from pathlib import Path

from monitor.alerts.bounces import MAX_BYTES, take_bounce
from monitor.alerts.checks import check_contacts
from monitor.alerts.coverage import broken_ways, coverage_now


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["list", "check", "bounce"])
    parser.add_argument("file", nargs="*", help="bounce: mails that may be bounces; - or nothing is standard input")


def run(arguments: argparse.Namespace) -> int:
    """List, check or take bounces; exit status 1 when somebody cannot be reached or a file cannot be read."""
    if arguments.action == "bounce":
        return _bounce(arguments.file or ["-"])
    if arguments.action == "check":
        tally = check_contacts()
        print(
            f"{tally.good} ways look well, {tally.broken} cannot work, {tally.unknown} cannot be judged without a drill"
        )
    bad = 0
    for site in coverage_now():
        first = ", ".join(site.told_first) or "nobody"
        print(f"{site.site_code}: told first now: {first}" + (f"  → {site.problem}" if site.problem else ""))
        bad += not site.told_first
    for way in broken_ways():
        place = way.site_code or "district"
        print(f"  broken since {way.since:%Y-%m-%d}: {way.contact} ({place}), {way.way}: {way.reason}")
        bad += 1
    return 1 if bad else 0


def _bounce(names: list[str]) -> int:
    ended = 0
    for name in names:
        try:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else Path(name).read_bytes()
        except OSError as error:
            print(f"contacts: {name} cannot be read: {error.strerror}", file=sys.stderr)
            return 1
        ended += take_bounce(raw)
    print(f"{ended} deliveries came back; their contacts are marked, and the next step follows.")
    return 0
