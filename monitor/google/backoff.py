"""Trying again inside one call: truncated exponential delay as Google prescribes, bounded in attempts and in seconds.

What is still failing after that goes back to the caller as the `TransientError` it is: a row remembers it and a later
tick tries again, so no worker sleeps through a long quota pause.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from monitor.google.errors import TransientError

T = TypeVar("T")

# A quota of the day does not come back within a call.
_NOT_WITHIN_A_CALL = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg"})


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and how long to try. `sleep`, `chance` (0 ≤ x < 1) and `monotonic` can be replaced in tests."""

    attempts: int = 4
    total_seconds: float = 20.0
    base_seconds: float = 1.0
    cap_seconds: float = 32.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic

    def run(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns. Raises its last TransientError when attempts or seconds are used up; any other
        error passes at once.
        """
        started = self.monotonic()
        for number in range(1, self.attempts):
            try:
                return attempt()
            except TransientError as error:
                delay = self.delay_seconds(number, error.retry_after_seconds)
                spent = self.monotonic() - started
                outlasts = error.is_method_unknown or error.reason in _NOT_WITHIN_A_CALL
                if outlasts or spent + delay > self.total_seconds:
                    raise
            self.sleep(delay)
        return attempt()

    def delay_seconds(self, number: int, retry_after_seconds: float | None) -> float:
        """Seconds before the attempt that follows failure `number` (from 1): never less than Google asked for.

        min(2^n + up to one second at random, cap), as Google's guides have it.
        """
        grown: float = self.base_seconds * (float(2 ** (number - 1)) + self.chance())
        return min(self.cap_seconds, grown) + (retry_after_seconds or 0.0)
