"""`worker.py calendar list|preview|sync`: the calendars that breaks are imported from."""

import argparse
import sys
from pathlib import Path

from monitor.calendars.feeds import CalendarUnreachable, FeedPreview, fetch_calendar, preview_feed, sync_feed
from monitor.calendars.ical import CalendarBroken
from monitor.calendars.models import CalendarFeed
from monitor.calendars.notice import span_words
from monitor.domain.district import BreakSpec
from monitor.roster.models import Site

IGNORED_SHOWN = 40
DIGEST_SHOWN = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["list", "preview", "sync"])
    parser.add_argument("name", nargs="?", default="", help="one calendar of the district file (default: each)")
    parser.add_argument("--file", type=Path, help="with preview: read this .ics file instead of the calendar's address")
    parser.add_argument("--confirm", default="", metavar="CODE", help="with sync: apply the held change with this code")


def run(arguments: argparse.Namespace) -> int:
    """List, preview or read; exit status 1 when one cannot be used or a change is held, 2 for an unknown name."""
    feeds = list(CalendarFeed.objects.filter(is_active=True))
    chosen = [feed for feed in feeds if arguments.name in ("", feed.name)]
    if not chosen:
        names = ", ".join(feed.name for feed in feeds) or "none: add [[calendars]] to the district file and apply it"
        print(f"calendar: no calendar `{arguments.name}`; there are {names}", file=sys.stderr)
        return 2
    acts = {"list": _list, "preview": _preview, "sync": _sync}
    return max(acts[arguments.action](feed, arguments) for feed in chosen)


def _list(feed: CalendarFeed, _arguments: argparse.Namespace) -> int:
    state = feed.last_error or (f"held: {feed.held}" if feed.held else "well")
    read = f"{feed.read_at:%Y-%m-%d %H:%M} UTC" if feed.read_at else "never"
    print(f"{feed.name}: {state}; last good reading {read}")
    return int(bool(feed.last_error or feed.held))


def _preview(feed: CalendarFeed, arguments: argparse.Namespace) -> int:
    try:
        data = fetch_calendar(str(arguments.file)) if arguments.file else None
        preview = preview_feed(feed, data)
    except (CalendarBroken, CalendarUnreachable) as error:
        return _broken(feed, error)
    _print(feed, preview)
    return int(bool(preview.hold))


def _sync(feed: CalendarFeed, arguments: argparse.Namespace) -> int:
    try:
        code = preview_feed(feed).digest if arguments.confirm else ""
    except (CalendarBroken, CalendarUnreachable) as error:
        return _broken(feed, error)
    is_meant = len(arguments.confirm) >= DIGEST_SHOWN and code.startswith(arguments.confirm)
    preview = sync_feed(feed, actor="command", confirmed=code if is_meant else "")
    if preview is None:
        feed.refresh_from_db()
        return _broken(feed, feed.last_error)
    _print(feed, preview)
    if preview.hold and not is_meant:
        print("Nothing was changed.")
        return 1
    print("In force now.")
    return 0


def _broken(feed: CalendarFeed, error: object) -> int:
    print(f"{feed.name}: {error}. Nothing was changed; the last good reading holds.", file=sys.stderr)
    return 1


def _print(feed: CalendarFeed, preview: FeedPreview) -> None:
    zones = dict(Site.objects.values_list("code", "time_zone"))
    print(f"{feed.name}: {len(preview.added)} new, {len(preview.changed)} changed, {len(preview.removed)} gone, "
          f"{preview.kept} as they were, {len(preview.ignored)} events that are no break")  # fmt: skip
    for sign, specs in (("+", preview.added), ("-", preview.removed), ("=", [new for _, new in preview.changed])):
        for spec in specs:
            print(f"  {sign} {_line(spec, zones)}")
    for event, reason in preview.ignored[:IGNORED_SHOWN]:
        print(f"    no break: {event.name} ({event.starts_at:%Y-%m-%d}): {reason}")
    if preview.hold:
        print(f"  HELD: {preview.hold}.")
        print(f"  If that is right: worker.py calendar sync '{feed.name}' --confirm {preview.digest[:DIGEST_SHOWN]}")


def _line(spec: BreakSpec, zones: dict[str, str]) -> str:
    zone = zones.get(spec.site_code, "UTC")
    return f"{spec.site_code}: {spec.name} [{spec.kind}], {span_words(spec.starts_at, spec.ends_at, zone)}"
