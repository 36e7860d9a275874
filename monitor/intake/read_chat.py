"""Reads one message of a conversation with the few before it: what is said depends on what was said to it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from monitor.domain.source import Direction, Source
from monitor.domain.text import Extraction, ExtractStatus, Span, SpanKind, Speaker, Turn
from monitor.google.chat import SPACE, Chat, ChatMessage
from monitor.google.errors import AccessLost, PermanentError, TransientError
from monitor.intake.chat_files import read_attachments
from monitor.intake.chat_people import IN_BREAK, People, baselines, may_be_heard, spans_a_break, was_asleep
from monitor.intake.chat_spaces import reader_of
from monitor.intake.ledger import Asleep, UsageTally
from monitor.intake.models import ChatSpace, Item, ItemState
from monitor.intake.readings import Reading, Settled, Unreadable
from monitor.intake.text_memory import Remembered, memory_of, only_new, paragraph_hashes
from monitor.intake.workspace import open_chat
from monitor.lib import clock
from monitor.roster.exemptions import count_left_out
from monitor.roster.models import MonitoredAccount

BEFORE = timedelta(hours=12)  # what was said longer ago is another conversation
LINES = 10  # of a window, the new message included: what the classifier was taught with
LINE_CHARACTERS = 500  # of each older message
MOST_FETCHED = 30  # messages, in one request; of a space with threads not all belong together
MOST_AROUND = 20  # messages on each side, shown to a person
TICK = timedelta(microseconds=1)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Said:
    """One message as it is shown to a person who may see it."""

    speaker: Speaker
    text: str
    at: datetime
    is_the_one: bool


def read_message(item: Item, tally: UsageTally) -> Reading:
    """The words of a message, alone and with those before it. Costs one request, and one for each new attachment.

    Raises as `read_item`.
    """
    room = _Room(item, tally)
    chat, message, before = room.through_a_member(room.fetch)
    room.check(message)
    known = memory_of(item, item.item_key) or frozenset()
    whole = Span(SpanKind.NEW, message.text.strip(), "message")
    own = only_new(Extraction(ExtractStatus.OK, "text/plain", (whole,) if whole.text else ()), known).spans
    files = read_attachments(chat, message.attachments, known)
    window = _window(item.account, room, room.heard(before, message, LINES - 1), message, own)
    spans = (*window, *own, *files.spans)
    return Reading(
        extraction=Extraction(
            ExtractStatus.OK if spans else ExtractStatus.EMPTY, "text/plain", spans, "; ".join(files.notes)
        ),
        direction=Direction(item.direction),
        occurred_at=message.head.updated_at or message.head.created_at,
        title="",
        remembered=Remembered(item.item_key, paragraph_hashes((whole,)) | files.hashes),
    )


def read_around(item: Item, tally: UsageTally) -> list[Said]:
    """What was said before and after the message of `item`, for a person to read now; it is kept nowhere.

    Costs three requests. Raises as `read_item`, but NotFound for a message that is gone.
    """
    room = _Room(item, tally)

    def fetch(chat: Chat) -> list[ChatMessage]:
        message = chat.message(item.item_key)
        at = message.head.created_at
        before = chat.talk(room.space_id, at - BEFORE, at + TICK, MOST_AROUND, newest=True)
        after = chat.talk(room.space_id, at, at + BEFORE, MOST_AROUND, newest=False)
        others = [one for one in (*before, *after) if one.head.name != item.item_key]
        return [message, *others]

    message, *others = room.through_a_member(fetch)
    room.check(message)
    room.people.know(one.head.sender_id for one in others)
    shown = [message, *room.heard(others, message, len(others))]
    shown.sort(key=lambda one: (one.head.created_at, one.head.name))
    return [
        Said(
            room.people.speaker(one.head.sender_id, item.account),
            one.text,
            one.head.created_at,
            one.head.name == item.item_key,
        )
        for one in shown
    ]


@dataclass(slots=True)
class _Room:
    """The conversation of an item, and who may be heard in it."""

    item: Item
    tally: UsageTally
    people: People = field(init=False)
    space_id: str = field(init=False)
    space: ChatSpace | None = field(init=False)
    _baselines: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = People(self.tally)
        self.space_id = self.item.item_key.split("/")[1]
        self.space = ChatSpace.objects.filter(space_id=self.space_id).first()

    def through_a_member(self, read: Callable[[Chat], Answer]) -> Answer:
        """Read as the account itself; where it left the conversation since, as another member who is awake."""
        account = self.item.account
        try:
            return read(open_chat(account, self.tally))
        except PermanentError as error:
            is_out = error.status == 403 and not isinstance(error, AccessLost)
            other = reader_of(self.space, clock.now()) if self.space and is_out else None
            if other is None or other.pk == account.pk:
                raise
        try:
            return read(open_chat(other, self.tally))
        except Asleep:
            raise TransientError("the only other member fell asleep", reason="asleep") from None

    def fetch(self, chat: Chat) -> tuple[Chat, ChatMessage, list[ChatMessage]]:
        """The message and those before it. Raises NotFound where it was deleted."""
        found = self._until(chat, self.item.occurred_at or self.item.seen_at)
        message = next((one for one in found if one.head.name == self.item.item_key), None)
        if message is None:  # its row knows another time than that at which it was sent, or it is gone
            message = chat.message(self.item.item_key)
            found = self._until(chat, message.head.created_at)
        place = (message.head.created_at, message.head.name)
        return chat, message, [one for one in found if (one.head.created_at, one.head.name) < place]

    def check(self, message: ChatMessage) -> None:
        """Raise for a message that may not be read: of a break, edited after one, or exempt."""
        head = message.head
        if was_asleep(self.item.account, head):
            raise Asleep(self.item.account.reference)
        if spans_a_break(self.item.account, head):
            raise Unreadable(IN_BREAK)
        rule = self.people.rule_for(head.sender_id) if self.people.exemptions.addresses else None
        if rule:
            count_left_out(rule)
            raise Settled(ItemState.LEFT_OUT, f"exemption {rule}")

    def heard(self, others: list[ChatMessage], message: ChatMessage, most: int) -> list[ChatMessage]:
        """The last `most` that may stand around this one: same thread, no app, exempt by no rule, of no break."""
        left_out: set[str] = set()
        if self.people.exemptions.addresses:  # said to exempt people alone, though others may have joined since
            names = [one.head.name for one in others]
            rows = Item.objects.filter(source=Source.CHAT.value, item_key__in=names, state=ItemState.LEFT_OUT)
            left_out = set(rows.values_list("item_key", flat=True))
        found: list[ChatMessage] = []
        for one in reversed(others):
            if len(found) == most:
                break
            if one.head.name not in left_out and self._is_heard(one, message):
                found.append(one)
        return found[::-1]

    def _is_heard(self, other: ChatMessage, message: ChatMessage) -> bool:
        head = other.head
        if not head.sender_id or not other.text.strip() or not self._is_one_talk(other, message):
            return False
        if self.space is not None and head.created_at < self.space.baseline_at:
            return False
        if self.people.exemptions.addresses and self.people.rule_for(head.sender_id):
            return False
        reader, speaker = self.item.account, self.people.watched(head.sender_id)
        if was_asleep(reader, head) or spans_a_break(reader, head):
            return False
        if speaker is None:
            return True
        was_contacted = self._was_contacted(speaker, head.created_at)
        return was_contacted and (speaker.pk == reader.pk or may_be_heard(speaker, head))

    def _was_contacted(self, speaker: MonitoredAccount, instant: datetime) -> bool:
        if speaker.pk not in self._baselines:
            self._baselines.update(baselines([speaker]))
        baseline = self._baselines.get(speaker.pk)
        return baseline is not None and baseline <= instant

    def _is_one_talk(self, other: ChatMessage, message: ChatMessage) -> bool:
        """In a space with threads an answer belongs to its thread, and what opens a thread to the other openings."""
        if self.space is None or self.space.kind != SPACE:
            return True
        return other.head.thread == message.head.thread or not (other.head.is_reply or message.head.is_reply)

    def _until(self, chat: Chat, at: datetime) -> list[ChatMessage]:
        return chat.talk(self.space_id, at - BEFORE, at + TICK, MOST_FETCHED, newest=True)


def _window(
    account: MonitoredAccount, room: _Room, before: list[ChatMessage], message: ChatMessage, own: tuple[Span, ...]
) -> tuple[Span, ...]:
    """The new words below the nearest older ones, a line each as the classifier knows them; nothing without both."""
    if not own or not before:
        return ()
    room.people.know(one.head.sender_id for one in before)
    sender, text, turns = message.head.sender_id, "", []
    lines = [(one.head.sender_id, one.text.strip()[:LINE_CHARACTERS], False) for one in before]
    for speaker_id, line, is_new in (*lines, (sender, own[0].text, True)):
        start = len(text) + 1 if text else 0
        text = f"{text}\n{line}" if text else line
        speaker = room.people.speaker(speaker_id, account)
        turns.append(Turn(start, len(text), speaker, is_new, speaker_id == sender))
    return (replace(own[0], text=text, part="conversation", turns=tuple(turns)),)
