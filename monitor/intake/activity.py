"""Learns from one stream each for the whole domain who was active in Drive and in Chat, so that the idle cost nothing.

Events come late and now and then not at all. So each look overlaps the one before, a longer look comes once an hour,
an event counts once, and every account is swept in any case after `HEED_DRIVE_SWEEP_SECONDS` or
`HEED_CHAT_SWEEP_SECONDS`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from monitor.calendars.awake import awake_accounts
from monitor.domain.source import Source
from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.google.reports import Activity, Reports
from monitor.intake.leases import claim, release
from monitor.intake.ledger import OpenMeter, UsageTally
from monitor.intake.models import ActivityStream, ChatSpace, Cursor, SeenActivity, SharedDrive
from monitor.intake.quota import QuotaHeld
from monitor.intake.shared_drives import refresh_drives
from monitor.intake.workspace import open_workspace
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_of
from monitor.sealed.keys import blind_index

DRIVE_STREAM, CHAT_STREAM, PUSH_STREAM = 1, 2, 3  # rows; the third is what Gmail tells by Pub/Sub
OVERLAP = timedelta(minutes=20)
DEEP = timedelta(hours=6)
DEEP_EVERY = timedelta(hours=1)
DRIVES_EVERY = timedelta(hours=6)
FRESH = timedelta(minutes=30)  # a stream that was not read for longer than this is not relied on
MAX_PAGES = 400  # of 1,000 events
FORGET = timedelta(hours=13)


def read_activity() -> int:
    """Read the streams up to now and let those concerned be polled; how many events were new.

    A failure stays on the stream's row; accounts are then polled one by one until it is over.
    """
    district = get_district()
    reading = reading_of(district)
    if not reading.activity_stream or not _anybody_awake():
        return 0
    streams = [DRIVE_STREAM] * reading.drive + [CHAT_STREAM] * reading.chat
    return sum(_read_stream(stream, district.delegated_admin) for stream in streams)


def _read_stream(stream: int, admin: str) -> int:
    ActivityStream.objects.get_or_create(pk=stream)
    owner = claim(ActivityStream.objects, stream)
    if owner is None:
        return 0
    tally = UsageTally()
    try:
        return _read(stream, admin, tally)
    except QuotaHeld:
        return 0
    except (GoogleError, KeyFileError) as error:
        ActivityStream.objects.filter(pk=stream).update(error=str(error)[:2000])
        return 0
    finally:
        tally.flush()
        release(ActivityStream(pk=stream), owner)


def is_stream_fresh(now: datetime, stream: int = DRIVE_STREAM) -> bool:
    """Whether the stream says of every account if it is idle, so that only active ones need a look."""
    return ActivityStream.objects.filter(pk=stream, error="", read_until__gt=now - FRESH).exists()


def refresh_drives_if_due() -> None:
    """Refresh the list of shared drives now and then; a failure is told on the stream's row and tried again later."""
    row, _ = ActivityStream.objects.get_or_create(pk=DRIVE_STREAM)
    now = clock.now()
    if not _anybody_awake():
        return
    if row.drives_at is not None and now - row.drives_at < DRIVES_EVERY:
        return
    ActivityStream.objects.filter(pk=DRIVE_STREAM).update(drives_at=now)
    try:
        refresh_drives()
    except (GoogleError, KeyFileError):
        # The members of the drives stay as they were known; tried again in a quarter of an hour.
        ActivityStream.objects.filter(pk=DRIVE_STREAM).update(drives_at=now - DRIVES_EVERY + timedelta(minutes=15))


def _anybody_awake() -> bool:
    """While every site sleeps nothing of Drive is asked, not even who was active."""
    return MonitoredAccount.objects.filter(awake_accounts(clock.now())).exists()


def _read(stream: int, admin: str, tally: UsageTally) -> int:
    row, now = ActivityStream.objects.get(pk=stream), clock.now()
    is_deep = row.deep_at is None or now - row.deep_at >= DEEP_EVERY
    since = min(row.read_until or now, now) - OVERLAP
    if is_deep and row.read_until is not None:
        since = min(since, now - DEEP)
    reports = open_workspace(get_district()).with_meter(OpenMeter(tally)).reports(admin)
    new = 0
    for events in _pages(stream, reports, since, now):
        new += _take(events, now, _act_on_chat if stream == CHAT_STREAM else _act_on_drive)
    changes = {"read_until": now, "error": ""} | ({"deep_at": now} if is_deep else {})
    ActivityStream.objects.filter(pk=stream).update(**changes)
    SeenActivity.objects.filter(at__lt=now - FORGET).delete()
    return new


def _pages(stream: int, reports: Reports, since: datetime, now: datetime) -> Iterator[list[Activity]]:
    if stream == CHAT_STREAM:
        return reports.chat_activity(since, now, MAX_PAGES)
    return reports.drive_activity(since, now, MAX_PAGES)


def _take(events: list[Activity], now: datetime, act: Callable[[list[Activity], datetime], None]) -> int:
    """Act on the events that were not seen before: those concerned are due first, then the events are marked."""
    indexes = {blind_index(event.event_id): event for event in events}
    known = set(SeenActivity.objects.filter(event_index__in=indexes).values_list("event_index", flat=True))
    fresh = {index: event for index, event in indexes.items() if index not in known}
    act(list(fresh.values()), now)
    SeenActivity.objects.bulk_create(
        [SeenActivity(event_index=index, at=event.at) for index, event in fresh.items()], ignore_conflicts=True
    )
    return len(fresh)


def _act_on_drive(events: list[Activity], now: datetime) -> None:
    call_for_polls(Source.DRIVE, {address for event in events for address in event.concerned}, now)
    drives = {event.shared_drive_id for event in events if event.shared_drive_id}
    SharedDrive.objects.filter(_later_than(now), drive_id__in=drives, failures=0).update(next_poll_at=now)


def _act_on_chat(events: list[Activity], now: datetime) -> None:
    """A conversation that is known is read itself; one that is not is found in the list of whoever spoke there."""
    rooms = {event.room_id for event in events if event.is_said and event.room_id}
    known = set(ChatSpace.objects.filter(space_id__in=rooms).values_list("space_id", flat=True))
    ChatSpace.objects.filter(_later_than(now), space_id__in=known, failures=0).update(next_poll_at=now)
    unknown = [event for event in events if not event.is_said or event.room_id not in known]
    call_for_polls(Source.CHAT, {address for event in unknown for address in event.concerned}, now)


def call_for_polls(source: Source, addresses: set[str], now: datetime) -> None:
    """Let `source` of whoever has these addresses be polled at once, but where it waits after a failure."""
    people = {blind_index(address) for address in addresses}
    cursors = Cursor.objects.filter(source=source.value, account__address_index__in=people, failures=0)
    cursors.filter(_later_than(now)).update(next_poll_at=now)


def _later_than(now: datetime) -> Q:
    return Q(next_poll_at__gt=now) | Q(next_poll_at=None)
