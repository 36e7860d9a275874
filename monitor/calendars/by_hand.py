"""Calendars that a person puts in as a file through the console: seen before they hold, kept until taken out.

A file that was put in is a draft until somebody confirms the very change that it would make. Then it holds like a
calendar with an address, except that there is nowhere to read it again from: the next year's file is put in anew, under
the same name.
"""

from collections.abc import Collection

from django.db import transaction

from monitor.calendars.feeds import FeedPreview, preview_feed, sync_feed
from monitor.calendars.ical import CalendarBroken
from monitor.calendars.models import CalendarFeed
from monitor.domain.origin import Origin
from monitor.roster.models import Site

MOST_DRAFTS = 20
NAME_CHARACTERS = 120


class CalendarProblem(Exception):
    """The file cannot be put in under this name; the message says what to do."""


class DraftStale(Exception):
    """What would change is not what the person saw."""


def put_in(name: str, data: bytes, sites: Collection[Site]) -> tuple[CalendarFeed, FeedPreview]:
    """Keep an .ics file as a draft; returns its calendar and what would change. Nothing is in force yet.

    `sites` are whose breaks it holds, none for the whole district; a calendar that holds already keeps its own.
    Raises `CalendarBroken` for what is no calendar, `CalendarProblem` for a name that is not free.
    """
    name = name.strip()
    if not name or len(name) > NAME_CHARACTERS:
        message = f"Give the calendar a name of at most {NAME_CHARACTERS} characters."
        raise CalendarProblem(message)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "it is not written in UTF-8, as the standard asks; export it again from the calendar program"
        raise CalendarBroken(message) from None
    with transaction.atomic():
        feed = CalendarFeed.objects.filter(name=name).first() or CalendarFeed(name=name, is_active=False)
        if feed.pk and feed.is_active and feed.origin == Origin.FILE:
            message = "The district file has a calendar of this name. Choose another one."
            raise CalendarProblem(message)
        feed.draft, feed.origin = text, Origin.CONSOLE
        feed.save()
        if not feed.is_active:
            feed.sites.set(sites)
        preview = preview_draft(feed)
        _forget_old_drafts()
    return feed, preview


def preview_draft(feed: CalendarFeed) -> FeedPreview:
    """What the draft would change. Raises `CalendarBroken`."""
    return preview_feed(feed, (feed.draft or "").encode())


@transaction.atomic
def do_confirm_draft(feed: CalendarFeed, digest: str, *, actor: str) -> FeedPreview:
    """Put the draft into force. Raises `DraftStale` when it would change anything else than what `digest` names."""
    preview = preview_draft(feed)
    if preview.digest != digest:
        raise DraftStale
    CalendarFeed.objects.filter(pk=feed.pk).update(content=feed.draft, draft=None, is_active=True)
    feed.refresh_from_db()
    sync_feed(feed, actor=actor, confirmed=digest)
    return preview


def _forget_old_drafts() -> None:
    """At most `MOST_DRAFTS` files that nobody ever confirmed are kept."""
    never = CalendarFeed.objects.filter(origin=Origin.CONSOLE, is_active=False, read_at=None).order_by("-id")
    for feed in never[MOST_DRAFTS:]:
        feed.sites.clear()
        feed.delete()
