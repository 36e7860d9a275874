"""Which conversations each account is in: one list a member, so that an idle conversation costs nothing of its own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from monitor.calendars.awake import awake_accounts
from monitor.domain.source import Source
from monitor.google.chat import SpaceRef
from monitor.intake.items import record_items
from monitor.intake.ledger import UsageTally
from monitor.intake.models import ChatMember, ChatSpace, Cursor
from monitor.intake.workspace import open_chat
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount

LISTED = "listed"  # the value of a cursor that knows its account's conversations; it needs no place in them
MOST_IDS = 500  # in one query
OVERLAP = timedelta(minutes=5)  # a list may be behind by a moment
EDITED_WITHIN = timedelta(hours=24)  # each look goes back so far: an edit does not move a message to the end


def read_chat(account: MonitoredAccount, cursor: Cursor, tally: UsageTally) -> int:
    """Bring the account's conversations up to date and let those be read in which something was said; how many.

    Costs one request. A conversation is read from before it became known: from the last list in which it was not yet,
    so that what a student says first in a new one counts.
    """
    chat, now = open_chat(account, tally), clock.now()
    if not cursor.value or cursor.baseline_at is None:
        cursor.value, cursor.baseline_at, cursor.read_until = LISTED, now, now
    since = max(cursor.baseline_at, (cursor.read_until or now) - OVERLAP)
    refs = {ref.space_id: ref for ref in chat.spaces()}
    with transaction.atomic():
        known = _known(refs)
        _add(refs, known, since)
        rows = _known(refs)
        _join(account, rows, since)
        awoken = _wake(refs, rows, now)
        cursor.read_until = now
        record_items([], cursor)
    return awoken + len(rows) - len(known)


def reader_of(space: ChatSpace, instant: datetime) -> MonitoredAccount | None:
    """The member through whom `space` is read at `instant`: its present reader while awake, or another one who is.

    Somebody whose own list of conversations cannot be read is asked last: their access may be lost for good.
    """
    failing = Cursor.objects.filter(account=OuterRef("pk"), source=Source.CHAT.value, failures__gt=0)
    rows = MonitoredAccount.objects.select_related("site").filter(
        awake_accounts(instant), chat_memberships__space=space
    )
    present = rows.filter(pk=space.reader_id).exclude(Exists(failing)).first() if space.reader_id else None
    return present or rows.order_by(Exists(failing), "pk").first()


def _known(refs: Iterable[str]) -> dict[str, ChatSpace]:
    wanted, found = list(refs), {}
    for start in range(0, len(wanted), MOST_IDS):
        rows = ChatSpace.objects.filter(space_id__in=wanted[start : start + MOST_IDS])
        found.update({row.space_id: row for row in rows})
    return found


def _add(refs: dict[str, SpaceRef], known: dict[str, ChatSpace], since: datetime) -> None:
    new = [
        ChatSpace(
            space_id=ref.space_id, kind=ref.kind[:16], active_at=ref.active_at, baseline_at=since, read_until=since
        )
        for ref in refs.values()
        if ref.space_id not in known
    ]
    ChatSpace.objects.bulk_create(new, ignore_conflicts=True)


def _join(account: MonitoredAccount, rows: dict[str, ChatSpace], since: datetime) -> None:
    listed = {row.pk for row in rows.values()}
    joined = set(ChatMember.objects.filter(account=account).values_list("space_id", flat=True))
    new = [ChatMember(account=account, space_id=pk) for pk in listed - joined]
    ChatMember.objects.bulk_create(new, ignore_conflicts=True)
    # Another member may have made it known only after this one had spoken in it.
    for one in new:
        known_later = ChatSpace.objects.filter(pk=one.space_id, baseline_at__gt=since)
        known_later.update(baseline_at=since, read_until=since, next_poll_at=None)
        # Others may have read on for days while this one slept: what was said to it before that has no row of its own.
        read_on = ChatSpace.objects.filter(pk=one.space_id, read_until__gt=since + EDITED_WITHIN)
        read_on.update(read_until=since, next_poll_at=None)
    left = sorted(joined - listed)
    for start in range(0, len(left), MOST_IDS):
        ChatMember.objects.filter(account=account, space_id__in=left[start : start + MOST_IDS]).delete()


def _wake(refs: dict[str, SpaceRef], rows: dict[str, ChatSpace], now: datetime) -> int:
    """Let the conversations be read in which something was said since; one that is in trouble waits for its turn."""
    awoken = 0
    for space_id, row in rows.items():
        active_at = refs[space_id].active_at
        if active_at is None or (row.active_at is not None and active_at <= row.active_at):
            continue
        ChatSpace.objects.filter(pk=row.pk).update(active_at=active_at)
        if active_at > row.read_until:
            later = Q(next_poll_at__gt=now)
            awoken += ChatSpace.objects.filter(later, pk=row.pk, failures=0).update(next_poll_at=now)
    return awoken
