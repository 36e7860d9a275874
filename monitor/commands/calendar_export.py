"""The parts of a district file about hours, calendars and the notice, as they are in force."""

import json
from collections import defaultdict

from monitor.calendars.models import CalendarFeed, FamilyNotice, SchoolHours
from monitor.domain.calendar import WEEKDAYS
from monitor.domain.origin import Origin
from monitor.sealed.keys import sealed_text


def calendar_parts() -> list[str]:
    """One table for each stretch of hours, each calendar, and the notice. Addresses of calendars are sealed."""
    return [*_hours(), *_feeds(), *_notice()]


def _hours() -> list[str]:
    shared: dict[tuple[str | None, str, str], list[str]] = defaultdict(list)
    for row in SchoolHours.objects.select_related("site").order_by("site__code", "opens", "closes", "weekday"):
        code = row.site.code if row.site else None
        shared[code, row.opens.isoformat(), row.closes.isoformat()].append(WEEKDAYS[row.weekday])
    return [
        "[[hours]]\n"
        + (f"sites = {json.dumps([code])}\n" if code else "")
        + f"days = {json.dumps(days)}\nopens = {opens}\ncloses = {closes}\n"
        for (code, opens, closes), days in shared.items()
    ]


def _feeds() -> list[str]:
    rows = CalendarFeed.objects.filter(is_active=True).prefetch_related("sites")
    parts = [
        f"# The calendar {_quote(feed.name)} was put in through the console and is kept there.\n"
        for feed in rows.filter(origin=Origin.CONSOLE)
    ]
    for feed in rows.filter(origin=Origin.FILE):
        is_url = feed.location.startswith(("http:", "https:"))
        place = f"url = {_quote(sealed_text(feed.location))}" if is_url else f"file = {_quote(feed.location)}"
        codes = sorted(site.code for site in feed.sites.all())
        sites = f"sites = {json.dumps(codes)}\n" if codes else ""
        parts.append(
            f"[[calendars]]\nname = {_quote(feed.name)}\n{place}\n{sites}"
            f"phrases = {json.dumps(feed.phrases, ensure_ascii=False)}\n"
        )
    return parts


def _notice() -> list[str]:
    row = FamilyNotice.objects.filter(pk=1).first()
    if row is None or not (row.text or row.lines):
        return []
    return [f"[notice]\ntext = {_quote(row.text)}\nlines = {json.dumps(row.lines, ensure_ascii=False)}\n"]


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
