"""The clock that can stand elsewhere, files that two processes agree on, and names of lease holders."""

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from monitor.lib import clock
from monitor.lib.files import write_once
from monitor.lib.owner import is_dead, new_owner

NOON = datetime(2026, 10, 6, 12, tzinfo=UTC)


def test_the_clock_stands_where_it_is_put_runs_on_and_comes_back():
    with clock.standing_at(NOON):
        first, second = clock.now(), clock.now()
        assert NOON <= first <= second < NOON + timedelta(seconds=5)
        with clock.standing_at(NOON + timedelta(days=1)):
            assert clock.now() >= NOON + timedelta(days=1)
        assert clock.now() < NOON + timedelta(seconds=5)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_of_another_thread_is_not_moved():
    seen = []
    with clock.standing_at(NOON):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert abs(seen[0] - datetime.now(UTC)) < timedelta(seconds=5)


def test_of_many_writers_at_once_one_wins_and_nothing_is_left_behind(tmp_path):
    path = tmp_path / "keys" / "a.key"
    start = threading.Barrier(8)

    def write(number: int) -> str:
        start.wait()
        write_once(path, f"value {number}")
        return path.read_text()

    with ThreadPoolExecutor(8) as pool:
        read = set(pool.map(write, range(8)))
    assert len(read) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["a.key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_holder_is_not_dead_and_its_names_differ():
    first, second = new_owner(), new_owner()
    assert first != second
    assert len(first) <= 80
    assert not is_dead(first)


def test_a_reused_process_number_is_another_process():
    host, pid, started, tail = new_owner().split("/")
    assert is_dead(f"{host}/{pid}/{int(started) - 1}/{tail}")


@pytest.mark.parametrize("owner", ["", "somebody", "a/b/c/d", f"elsewhere/{os.getpid()}/0/x"], ids=range(4))
def test_a_holder_that_cannot_be_judged_counts_as_alive(owner):
    assert not is_dead(owner)
