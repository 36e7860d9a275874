"""Random histories of a small district: what was scored is what the simulated Workspace's own record says it should be.

Deliveries, drafts, deletions, files, edits, comments, expired cursors, faults, crashes and breaks, in any order. A
failure shrinks to a short script. `HEED_HISTORIES` says how many histories are tried (half a dozen without it).
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from monitor.calendars.apply import apply_breaks
from monitor.calendars.models import Break
from monitor.detection import scan
from monitor.detection.models import Finding, Scoring
from monitor.domain.district import BreakSpec
from monitor.domain.source import Source
from monitor.intake.models import Cursor, Item, ItemState, QuotaBucket, QuotaDay, TextMemory
from monitor.intake.poll import poll_account
from monitor.lib import clock
from monitor.roster.models import District
from tests.rooms.detection.marker import MarkerClassifier

HISTORIES = int(os.environ.get("HEED_HISTORIES", "6"))
STEPS = int(os.environ.get("HEED_HISTORY_STEPS", "40"))
START = datetime(2026, 10, 6, 17, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OUTSIDER = "pal@elsewhere.example"
FAULTS = ("rateLimitExceeded", "429", "500", "503", "reset", "truncated")
WHO = st.integers(0, 2)


class Histories(RuleBasedStateMachine):
    """Three students. Every text is a word of its own, so that what was scored can be counted."""

    watched = None  # set by the test

    @initialize()
    def begin(self) -> None:
        self.savepoint = transaction.savepoint()
        self.control, self.addresses = self.watched.control, self.watched.addresses[:3]
        self.control.do("faults", clear=True)
        self.now = Histories.clock = max(getattr(Histories, "clock", START), START) + 24 * HOUR
        self.texts = MarkerClassifier()
        self.number = 0
        self.due: set[str] = set()  # words that must be scored
        self.never: set[str] = set()  # words that must not
        self.maybe: set[str] = set()  # words that were removed, replaced or overtaken before they were read
        self.mail: list[tuple[int, str, str]] = []
        self.files: list[tuple[int, str, str]] = []
        self.break_ends: datetime | None = None
        for model in (Cursor, Item, Scoring, Finding, TextMemory, Break, QuotaDay, QuotaBucket):
            if model not in (Scoring, Finding, Item):
                model.objects.all().delete()
        Finding.objects.all().delete()
        Scoring.objects.all().delete()
        Item.objects.all().delete()
        District.objects.update(reading={})
        self._work(read=True)

    def teardown(self) -> None:
        if hasattr(self, "control"):
            self.finish()
            Histories.clock = self.now

    # --- what people do -------------------------------------------------------------------------------

    @rule(to=WHO)
    def mail_arrives(self, to: int) -> None:
        word = self._word()
        copies = self._at(lambda: self.control.mail(OUTSIDER, self.addresses[to], "Hello", word))["copies"]
        self.mail.append((to, copies[0]["id"], word))
        self._expect(word)

    @rule(sender=WHO)
    def mail_is_sent(self, sender: int) -> None:
        word = self._word()
        self._at(lambda: self.control.mail(self.addresses[sender], OUTSIDER, "Hello", word))
        self._expect(word)

    @rule(data=st.data())
    def mail_is_deleted(self, data) -> None:
        if self.mail:
            entry = data.draw(st.sampled_from(self.mail))
            self.mail.remove(entry)
            to, identity, word = entry
            self._at(lambda: self.control.do("delete_message", mailbox=self.addresses[to], id=identity))
            self._forget(word)

    @rule(owner=WHO)
    def file_is_written(self, owner: int) -> None:
        word = self._word()
        file = self._at(lambda: self.control.write_file(self.addresses[owner], "Essay", word))
        self.files.append((owner, file["id"], word))
        self._expect(word)

    @rule(data=st.data())
    def file_is_edited(self, data) -> None:
        if self.files:
            at = data.draw(st.integers(0, len(self.files) - 1))
            owner, identity, text = self.files[at]
            word = self._word()
            longer = f"{text}\n{word}"
            self._at(lambda: self.control.edit_file(identity, text=longer, editor=self.addresses[owner]))
            self.files[at] = (owner, identity, longer)
            for before in text.split():
                if self._asleep():
                    self._forget(before)  # what waited goes down with the version that is dated in the break
            self._expect(word)

    @rule(data=st.data(), by=WHO)
    def file_is_commented(self, data, by: int) -> None:
        if self.files:
            owner, identity, _ = data.draw(st.sampled_from(self.files))
            word = self._word()
            self._at(lambda: self.control.do("comment", id=identity, author=self.addresses[owner], text=word))
            self._expect(word)

    @rule(data=st.data())
    def file_is_removed(self, data) -> None:
        if self.files:
            entry = data.draw(st.sampled_from(self.files))
            self.files.remove(entry)
            self._at(lambda: self.control.do("remove_file", id=entry[1]))
            self.maybe |= self.due
            self.due.clear()

    # --- what goes wrong -------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(FAULTS), share=st.sampled_from([0.2, 0.6]))
    def calls_fail(self, kind: str, share: float) -> None:
        self.control.do("faults", rules=[{"kind": kind, "match": "users", "probability": share}])

    @rule(to=WHO)
    def history_expires_before_a_mail_is_seen(self, to: int) -> None:
        self.mail_arrives(to)
        self.control.do("expire_history")

    @rule()
    def break_begins(self) -> None:
        if not self._asleep():
            self._pass(MINUTE)
            self.break_ends = self.now + 8 * MINUTE
            specs = [BreakSpec(site.code, "Break", self.now, self.break_ends) for site in self.watched.spec.sites]
            kept = [
                BreakSpec(row.site.code, row.name, row.starts_at, row.ends_at)
                for row in Break.objects.select_related("site")
            ]
            with clock.standing_at(self.now):
                apply_breaks([*kept, *specs], actor="command")
            self._pass(MINUTE)

    @rule(minutes=st.sampled_from([5, 20, 200]))
    def time_passes(self, minutes: int) -> None:
        self._pass(minutes * MINUTE)

    @rule(read=st.booleans())
    def worker_runs(self, read: bool) -> None:
        self._work(read=read)

    @rule(at=st.integers(1, 30))
    def worker_dies(self, at: int) -> None:
        """A worker ends after some statement: what its transaction had not finished is as if never begun."""
        self._work(read=True, dies_at=at)

    # --- what must hold --------------------------------------------------------------------------------

    @invariant()
    def nothing_of_a_break_is_scored_and_nothing_twice(self) -> None:
        if not hasattr(self, "texts"):
            return
        said = Counter(word for text in self.texts.texts for word in text.split())
        assert not set(said) & self.never, "scored although it was written in a break"
        rows = Scoring.objects.values_list("item_id", "classifier_id")
        assert len(rows) == len(set(rows))

    def finish(self) -> None:
        """Once all trouble is over everything that should be scored is."""
        self.control.do("faults", clear=True)
        if self._asleep():
            self._pass(4 * HOUR)
        for _ in range(4):
            self._pass(3 * HOUR)
            self._work(read=True)
        said = {word for text in self.texts.texts for word in text.split()}
        assert not self.due - said, f"never scored: {sorted(self.due - said)}; {self._parked()}"
        assert not said & self.never
        assert not Item.objects.filter(state=ItemState.PENDING).exists()

    def _parked(self) -> list[str]:
        return list(Item.objects.filter(state=ItemState.PARKED).values_list("reason", flat=True))

    # --- by which means --------------------------------------------------------------------------------

    def _word(self) -> str:
        self.number += 1
        return f"word{Histories.clock:%j%H}x{self.number}"

    def _at(self, act):
        self._pass(MINUTE)
        self.control.do("move_clock", to=self.now.isoformat())
        return act()

    def _asleep(self) -> bool:
        return self.break_ends is not None and self.now < self.break_ends

    def _expect(self, word: str) -> None:
        (self.never if self._asleep() else self.due).add(word)

    def _forget(self, word: str) -> None:
        if word in self.due:
            self.due.discard(word)
            self.maybe.add(word)

    def _pass(self, span: timedelta) -> None:
        self.now += span

    def _work(self, *, read: bool, dies_at: int = 0) -> None:
        self._pass(MINUTE)
        self.control.do("move_clock", to=self.now.isoformat())
        with clock.standing_at(self.now), _mortal(dies_at):
            for number in range(3):
                for source in (Source.GMAIL, Source.DRIVE):
                    poll_account(self.watched.account(number), source)
            if read:
                for _ in range(50):
                    if not scan.score_pending(classifier=self.texts).handled:
                        break
        if dies_at:
            Item.objects.update(leased_until=None, lease_owner="")
            Cursor.objects.update(leased_until=None, lease_owner="")


class _Died(BaseException):
    pass


class _mortal:  # noqa: N801 - reads as a phrase
    """Ends the block at its `at`-th statement, as a killed process would; open transactions roll back."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __enter__(self) -> None:
        from django.db import connection

        self.wrapper = connection.execute_wrapper(self._count) if self.left else None
        if self.wrapper:
            self.wrapper.__enter__()

    def _count(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == 0:
            raise _Died
        return execute(sql, params, many, context)

    def __exit__(self, kind, error, trace) -> bool:
        if self.wrapper:
            self.wrapper.__exit__(None, None, None)
        return kind is _Died


@pytest.mark.timeout(7200)
def test_what_was_scored_is_what_should_have_been(watched):
    Histories.watched = watched
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
