"""Plays one history: people act on the simulated Workspace, workers run, and what was scored is written down."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.db.models import Max

from monitor.calendars.apply import apply_breaks
from monitor.detection import scan
from monitor.detection.models import Scoring
from monitor.domain.district import BreakSpec
from monitor.domain.reading import ADDRESS, LABEL, ExemptionSpec
from monitor.domain.source import Source
from monitor.google import chat, drive, gmail
from monitor.intake import activity, chat_sync, ledger, poll, shared_drives
from monitor.intake.models import ChatMember, ChatSpace, Cursor, Item, ItemState, SharedDrive
from monitor.intake.quota import ALLOWANCE, Allowance
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, MonitoredAccount
from monitor.simulator.player import OTHER_OUTSIDER, TEACHER, Player
from monitor.simulator.script import (
    Break,
    Crash,
    Deliver,
    Edge,
    Heal,
    Meanwhile,
    Operation,
    Pass,
    Rest,
    Say,
    Work,
)
from tests.conftest import Watched
from tests.promises.histories.mortal import dies_at, meanwhile
from tests.rooms.detection.marker import MarkerClassifier

START = datetime(2026, 10, 6, 17, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
RECORDS_A_PAGE = 3
MOST_PASSES = 3  # once all trouble is over, hours apart
MOST_ITEMS = 200  # scored in one pass; a pass that goes on for ever is a mistake
WORD = re.compile(r"w\d+x")


@dataclass(frozen=True, slots=True)
class Scored:
    """One committed scoring: whose item it was, and the texts that the classifier was given.

    `seen` is the record's count when the pass began, and `was_disturbed` whether people acted during it.
    """

    address: str
    key: str
    texts: tuple[str, ...]
    seen: int
    was_disturbed: bool

    @property
    def words(self) -> set[str]:
        """The words of all texts."""
        return {word for text in self.texts for word in WORD.findall(text)}


@dataclass
class _Run:
    """One pass of a worker: the record's count at its beginning, and what was scored but is not written down yet."""

    seen: int
    is_disturbed: bool = False
    drafts: list[tuple[int, MarkerClassifier]] = field(default_factory=list)


@dataclass
class History:
    """A district as new, three of its students (two of one school), one shared drive, and a worker."""

    watched: Watched
    check: Callable[["History"], None]
    now: datetime = START
    number: int = 0
    scored: list[Scored] = field(default_factory=list)
    given: list[str] = field(default_factory=list)  # every text that a classifier was given, committed or not
    breaks: list[tuple[str, datetime, datetime, int]] = field(default_factory=list)  # site, from, to, ledger number
    attached: dict[tuple[str, str], str] = field(default_factory=dict)
    played: list[Operation] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    run: "_Run" = field(default_factory=lambda: _Run(0))
    move: Callable[[datetime], None] = lambda _: None  # the clock of a run that is under way

    def __post_init__(self) -> None:
        self.control = self.watched.control
        self.control.do("reset")
        ALLOWANCE.forget()
        cache.clear()
        self.control.do("move_clock", to=self.now.isoformat(), rate=0)
        District.objects.update(reading={"bin": False, "chat": True}, roster_tried_at=self.now)
        exempt = [ExemptionSpec(ADDRESS, address, "press") for address in (OTHER_OUTSIDER, TEACHER)]
        rules = [*exempt, ExemptionSpec(LABEL, "press", "press")]
        apply_exemptions(rules, actor="command")
        self.accounts = self._three()
        self.sites = {account.address: account.site.code for account in self.accounts}
        self.schools = list(dict.fromkeys(self.sites.values()))
        members = dict.fromkeys(self.sites, "writer")
        shared = self.control.do("shared_drive", name="Everybody's drive", members=members)["id"]
        self.player = Player(self.control, students=list(self.sites), drive=shared)
        self._work(Work())

    def _three(self) -> list[MonitoredAccount]:
        accounts = [self.watched.account(number) for number in range(len(self.watched.addresses))]
        first = accounts[0].site_id
        same = [account for account in accounts if account.site_id == first]
        return [*same[:2], next(account for account in accounts if account.site_id != first)]

    def play(self, operations: Sequence[Operation]) -> None:
        """Plays a whole history and checks it at its end."""
        for operation in operations:
            self.perform(operation)
        self.perform(Rest())

    def perform(self, operation: Operation) -> None:
        """Plays one operation; `Rest` also checks what was scored. Raises AssertionError with the script so far."""
        self.played.append(operation)
        self._do(operation)

    def _do(self, operation: Operation) -> None:
        match operation:
            case Work():
                self._work(operation)
            case Crash():
                self._crash(operation)
            case Meanwhile():
                self._meanwhile(operation)
            case Rest():
                self._rest()
            case Break():
                self._begin_break(operation)
            case Edge():
                self._go_to_edge(operation.past)
            case Pass():
                self._go(self.now + timedelta(seconds=operation.seconds))
            case _:
                self._act(operation)

    # --- people and time --------------------------------------------------------------------------------

    def _act(self, operation: Operation) -> None:
        if hasattr(operation, "words"):
            self.number += 1
            operation = replace(operation, words=f"w{self.number}x")
        if isinstance(operation, Deliver | Say) and operation.attached:
            self.number += 1
            operation = replace(operation, attached=f"w{self.number}x")
        self.player.perform(operation)
        if isinstance(operation, Say) and operation.attached:
            said = self.player.said[-1]
            self.attached["chat", f"spaces/{said['space']}/messages/{said['id']}"] = operation.attached
        if isinstance(operation, Deliver) and operation.attached:
            for copy in self.player.mails[-1]["copies"]:
                self.attached[copy["mailbox"], copy["id"]] = operation.attached

    def _go(self, to: datetime) -> None:
        if to > self.now:
            self.control.do("move_clock", to=to.isoformat())
            self.now = to
            self.move(to)

    def _go_to_edge(self, past: float) -> None:
        edges = (edge for _, begins, ends, _ in self.breaks for edge in (begins, ends))
        ahead = [edge + timedelta(seconds=past) for edge in edges if edge + timedelta(seconds=past) > self.now]
        if ahead:
            self._go(min(ahead))

    def _begin_break(self, operation: Break) -> None:
        self._go(self.now + TICK)  # what was done until now was done before the break
        begins = self.now + timedelta(seconds=operation.delay)
        ends = begins + timedelta(seconds=operation.seconds)
        known = {(site, start) for site, start, _, _ in self.breaks}
        names = self.schools if operation.school is None else [self.schools[operation.school % len(self.schools)]]
        number = self.control.do("ledger", since=1 << 60)["last"]
        self.breaks += [(site, begins, ends, number) for site in names if (site, begins) not in known]
        with clock.stopped_at(self.now):
            apply_breaks([BreakSpec(site, "Break", start, end) for site, start, end, _ in self.breaks], actor="command")

    def sleeps(self, address: str, instant: datetime) -> bool:
        """Whether the school of the account with `address` is in a break at `instant`."""
        site = self.sites.get(address)
        return any(name == site and begins <= instant < ends for name, begins, ends, _ in self.breaks)

    def was_played(self, *kinds: type) -> bool:
        """Whether an operation of one of these kinds was played, by itself or in the middle of a run."""
        inner = [one.by if isinstance(one, Meanwhile) else one for one in self.played]
        return any(isinstance(one, kinds) for one in inner)

    # --- the worker -------------------------------------------------------------------------------------

    def _work(self, operation: Work) -> None:
        with self._running():
            self._pass(operation)

    def _crash(self, operation: Crash) -> None:
        with self._running(), dies_at(operation.point, operation.at):
            self._pass(Work(due_only=operation.point % 3 == 0))
        if operation.point % 2:  # an odd one is started again at once and frees its leases; an even one's run out
            for model in (Item, Cursor, SharedDrive, ChatSpace):
                model.objects.update(leased_until=None, lease_owner="")

    def _meanwhile(self, operation: Meanwhile) -> None:
        is_disturbed = not isinstance(operation.by, Work)
        with self._running(is_disturbed), meanwhile(operation.point, lambda: self._elsewhere(operation.by)):
            self._pass(Work())

    def _elsewhere(self, operation: Operation) -> None:
        """In another process, which has set no units aside and waits for nothing in this one."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "ALLOWANCE", Allowance())
            self._do(operation)

    @contextmanager
    def _running(self, is_disturbed: bool = False) -> Iterator[None]:
        outer, move = self.run, self.move
        self.run = _Run(self._facts(), is_disturbed or outer.is_disturbed)
        with clock.stopped_at(self.now) as self.move:
            yield
        self._settle()
        self.run, self.move = outer, move

    def _facts(self) -> int:
        return int(self.control.do("record", since=1 << 60)["last"])

    def _pass(self, operation: Work) -> None:
        activity.refresh_drives_if_due()
        if operation.due_only:
            activity.read_activity()
        for number in self._drives(operation):
            shared_drives.poll_drive(number)
        for source in Source:
            due = poll.due_cursors(source, 10) if operation.due_only else [account.pk for account in self.accounts]
            for account in self.accounts:
                if account.pk in due:
                    poll.poll_account(_account(account.pk), source)
        for number in self._talks(operation):
            chat_sync.poll_space(number)
        self._score()

    def _talks(self, operation: Work) -> list[int]:
        known = ChatMember.objects.values_list("space", flat=True).order_by("space").distinct()
        return chat_sync.due_spaces(10) if operation.due_only else list(known)

    def _drives(self, operation: Work) -> list[int]:
        active = SharedDrive.objects.filter(is_active=True).values_list("pk", flat=True)
        return shared_drives.due_drives(10) if operation.due_only else list(active)

    def _score(self) -> None:
        for _ in range(MOST_ITEMS):
            classifier = MarkerClassifier()
            self.run.drafts.append((Scoring.objects.aggregate(last=Max("pk"))["last"] or 0, classifier))
            handled = scan.score_pending(limit=1, classifier=classifier).handled
            self._settle()
            if not handled:
                return
        raise AssertionError("scoring does not come to an end")

    def _settle(self) -> None:
        """Writes down what the last call scored: its texts belong to the one scoring that it committed, if it did."""
        while self.run.drafts:
            before, classifier = self.run.drafts[-1]
            fresh = Scoring.objects.filter(pk__gt=before).exclude(pk__in=self.known).select_related("item__account")
            new = list(fresh)  # the worker may die at this very statement: its end asks again
            self.run.drafts.pop()
            self.given += classifier.texts
            for row in new:
                self.known.add(row.pk)
                address = row.item.account.address
                texts = tuple(classifier.texts)
                self.scored.append(Scored(address, row.item.item_key, texts, self.run.seen, self.run.is_disturbed))

    def _rest(self) -> None:
        self._act(Heal())
        for _ in range(MOST_PASSES):
            self._go(self.now + timedelta(hours=3, minutes=1))
            while any(begins <= self.now < ends for _, begins, ends, _ in self.breaks):
                self._go(max(ends for _, begins, ends, _ in self.breaks if begins <= self.now < ends))
            self._work(Work())
            if not Item.objects.filter(state=ItemState.PENDING).exists():
                break
        self.check(self)

    def parked(self) -> list[tuple[str, str, str]]:
        """Whose item was parked, its key and the reason."""
        rows = Item.objects.filter(state=ItemState.PARKED).select_related("account")
        return [(row.account.address, row.item_key, row.reason) for row in rows]

    def script(self) -> str:
        """The history as code that plays it again."""
        return "[\n" + "".join(f"    {operation!r},\n" for operation in self.played) + "]"


def _account(number: int) -> MonitoredAccount:
    return MonitoredAccount.objects.select_related("site").get(pk=number)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Everything that the block writes is taken back at its end; within it Google's lists come in small pages."""
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        for module in (chat, drive, gmail):
            patch.setattr(module, "_PAGE_SIZE", RECORDS_A_PAGE)
        yield
        transaction.set_rollback(True)
