"""The one place that asks what time it is, so that a test can stand at any instant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))
_stopped: ContextVar[datetime | None] = ContextVar("clock_stopped", default=None)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _stopped.get() or datetime.now(UTC) + _shift.get()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Within the block `now()` starts at `instant` and runs on from there; for tests and dry runs."""
    token = _shift.set(instant - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)


@contextmanager
def stopped_at(instant: datetime) -> Iterator[Callable[[datetime], None]]:
    """Within the block `now()` is `instant`, however long it takes, or what the yielded function was last given; for
    tests."""
    token = _stopped.set(instant)

    def move(to: datetime) -> None:
        _stopped.set(to)

    try:
        yield move
    finally:
        _stopped.reset(token)
