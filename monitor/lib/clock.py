"""The one place that asks what time it is, so that a test can stand at any instant."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_shift: ContextVar[timedelta] = ContextVar("clock_shift", default=timedelta(0))


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Within the block `now()` starts at `instant` and runs on from there; for tests and dry runs."""
    token = _shift.set(instant - datetime.now(UTC))
    try:
        yield
    finally:
        _shift.reset(token)
