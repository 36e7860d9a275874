"""Gmail tells of changes by Pub/Sub, so that watched mailboxes need fewer looks. Nothing rests on it.

A watched mailbox is still polled every `HEED_GMAIL_WATCHED_SECONDS`, and as often as any other once the subscription
cannot be pulled. Lost, late, doubled or invented messages change nothing but when a mailbox is looked at.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from monitor.calendars.awake import awake_accounts
from monitor.domain.source import Source
from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.intake.activity import PUSH_STREAM, call_for_polls, is_stream_fresh
from monitor.intake.leases import claim, release
from monitor.intake.ledger import Asleep, OpenMeter, UsageTally
from monitor.intake.models import ActivityStream, Cursor, GmailWatch
from monitor.intake.quota import QuotaHeld
from monitor.intake.workspace import open_gmail, open_workspace
from monitor.lib import clock
from monitor.roster.district import get_district
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_now

RENEW = timedelta(days=1)  # Google ends a watch after seven days and advises to renew it daily
RETRY = timedelta(hours=1)
MOST_FAILURES = 3  # in a row: then it is the topic, not the mailbox
MOST_PULLS = 20  # of 1,000 messages


def is_on() -> bool:
    """Whether the installation names a topic and a subscription, and Gmail is read."""
    return bool(settings.HEED_GMAIL_TOPIC and settings.HEED_GMAIL_SUBSCRIPTION) and reading_now().gmail


def is_watched(account_id: int, now: datetime) -> bool:
    """Whether Gmail tells of this mailbox and we hear it."""
    if not settings.HEED_GMAIL_SUBSCRIPTION:
        return False
    live = GmailWatch.objects.filter(account_id=account_id, error="", expires_at__gt=now)
    return live.exists() and is_stream_fresh(now, PUSH_STREAM)


def renew_watches(limit: int) -> int:
    """Watch up to `limit` awake mailboxes whose watch is missing or a day old; how many. Costs 100 units each."""
    if not is_on():
        return 0
    now, tally, renewed, failures = clock.now(), UsageTally(), 0, 0
    fresh = GmailWatch.objects.filter(renew_at__gt=now).values("account_id")
    contacted = Cursor.objects.filter(source=Source.GMAIL.value, baseline_at__isnull=False).values("account_id")
    accounts = MonitoredAccount.objects.filter(awake_accounts(now), pk__in=contacted).exclude(pk__in=fresh)
    try:
        for account in accounts.select_related("site").order_by("pk")[:limit]:
            try:
                expires_at = open_gmail(account, tally).watch(settings.HEED_GMAIL_TOPIC)
            except Asleep:
                continue
            except QuotaHeld:
                break
            except (GoogleError, KeyFileError) as error:
                failures += 1
                _note(account, error=str(error).replace(account.address, account.reference)[:500], renew_at=now + RETRY)
                if failures >= MOST_FAILURES:
                    break
                continue
            failures, renewed = 0, renewed + 1
            _note(account, error="", renew_at=now + RENEW, expires_at=expires_at)
    finally:
        tally.flush()
    return renewed


def pull_changes() -> int:
    """Let the mailboxes be polled of which Gmail tells a change; how many messages were pulled."""
    if not is_on() or not MonitoredAccount.objects.filter(awake_accounts(clock.now())).exists():
        return 0
    ActivityStream.objects.get_or_create(pk=PUSH_STREAM)
    owner = claim(ActivityStream.objects, PUSH_STREAM)
    if owner is None:
        return 0
    tally = UsageTally()
    try:
        return _pull(tally)
    except QuotaHeld:
        return 0
    except (GoogleError, KeyFileError) as error:
        ActivityStream.objects.filter(pk=PUSH_STREAM).update(error=str(error)[:2000])
        _poll_watched_again()
        return 0
    finally:
        tally.flush()
        release(ActivityStream(pk=PUSH_STREAM), owner)


def _pull(tally: UsageTally) -> int:
    push = open_workspace(get_district()).with_meter(OpenMeter(tally)).push(settings.HEED_GMAIL_SUBSCRIPTION)
    pulled = 0
    for _ in range(MOST_PULLS):
        found = push.pull()
        if not found:
            break
        # First the mailboxes are due, then the messages are acknowledged: a crash in between only tells them again.
        call_for_polls(Source.GMAIL, {one.address for one in found if one.address}, clock.now())
        push.acknowledge(found)
        pulled += len(found)
    ActivityStream.objects.filter(pk=PUSH_STREAM).update(read_until=clock.now(), error="")
    return pulled


def _poll_watched_again() -> None:
    """Nobody tells any more: mailboxes that were left alone for long are due by the ordinary interval."""
    now = clock.now()
    usual = now + timedelta(seconds=settings.HEED_GMAIL_POLL_SECONDS)
    watched = GmailWatch.objects.filter(error="").values("account_id")
    rows = Cursor.objects.filter(Q(next_poll_at__gt=usual), source=Source.GMAIL.value, failures=0)
    rows.filter(account_id__in=watched).update(next_poll_at=usual)


def _note(account: MonitoredAccount, **values: object) -> None:
    GmailWatch.objects.update_or_create(account=account, defaults=values)
