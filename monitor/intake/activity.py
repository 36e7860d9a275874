"""Learns from one stream for the whole domain who was active in Drive, so that an idle Drive costs nothing.

Events come late and now and then not at all. So each look overlaps the one before, a longer look comes once an hour,
an event counts once, and every Drive is swept in any case after `HEED_DRIVE_SWEEP_SECONDS`.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from monitor.calendars.awake import awake_accounts
from monitor.domain.source import Source
from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.google.reports import Activity
from monitor.intake.leases import claim, release
from monitor.intake.ledger import OpenMeter, UsageTally
from monitor.intake.models import ActivityStream, Cursor, SeenActivity, SharedDrive
from monitor.intake.quota import QuotaHeld
from monitor.intake.shared_drives import refresh_drives
from monitor.intake.workspace import open_workspace
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_of
from monitor.sealed.keys import blind_index

OVERLAP = timedelta(minutes=20)
DEEP = timedelta(hours=6)
DEEP_EVERY = timedelta(hours=1)
DRIVES_EVERY = timedelta(hours=6)
FRESH = timedelta(minutes=30)  # a stream that was not read for longer than this is not relied on
MAX_PAGES = 400  # of 1,000 events
FORGET = timedelta(hours=13)


def read_activity() -> int:
    """Read the stream up to now and let the Drives concerned be polled; how many events were new.

    A failure stays on the stream's row; Drives are then polled account by account until it is over.
    """
    district = get_district()
    if not reading_of(district).activity_stream or not _anybody_awake():
        return 0
    ActivityStream.objects.get_or_create(pk=1)
    owner = claim(ActivityStream.objects, 1)
    if owner is None:
        return 0
    tally = UsageTally()
    try:
        return _read(district.delegated_admin, tally)
    except QuotaHeld:
        return 0
    except (GoogleError, KeyFileError) as error:
        ActivityStream.objects.filter(pk=1).update(error=str(error)[:2000])
        return 0
    finally:
        tally.flush()
        release(ActivityStream(pk=1), owner)


def is_stream_fresh(now: datetime) -> bool:
    """Whether the stream says of every Drive if it is idle, so that only active ones need a look."""
    return ActivityStream.objects.filter(error="", read_until__gt=now - FRESH).exists()


def refresh_drives_if_due() -> None:
    """Refresh the list of shared drives now and then; a failure is told on the stream's row and tried again later."""
    row, _ = ActivityStream.objects.get_or_create(pk=1)
    now = clock.now()
    if not _anybody_awake():
        return
    if row.drives_at is not None and now - row.drives_at < DRIVES_EVERY:
        return
    ActivityStream.objects.filter(pk=1).update(drives_at=now)
    try:
        refresh_drives()
    except (GoogleError, KeyFileError):
        # The members of the drives stay as they were known; tried again in a quarter of an hour.
        ActivityStream.objects.filter(pk=1).update(drives_at=now - DRIVES_EVERY + timedelta(minutes=15))


def _anybody_awake() -> bool:
    """While every site sleeps nothing of Drive is asked, not even who was active."""
    return MonitoredAccount.objects.filter(awake_accounts(clock.now())).exists()


def _read(admin: str, tally: UsageTally) -> int:
    row, now = ActivityStream.objects.get(pk=1), clock.now()
    is_deep = row.deep_at is None or now - row.deep_at >= DEEP_EVERY
    since = min(row.read_until or now, now) - OVERLAP
    if is_deep and row.read_until is not None:
        since = min(since, now - DEEP)
    reports = open_workspace(get_district()).with_meter(OpenMeter(tally)).reports(admin)
    new = 0
    for events in reports.drive_activity(since, now, MAX_PAGES):
        new += _take(events, now)
    changes = {"read_until": now, "error": ""} | ({"deep_at": now} if is_deep else {})
    ActivityStream.objects.filter(pk=1).update(**changes)
    SeenActivity.objects.filter(at__lt=now - FORGET).delete()
    return new


def _take(events: list[Activity], now: datetime) -> int:
    """Act on the events that were not seen before: those concerned are due first, then the events are marked."""
    indexes = {blind_index(event.event_id): event for event in events}
    known = set(SeenActivity.objects.filter(event_index__in=indexes).values_list("event_index", flat=True))
    fresh = {index: event for index, event in indexes.items() if index not in known}
    people = {blind_index(address) for event in fresh.values() for address in event.concerned}
    drives = {event.shared_drive_id for event in fresh.values() if event.shared_drive_id}
    later = Q(next_poll_at__gt=now) | Q(next_poll_at=None)
    Cursor.objects.filter(later, source=Source.DRIVE.value, account__address_index__in=people, failures=0).update(
        next_poll_at=now
    )
    SharedDrive.objects.filter(later, drive_id__in=drives, failures=0).update(next_poll_at=now)
    SeenActivity.objects.bulk_create(
        [SeenActivity(event_index=index, at=event.at) for index, event in fresh.items()], ignore_conflicts=True
    )
    return len(fresh)
