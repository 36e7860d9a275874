"""Shells around the functions of this room."""

from celery import shared_task

from monitor.calendars.feeds import sync_due_feeds


@shared_task(name="calendars.sync_feeds")
def sync_feeds() -> None:
    """Read the calendars whose turn it is."""
    sync_due_feeds()
