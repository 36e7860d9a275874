"""Back-fill: a site's mail from before its accounts' baselines, listed slice by slice and read below everything live.

A mailbox is listed backwards from its baseline, only where no break was. What is found waits as items that name their
back-fill; the queue takes those when nothing live waits. All of it is metered as what can wait: under the soft stop.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.calendars.awake import awake_accounts
from monitor.calendars.past import heard_windows
from monitor.domain.source import Direction, Source
from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.google.gmail import MessageRef
from monitor.intake.backfill_estimate import Estimate
from monitor.intake.items import item_of
from monitor.intake.leases import claim, extend, release
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import Backfill, BackfillMailbox, BackfillState, Cursor, Item, ItemState
from monitor.intake.poll import failure_text
from monitor.intake.queue import has_live_waiting
from monitor.intake.quota import Purpose, QuotaHeld, is_spare_free
from monitor.intake.workspace import open_gmail
from monitor.lib import clock
from monitor.roster.models import AccountState, MonitoredAccount, Site
from monitor.roster.reading import reading_now

SLICE = timedelta(days=28)  # listed in one step; its end is saved, so a crash repeats this much of a listing at most
MAILBOXES_A_STEP = 20
MOST_WAITING = 2_000  # items of a back-fill; above it no more are listed until some were read
POLLS_LATE = timedelta(minutes=1)  # live polling that lags this much has the calls to itself
RETRY, RETRY_CAP = timedelta(minutes=5), timedelta(hours=6)
NO_BASELINE = timedelta(hours=1)


class BackfillProblem(Exception):
    """A back-fill cannot be started or stopped; the message says why and what to do."""


class _Stopped(Exception):
    """The back-fill was cancelled, or the lease lost, while a slice was being listed."""


def start_backfill(site: Site, since: datetime, estimate: Estimate, *, actor: str = "command") -> Backfill:
    """Let the mail of `site` back to `since` be read. Raises `BackfillProblem` while another one runs there."""
    with transaction.atomic():
        if Backfill.objects.filter(site=site, state=BackfillState.RUNNING).exists():
            message = f"a back-fill of {site.code} runs already; see `worker.py backfill status`, or cancel it first"
            raise BackfillProblem(message)
        backfill = Backfill.objects.create(
            site=site,
            since=since,
            estimated_items=estimate.items,
            estimated_units=estimate.units,
            started_by=actor,
            started_at=clock.now(),
        )
        accounts = MonitoredAccount.objects.filter(site=site, state=AccountState.ACTIVE).order_by("id")
        BackfillMailbox.objects.bulk_create(
            [BackfillMailbox(backfill=backfill, account=account) for account in accounts], batch_size=500
        )
        record(
            Tag.BACKFILL_STARTED,
            actor=actor,
            site=site.code,
            since=since.isoformat(),
            accounts=len(accounts),
            items=estimate.items,
        )
    return backfill


def cancel_backfill(site: Site, *, actor: str = "command") -> int:
    """End the running back-fill of `site`; how many unread items were let go. What was read stays as it is."""
    with transaction.atomic():
        running = Backfill.objects.filter(site=site, state=BackfillState.RUNNING)
        backfill = running.first()
        if backfill is None or not running.update(state=BackfillState.CANCELLED, ended_at=clock.now()):
            message = f"no back-fill of {site.code} runs"
            raise BackfillProblem(message)
        unread = Item.objects.filter(backfill=backfill, state=ItemState.PENDING)
        dropped, _ = unread.filter(Q(leased_until=None) | Q(leased_until__lt=clock.now())).delete()
        record(Tag.BACKFILL_CANCELLED, actor=actor, site=site.code, dropped=dropped)
    return dropped


def list_old_mail(limit: int = MAILBOXES_A_STEP) -> int:
    """One step: list a slice of up to `limit` mailboxes, unless live reading or a stop forbids; how many were."""
    running = Backfill.objects.filter(state=BackfillState.RUNNING).order_by("id")
    if not running.exists() or not reading_now().gmail or not is_spare_free("gmail") or _is_live_late():
        return 0
    listed = 0
    for backfill in running:
        _finish_if_done(backfill)
        if Item.objects.filter(backfill=backfill, state=ItemState.PENDING).count() < MOST_WAITING:
            for mailbox in _due(backfill)[: limit - listed]:
                listed += _list_slice(mailbox)
        if listed >= limit:
            break
    return listed


def _is_live_late() -> bool:
    now = clock.now()
    late = Cursor.objects.filter(source=Source.GMAIL.value, next_poll_at__lt=now - POLLS_LATE, failures=0)
    awake = MonitoredAccount.objects.filter(awake_accounts(now))
    return has_live_waiting() or late.filter(account__in=awake).exists()


def _due(backfill: Backfill) -> list[BackfillMailbox]:
    """Mailboxes with something left to list whose account may be read now, those least listed first."""
    now = clock.now()
    awake = MonitoredAccount.objects.filter(awake_accounts(now), site_id=backfill.site_id)
    free = (Q(leased_until=None) | Q(leased_until__lt=now)) & (Q(next_try_at=None) | Q(next_try_at__lte=now))
    rows = backfill.mailboxes.filter(free, listed_at=None, account__in=awake)
    ordered = rows.select_related("account__site", "backfill").order_by("failures", "-listed_from", "id")
    return list(ordered[:MAILBOXES_A_STEP])


def _finish_if_done(backfill: Backfill) -> None:
    """Accounts that left the site, or that the Directory no longer lists, are not waited for."""
    here = MonitoredAccount.objects.filter(site_id=backfill.site_id).exclude(state=AccountState.GONE)
    if backfill.mailboxes.filter(listed_at=None, account__in=here).exists():
        return
    if Item.objects.filter(backfill=backfill, state=ItemState.PENDING, account__in=here).exists():
        return
    rows = Backfill.objects.filter(pk=backfill.pk, state=BackfillState.RUNNING)
    rows.update(state=BackfillState.DONE, ended_at=clock.now())


def _list_slice(mailbox: BackfillMailbox) -> bool:
    owner = claim(BackfillMailbox.objects, mailbox.pk, Q(listed_at=None))
    if owner is None:
        return False
    tally = UsageTally()
    try:
        mailbox.refresh_from_db(fields=["listed_from"])
        return _list(mailbox, owner, tally)
    except (Asleep, _Stopped):
        return False
    except QuotaHeld as held:
        _later(mailbox, timedelta(seconds=max(held.retry_after_seconds or 60.0, 1.0)))
        return False
    except (GoogleError, KeyFileError) as error:
        delay = min(RETRY * 2 ** min(mailbox.failures, 10), RETRY_CAP)
        _later(mailbox, delay, error=failure_text(error, mailbox.account), failures=mailbox.failures + 1)
        return False
    finally:
        tally.flush()
        release(mailbox, owner)


def _list(mailbox: BackfillMailbox, owner: str, tally: UsageTally) -> bool:
    account, since = mailbox.account, mailbox.backfill.since
    cursor = Cursor.objects.filter(account=account, source=Source.GMAIL.value).exclude(baseline_at=None).first()
    if cursor is None or cursor.baseline_at is None or account.site is None:
        _later(mailbox, NO_BASELINE)  # live polling has not met this mailbox yet; it says where the past begins
        return False
    until = mailbox.listed_from or cursor.baseline_at
    start = max(since, until - SLICE)
    gmail = open_gmail(account, tally, Purpose.SPARE)
    for after, before in reversed(heard_windows(account, start, until)):
        for refs in gmail.list_pages(after, before):
            _write(mailbox, owner, refs)
    changed: dict[str, object] = {"listed_from": start, "next_try_at": None, "error": "", "failures": 0}
    if start <= since:
        changed["listed_at"] = clock.now()
    return BackfillMailbox.objects.filter(pk=mailbox.pk, lease_owner=owner).update(**changed) == 1


def _write(mailbox: BackfillMailbox, owner: str, refs: Iterable[MessageRef]) -> None:
    """Write what is not known yet; a row that an ended back-fill left unread passes to this one."""
    refs = list(refs)
    backfill, account = mailbox.backfill, mailbox.account
    with transaction.atomic():
        running = Backfill.objects.filter(pk=backfill.pk, state=BackfillState.RUNNING)
        if not extend(mailbox, owner) or not running.exists():
            raise _Stopped
        rows = Item.objects.filter(
            account=account, source=Source.GMAIL.value, item_key__in=[ref.message_id for ref in refs]
        )
        known = set(rows.values_list("item_key", flat=True))
        rows.filter(state=ItemState.PENDING, backfill__isnull=False).update(backfill=backfill)
        new = [
            item_of(account, Source.GMAIL, ref.message_id, Direction.RECEIVED, None)
            for ref in refs
            if ref.message_id not in known
        ]
        for item in new:
            item.backfill = backfill
        Item.objects.bulk_create(new, ignore_conflicts=True)


def _later(mailbox: BackfillMailbox, delay: timedelta, **changed: object) -> None:
    BackfillMailbox.objects.filter(pk=mailbox.pk).update(next_try_at=clock.now() + delay, **changed)
