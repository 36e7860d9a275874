"""Several workers at once: real threads on a database that they really share."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

import pytest
from django.db import connection, connections

Result = TypeVar("Result")


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """The test database as several threads can share it: on SQLite a copy in a file, elsewhere the database itself.

    Django's own test database on SQLite lives in memory, where two connections cannot wait for each other.
    """
    if connection.vendor != "sqlite":
        yield
        return
    kept, settings = connections["default"], connections.settings["default"]
    kept.ensure_connection()
    name = settings["NAME"]
    # A server thread of an earlier browser test may still close "its" connection, which is this one. That does nothing
    # to a database in memory, so the kept connection must go on saying that it is one.
    kept.settings_dict = {**settings}
    settings["NAME"] = str(tmp_path / "shared.sqlite3")
    shared = connections["default"] = connections.create_connection("default")
    try:
        shared.ensure_connection()
        kept.connection.backup(shared.connection)
        yield
    finally:
        shared.close()
        settings["NAME"], kept.settings_dict = name, settings
        connections["default"] = kept


def together(*works: Callable[[], Result]) -> list[Result]:
    """Start all `works` at the same moment, each in its own thread, and return what they returned, in order."""
    start = threading.Barrier(len(works), timeout=30)

    def run(work: Callable[[], Result]) -> Result:
        start.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(copy_context().run, run, work) for work in works]]
