"""Searches for a history after which something is wrong, and makes it short."""

import random
from collections.abc import Callable
from contextlib import ExitStack

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from monitor.simulator.script import Operation, Rest
from tests.conftest import Watched
from tests.promises.histories import operations
from tests.promises.histories.expected import check
from tests.promises.histories.history import History, rolled_back


def search(watched: Watched, histories: int, number: int, steps: int, *, shrink: bool = True) -> None:
    """Plays so many histories; raises AssertionError with a script, made short if `shrink`, of one that fails."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    given = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    state = random.getstate()
    try:
        run_state_machine_as_test(seed(number)(_machine(watched)), settings=given)
    finally:
        random.setstate(state)


class Histories(RuleBasedStateMachine):
    """One history. Which rules it has is drawn by Hypothesis as well, so that some have few kinds of operation."""

    watched: Watched  # set by `search`

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(rolled_back())
        self.history = History(self.watched, check)
        self.has_failed = False

    def teardown(self) -> None:
        """Check at the end, unless something was wrong before."""
        with self.stack:
            if not self.has_failed:
                self.history.perform(Rest())

    def perform(self, operation: Operation) -> None:
        """Play one operation."""
        self.has_failed = True
        self.history.perform(operation)
        self.has_failed = False


RULES = {
    "mail": operations.mail(),
    "writing": operations.writing(),
    "more_writing": operations.writing(),
    "filing": operations.filing(),
    "trouble": operations.trouble(),
    "work": operations.work(),
    "more_work": operations.work(),
    "breaks": operations.breaks(),
    "time": operations.time(),
    "more_time": operations.time(),
    "rest": st.just(Rest()),
}


def _machine(watched: Watched) -> type[Histories]:
    rules = {name: rule(operation=drawn)(_performs(name)) for name, drawn in RULES.items()}
    return type("DrawnHistories", (Histories,), {"watched": watched, **rules})


def _performs(name: str) -> Callable[[Histories, Operation], None]:
    def perform(self: Histories, operation: Operation) -> None:
        self.perform(operation)

    perform.__name__ = name
    return perform
