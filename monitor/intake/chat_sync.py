"""Reads what was said in one conversation, once for all its members: who and when, without a word of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from monitor.calendars.awake import awake_accounts
from monitor.domain.source import Direction, Source
from monitor.google.chat import DIRECT, GROUP, Chat, MessageHead
from monitor.google.credentials import KeyFileError
from monitor.google.errors import AccessLost, GoogleError, PermanentError
from monitor.intake.activity import CHAT_STREAM, is_stream_fresh
from monitor.intake.chat_people import IN_BREAK, People, baselines, spans_a_break, was_asleep
from monitor.intake.chat_spaces import EDITED_WITHIN, reader_of
from monitor.intake.items import item_of, write_new
from monitor.intake.leases import claim, release
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import ChatMember, ChatSpace, Cursor, Item, ItemState, TextMemory
from monitor.intake.quota import QuotaHeld
from monitor.intake.workspace import open_chat
from monitor.lib import clock
from monitor.roster.exemptions import count_left_out
from monitor.roster.models import MonitoredAccount
from monitor.roster.reading import reading_now

MAX_PAGES = 50  # of 1,000 messages
FORGET = 3 * EDITED_WITHIN
QUIET = timedelta(hours=24)  # without a message for so long, a conversation waits until somebody's list names a new one
MUCH_LATER = timedelta(days=30)
MOST_RECEIVERS = 12  # watched members; in a larger conversation the words of others are only what stands around
PEOPLE_EVERY = timedelta(days=1)
MOST_PEOPLE = 200  # in a group conversation
RETRY_CAP = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def due_spaces(limit: int) -> list[int]:
    """The conversations that should be read now and have a member who is awake, longest waiting first."""
    if not reading_now().chat:
        return []
    now = clock.now()
    awake = MonitoredAccount.objects.filter(awake_accounts(now))
    member = ChatMember.objects.filter(space=OuterRef("pk"), account__in=awake)
    rows = ChatSpace.objects.exclude(next_poll_at__gt=now).exclude(leased_until__gt=now).filter(Exists(member))
    return list(rows.order_by(F("next_poll_at").asc(nulls_first=True)).values_list("pk", flat=True)[:limit])


def poll_space(pk: int) -> int:
    """Read who spoke in one conversation; how many rows are new, 0 where it sleeps, failed or is held elsewhere."""
    owner = claim(ChatSpace.objects, pk)
    if owner is None:
        return 0
    tally = UsageTally()
    try:
        row = ChatSpace.objects.get(pk=pk)
        reader = reader_of(row, clock.now())
        return 0 if reader is None else _read_through(row, reader, tally)
    finally:
        tally.flush()
        release(ChatSpace(pk=pk), owner)


def forget_words() -> int:
    """Drop the hashes by which an edited message is compared once no edit would be seen any more; how many."""
    old = clock.now() - FORGET
    return TextMemory.objects.filter(item_key__startswith="spaces/", at__lt=old).delete()[0]


def _read_through(row: ChatSpace, reader: MonitoredAccount, tally: UsageTally) -> int:
    try:
        ChatSpace.objects.filter(pk=row.pk).update(reader=reader)
        new = _read(row, reader, tally)
    except Asleep:
        return 0
    except QuotaHeld as held:
        later = clock.now() + timedelta(seconds=max(held.retry_after_seconds or 0.0, 1.0))
        ChatSpace.objects.filter(pk=row.pk).update(next_poll_at=later)
        return 0
    except (GoogleError, KeyFileError) as error:
        _note_failure(row, reader, error)
        return 0
    ChatSpace.objects.filter(pk=row.pk).update(error="", failures=0)
    # Whoever called for a look while this one ran knows of something that it may not have seen.
    later = clock.now() + _next_in(row)
    ChatSpace.objects.filter(pk=row.pk, next_poll_at=row.next_poll_at).update(next_poll_at=later)
    return new


def _read(row: ChatSpace, reader: MonitoredAccount, tally: UsageTally) -> int:
    now, new = clock.now(), 0
    since = max(row.baseline_at, min(row.read_until, now) - EDITED_WITHIN)
    chat, people = open_chat(reader, tally), People(tally)
    hearers = _Hearers(row, people, _private_rule(row, chat, people))
    for heads, is_last in chat.heads(row.space_id, since - TICK, MAX_PAGES):  # Chat knows no "at or after"
        people.know(head.sender_id for head in heads)
        items = _not_written([item for head in heads if head.sender_id for item in hearers.items(head)])
        newest = max((head.created_at for head in heads), default=row.read_until)
        row.read_until = max(row.read_until, now if is_last else newest)
        row.active_at = max(row.active_at or newest, newest) if heads else row.active_at
        new += write_new(items, row, ["read_until", "active_at"])
        for item in items:
            if item.state == ItemState.LEFT_OUT:
                count_left_out(hearers.rules[item.item_key])
    return new


def _private_rule(row: ChatSpace, chat: Chat, people: People) -> Callable[[str], int | None]:
    """The rule that exempts what somebody says here: all who hear it are exempt. As with mail, one among others is not.

    Who is in a direct or group conversation is asked for only where addresses are exempt: once a day, and in a group
    again before anything is left out, for somebody may have joined since.
    """
    if not people.exemptions.addresses or row.kind not in (DIRECT, GROUP):
        return lambda _: None
    now = clock.now()
    if row.people_at is None or (row.kind == GROUP and now - row.people_at > PEOPLE_EVERY):
        _ask_who_is_there(row, chat, now)
    people.know(row.people)

    def rule_of_others(sender_id: str) -> int | None:
        rules = [people.rule_for(one) for one in row.people if one != sender_id]
        return rules[0] if rules and all(rules) else None

    def rule(sender_id: str) -> int | None:
        found = rule_of_others(sender_id)
        if found and row.kind == GROUP and row.people_at != now:
            _ask_who_is_there(row, chat, now)
            people.know(row.people)
            found = rule_of_others(sender_id)
        return found

    return rule


def _ask_who_is_there(row: ChatSpace, chat: Chat, now: datetime) -> None:
    row.people, row.people_at = chat.people(row.space_id)[:MOST_PEOPLE], now
    row.save(update_fields=["people", "people_at"])


def _not_written(items: list[Item]) -> list[Item]:
    """Those that no earlier look wrote: each look goes back over a day."""
    keys = {item.item_key for item in items}
    rows = Item.objects.filter(source=Source.CHAT.value, item_key__in=keys)
    known = set(rows.values_list("account_id", "item_key", "version"))
    ever = {(account, key) for account, key, _ in known}
    return [
        item
        for item in items
        if (item.account_id, item.item_key, item.version) not in known
        and (item.state != ItemState.GONE or (item.account_id, item.item_key) not in ever)
    ]


@dataclass(slots=True)
class _Hearers:
    """For whom a message of one conversation is read, and in which state its row begins."""

    space: ChatSpace
    people: People
    private_rule: Callable[[str], int | None]
    rules: dict[str, int] = field(default_factory=dict)  # what exempts which message
    _members: list[MonitoredAccount] | None = None
    _baselines: dict[int, datetime] = field(default_factory=dict)

    def items(self, head: MessageHead) -> list[Item]:
        """A row for the student who sent it; where no student did, one for each who hears it in a small circle."""
        author = self.people.watched(head.sender_id)
        hearers, direction = ([author], Direction.WRITTEN) if author else (self._small_circle(), Direction.RECEIVED)
        found = []
        for account in hearers:
            baseline = self._baseline(account)
            if baseline is not None and head.created_at >= baseline and head.created_at >= self.space.baseline_at:
                found.append(self._item(account, head, direction))
        return found

    def _item(self, account: MonitoredAccount, head: MessageHead, direction: Direction) -> Item:
        item = item_of(account, Source.CHAT, head.name, direction, head.created_at)
        item.version = head.version
        rule = self._exempt(head)
        if head.is_deleted:
            item.state, item.reason = ItemState.GONE, "removed before it was read"
        elif rule:
            item.state, item.reason = ItemState.LEFT_OUT, f"exemption {rule}"
            self.rules[item.item_key] = rule
        elif was_asleep(account, head):
            item.state = ItemState.ASLEEP
        elif spans_a_break(account, head):
            item.state, item.reason = ItemState.PARKED, IN_BREAK
        if item.state != ItemState.PENDING:
            item.finished_at = clock.now()
        return item

    def _exempt(self, head: MessageHead) -> int | None:
        if not self.people.exemptions.addresses:
            return None
        return self.people.rule_for(head.sender_id) or self.private_rule(head.sender_id)

    def _small_circle(self) -> list[MonitoredAccount]:
        if self._members is None:
            rows = MonitoredAccount.objects.select_related("site").filter(
                chat_memberships__space=self.space, state="active", site__is_active=True
            )
            self._members = list(rows.order_by("pk")[: MOST_RECEIVERS + 1])
        is_small = self.space.kind in (DIRECT, GROUP) or len(self._members) <= MOST_RECEIVERS
        return self._members[:MOST_RECEIVERS] if is_small else []

    def _baseline(self, account: MonitoredAccount) -> datetime | None:
        if account.pk not in self._baselines:
            self._baselines.update(baselines([account]))
        return self._baselines.get(account.pk)


def _next_in(row: ChatSpace) -> timedelta:
    """An active conversation is looked at again for late words and for edits; a quiet one when it wakes."""
    now = clock.now()
    quiet_for = now - (row.active_at or row.baseline_at)
    if quiet_for > QUIET:
        return MUCH_LATER
    if is_stream_fresh(now, CHAT_STREAM):
        return timedelta(seconds=settings.HEED_CHAT_SWEEP_SECONDS)
    factor = min(1 + quiet_for // timedelta(hours=1), max(settings.HEED_IDLE_POLL_FACTOR, 1))
    return timedelta(seconds=settings.HEED_CHAT_POLL_SECONDS) * max(factor, 1)


def _note_failure(row: ChatSpace, reader: MonitoredAccount, error: Exception) -> None:
    """Another member is tried where this one is none any more, or lost its access; else the same with growing delay."""
    now = clock.now()
    is_lost = isinstance(error, AccessLost)
    is_out = isinstance(error, PermanentError) and not is_lost and error.status in {403, 404}
    if is_out or is_lost:
        Cursor.objects.filter(account=reader, source=Source.CHAT.value, failures=0).filter(
            Q(next_poll_at__gt=now) | Q(next_poll_at=None)
        ).update(next_poll_at=now)  # its own list says what is true
    if is_out:
        ChatMember.objects.filter(space=row, account=reader).delete()
        if ChatMember.objects.filter(space=row).exists():
            ChatSpace.objects.filter(pk=row.pk).update(next_poll_at=now, reader=None)
            return
    delay = min(timedelta(seconds=15) * 2 ** min(row.failures + 1, 10), RETRY_CAP)
    words = str(error).replace(reader.address, reader.reference)
    ChatSpace.objects.filter(pk=row.pk).update(
        error=words[:2000], failures=row.failures + 1, next_poll_at=now + delay, reader=None if is_out else reader
    )
