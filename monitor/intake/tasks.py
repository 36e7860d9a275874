"""Shells around the functions of this room; one account each, ids only."""

from datetime import timedelta

from celery import shared_task

from monitor.domain.source import Source
from monitor.intake.activity import read_activity, refresh_drives_if_due
from monitor.intake.backfill import list_old_mail
from monitor.intake.chat_sync import due_spaces, forget_words, poll_space
from monitor.intake.leases import release_dead_leases
from monitor.intake.models import ChatSpace, Cursor, SharedDrive
from monitor.intake.poll import due_cursors, poll_account, sources_on
from monitor.intake.shared_drives import due_drives, poll_drive
from monitor.intake.watches import pull_changes, renew_watches
from monitor.intake.workspace import is_roster_due, sync_district_roster
from monitor.lib import clock
from monitor.roster.models import District, MonitoredAccount
from monitor.roster.reading import reading_now

DISPATCH_LIMIT = 500
WATCHES_AT_ONCE = 100
DISPATCH_GRACE = timedelta(minutes=2)  # a poll that was sent out and lost is sent out again after this


@shared_task(name="intake.sync_roster")
def sync_roster() -> None:
    """Bring the roster to what the Directory says, if that was not done lately or the district changed since."""
    if is_roster_due():
        sync_district_roster()


@shared_task(name="intake.dispatch_polls")
def dispatch_polls() -> None:
    """Send out one poll for each cursor that is due."""
    for source in sources_on(reading_now()):
        accounts = due_cursors(source, DISPATCH_LIMIT)
        later = clock.now() + DISPATCH_GRACE
        Cursor.objects.filter(source=source.value, account_id__in=accounts).update(next_poll_at=later)
        for account_id in accounts:
            poll_one.delay(account_id, source.value)


@shared_task(name="intake.read_activity")
def read_stream() -> None:
    """Learn who was active in Drive and in Chat, and refresh the list of shared drives now and then."""
    if District.objects.exists():
        refresh_drives_if_due()
        read_activity()


@shared_task(name="intake.dispatch_drives")
def dispatch_drives() -> None:
    """Send out one poll for each shared drive that is due."""
    drives = due_drives(DISPATCH_LIMIT)
    SharedDrive.objects.filter(pk__in=drives).update(next_poll_at=clock.now() + DISPATCH_GRACE)
    for pk in drives:
        poll_shared_drive.delay(pk)


@shared_task(name="intake.dispatch_chats")
def dispatch_chats() -> None:
    """Send out one poll for each conversation that is due."""
    spaces = due_spaces(DISPATCH_LIMIT)
    ChatSpace.objects.filter(pk__in=spaces).update(next_poll_at=clock.now() + DISPATCH_GRACE)
    for pk in spaces:
        poll_chat.delay(pk)


@shared_task(name="intake.poll_chat")
def poll_chat(pk: int) -> None:
    """Poll one conversation."""
    poll_space(pk)


@shared_task(name="intake.forget_chat_words")
def forget_chat_words() -> None:
    """Forget the hashes of messages that are too old to be edited under our eyes."""
    forget_words()


@shared_task(name="intake.pull_changes")
def pull() -> None:
    """Hear by Pub/Sub which mailboxes changed."""
    if District.objects.exists():
        pull_changes()


@shared_task(name="intake.renew_watches")
def renew() -> None:
    """Let Gmail tell of the mailboxes whose watch is missing or a day old."""
    if District.objects.exists():
        renew_watches(WATCHES_AT_ONCE)


@shared_task(name="intake.list_old_mail")
def list_old() -> None:
    """One step of the back-fills that run, if any does."""
    list_old_mail()


@shared_task(name="intake.poll_shared_drive")
def poll_shared_drive(pk: int) -> None:
    """Poll one shared drive."""
    poll_drive(pk)


@shared_task(name="intake.poll_account")
def poll_one(account_id: int, source: str) -> None:
    """Poll one source of one account."""
    poll_account(MonitoredAccount.objects.select_related("site").get(pk=account_id), Source(source))


@shared_task(name="intake.release_dead_leases")
def release_leases() -> None:
    """Free what crashed workers of this machine held."""
    release_dead_leases()
