"""`worker.py contacts`: who would be told, whether they can be reached, and mail that came back."""

import argparse
import sys
from pathlib import Path

from monitor.alerts.bounces import MAX_BYTES, mend, take_bounce
from monitor.alerts.checks import check_contacts
from monitor.alerts.coverage import broken_ways, coverage_now
from monitor.alerts.returns import mailbox, read_returns, return_mailbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["list", "check", "bounce", "returns", "mend"])
    words = "bounce: mails that may be bounces (- or nothing is standard input); mend: addresses that work again"
    parser.add_argument("file", nargs="*", help=words)


def run(arguments: argparse.Namespace) -> int:
    """List, check, take bounces or mend; exit status 1 when somebody cannot be reached or something cannot be read."""
    if arguments.action == "bounce":
        return _bounce(arguments.file or ["-"])
    if arguments.action == "returns":
        return _returns()
    if arguments.action == "mend":
        return _mend(arguments.file)
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


def _returns() -> int:
    if mailbox() is None:
        print("contacts: no mailbox is configured: set HEED_IMAP_HOST", file=sys.stderr)
        return 1
    found, row = read_returns(), return_mailbox()
    if row is not None and row.last_error:
        print(f"contacts: {row.last_error}", file=sys.stderr)
        return 1
    print(f"{found.ended} deliveries came back, {found.noted} are late; {found.unknown} reports are about other mail.")
    return 0


def _mend(addresses: list[str]) -> int:
    if not addresses:
        print("contacts: say which address works again", file=sys.stderr)
        return 1
    counts = {address: mend(address) for address in addresses}
    for address, count in counts.items():
        print(f"{address}: {f'{count} contacts are told by it again' if count else 'no contact with it is marked'}")
    return 0 if all(counts.values()) else 1


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
