"""One account, one source, one cursor: first contact, ordinary reading, waking up, and an expired cursor."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import F

from monitor.calendars.awake import awake_accounts, is_awake
from monitor.domain.reading import ReadingSpec
from monitor.domain.source import Source
from monitor.google.credentials import KeyFileError
from monitor.google.errors import AccessLost, GoogleError, TransientError
from monitor.intake.activity import CHAT_STREAM, DRIVE_STREAM, is_stream_fresh
from monitor.intake.chat_spaces import read_chat
from monitor.intake.drive_sync import read_drive
from monitor.intake.gmail_sync import read_gmail
from monitor.intake.leases import claim, release
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Cursor
from monitor.intake.quota import QuotaHeld
from monitor.intake.watches import is_watched
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

RETRY_CAP = timedelta(hours=1)
READERS: dict[Source, Callable[[MonitoredAccount, Cursor, UsageTally], int]] = {
    Source.GMAIL: read_gmail,
    Source.DRIVE: read_drive,
    Source.CHAT: read_chat,
}
STREAMS = {Source.DRIVE: DRIVE_STREAM, Source.CHAT: CHAT_STREAM}


class PollState(StrEnum):
    """How one poll ended."""

    READ = "read"
    ASLEEP = "asleep"
    LEASED = "leased"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of one cursor: `items` new rows were written, unless it ended otherwise."""

    state: PollState
    items: int = 0


def poll_account(account: MonitoredAccount, source: Source) -> Poll:
    """Read what Google reports about `source` of `account` since its cursor, and write it down as items.

    No call leaves while the account sleeps. Failures stay on the cursor's row, with a growing delay.
    """
    if not is_awake(account, clock.now()):
        return Poll(PollState.ASLEEP)
    cursor, _ = Cursor.objects.get_or_create(account=account, source=source.value)
    owner = claim(Cursor.objects, cursor.pk)
    if owner is None:
        return Poll(PollState.LEASED)
    tally = UsageTally()
    try:
        cursor.refresh_from_db()
        items = READERS[source](account, cursor, tally)
        _note_success(cursor, source, items)
        return Poll(PollState.READ, items)
    except Asleep:
        return Poll(PollState.ASLEEP)
    except QuotaHeld as held:
        later = clock.now() + timedelta(seconds=max(held.retry_after_seconds or 0.0, 1.0))
        Cursor.objects.filter(pk=cursor.pk).update(next_poll_at=later)
        return Poll(PollState.HELD)
    except (GoogleError, KeyFileError) as error:
        _note_failure(cursor, account, error)
        return Poll(PollState.FAILED)
    finally:
        tally.flush()
        release(cursor, owner)


def sources_on(reading: ReadingSpec) -> list[Source]:
    """The sources that the district has switched on."""
    return [source for source in Source if getattr(reading, source.value)]


def due_cursors(source: Source, limit: int) -> list[int]:
    """The accounts whose `source` should be polled now, longest waiting first; new accounts come first of all."""
    now = clock.now()
    watched = MonitoredAccount.objects.filter(awake_accounts(now))
    fresh = watched.exclude(cursors__source=source.value).values_list("pk", flat=True)[:limit]
    due = (
        Cursor.objects.filter(source=source.value, account__in=watched)
        .exclude(next_poll_at__gt=now)
        .exclude(leased_until__gt=now)
        .order_by(F("next_poll_at").asc(nulls_first=True))
        .values_list("account_id", flat=True)[:limit]
    )
    return [*fresh, *due][:limit]


def _note_success(cursor: Cursor, source: Source, items: int) -> None:
    now = clock.now()
    quiet_since = now if items or cursor.quiet_since is None else cursor.quiet_since
    later = now + next_poll_in(source, now - quiet_since, _is_told(cursor.account_id, source, now))
    Cursor.objects.filter(pk=cursor.pk).update(error="", failures=0, quiet_since=quiet_since)
    # Whoever called for a poll while this one ran knows of something that it may not have seen.
    Cursor.objects.filter(pk=cursor.pk, next_poll_at=cursor.next_poll_at).update(next_poll_at=later)


def _is_told(account_id: int, source: Source, now: datetime) -> bool:
    """Whether we would hear of it if something happened in `source` of this account."""
    if source is Source.GMAIL:
        return is_watched(account_id, now)
    return is_stream_fresh(now, STREAMS[source])


def next_poll_in(source: Source, quiet_for: timedelta, is_told: bool) -> timedelta:
    """How long to leave an account alone: the busier it was lately, the shorter.

    Each hour of quiet adds one interval, up to `HEED_IDLE_POLL_FACTOR` of them. What would be told of
    by a stream or a watch is left to the sweep.
    """
    seconds, sweep_seconds = {
        Source.GMAIL: (settings.HEED_GMAIL_POLL_SECONDS, settings.HEED_GMAIL_WATCHED_SECONDS),
        Source.DRIVE: (settings.HEED_DRIVE_POLL_SECONDS, settings.HEED_DRIVE_SWEEP_SECONDS),
        Source.CHAT: (settings.HEED_CHAT_POLL_SECONDS, settings.HEED_CHAT_SWEEP_SECONDS),
    }[source]
    if is_told:
        return timedelta(seconds=sweep_seconds)
    factor = min(1 + quiet_for // timedelta(hours=1), max(settings.HEED_IDLE_POLL_FACTOR, 1))
    spread = 0.9 + 0.2 * random.random()  # noqa: S311 - so that 20,000 accounts do not stay in step
    return timedelta(seconds=seconds * factor * spread)


def failure_text(error: Exception, account: MonitoredAccount) -> str:
    """What people are shown of `error`: what failed and what to do, with the account's reference for its address."""
    remedy = f". {error.remedy}" if isinstance(error, AccessLost) else ""
    return f"{error}{remedy}".replace(account.address, account.reference)[:2000]


def _note_failure(cursor: Cursor, account: MonitoredAccount, error: Exception) -> None:
    failures = cursor.failures + 1
    delay = min(timedelta(seconds=15) * 2 ** min(failures, 10), RETRY_CAP)
    if isinstance(error, AccessLost):
        delay = RETRY_CAP  # nothing mends itself here until a person acts
    elif isinstance(error, TransientError) and error.retry_after_seconds:
        delay = max(delay, timedelta(seconds=error.retry_after_seconds))
    Cursor.objects.filter(pk=cursor.pk).update(
        error=failure_text(error, account), failures=failures, next_poll_at=clock.now() + delay
    )
