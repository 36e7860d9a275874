"""Workers that die at a database statement, or during which something else happens at one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection

SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


class Died(BaseException):
    """The worker is dead: nothing of its own code runs any more that could touch the database."""


class _Steps:
    """Counts statements. A death lasts: what `finally` blocks would still write is refused as well."""

    def __init__(self, point: int, happens: Callable[[], None] | None, at: str = "") -> None:
        self.left, self.happens, self.at, self.is_dead = point, happens, at, False
        self.depth = len(connection.savepoint_ids)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(SAVEPOINTS):
            if self.is_dead:
                raise Died
            self.left -= self.at in sql
            if self.left <= 0:
                self._act()
        elif self.is_dead and sql.startswith("SAVEPOINT"):
            raise Died
        return execute(sql, params, many, context)

    def _act(self) -> None:
        if self.happens is None:
            self.is_dead = True
            raise Died
        if len(connection.savepoint_ids) == self.depth:  # others see nothing of a transaction that is under way
            happens, self.happens, self.left = self.happens, lambda: None, 1 << 30
            happens()


@contextmanager
def dies_at(point: int, at: str = "") -> Iterator[None]:
    """Ends the block at its `point`-th statement with `at` in it, as a killed process would be ended; open transactions
    roll back."""
    try:
        with _wrapped(_Steps(point, None, at)):
            yield
    except Died:
        # Nothing reached the database after the death, so the transaction round the whole history is not broken.
        connection.needs_rollback = False


@contextmanager
def meanwhile(point: int, happens: Callable[[], None]) -> Iterator[None]:
    """Calls `happens` at the `point`-th statement of the block, or the next after it that is in no transaction."""
    with _wrapped(_Steps(point, happens)):
        yield


def _wrapped(steps: _Steps) -> AbstractContextManager[None]:
    return connection.execute_wrapper(steps)
