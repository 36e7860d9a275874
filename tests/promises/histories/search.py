"""Searches for a history after which something is wrong, and makes it short."""

import random
from contextlib import ExitStack

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from monitor.simulator.script import Operation, Rest
from tests.conftest import Watched
from tests.promises.histories import operations
from tests.promises.histories.expected import check
from tests.promises.histories.history import History, rolled_back


class Histories(RuleBasedStateMachine):
    """One history."""

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

    @rule(operation=operations.anything())
    def step(self, operation: Operation) -> None:
        """Play one operation."""
        self.has_failed = True
        self.history.perform(operation)
        self.has_failed = False


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
    Histories.watched = watched
    state = random.getstate()
    try:
        run_state_machine_as_test(seed(number)(Histories), settings=given)
    finally:
        random.setstate(state)
