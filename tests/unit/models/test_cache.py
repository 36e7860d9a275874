import threading

import numpy as np
import pytest

from models.cache import KEY_BYTES, CacheUse, MemoryCache, remembered

SHAPE = (2, 3)


class Counting:
    """Outputs that depend on the window alone, and a count of how many were computed."""

    def __init__(self, windows: list[bytes]) -> None:
        self.windows = windows
        self.computed = 0

    def __call__(self, indices: list[int]) -> np.ndarray:
        self.computed += len(indices)
        return np.array([np.full(SHAPE, sum(self.windows[i]) / 7) for i in indices], dtype=np.float32)


def ask(windows: list[bytes], use: CacheUse | None = None, label: str = "a") -> tuple[np.ndarray, int]:
    compute = Counting(windows)
    return remembered(windows, compute, SHAPE, label, use), compute.computed


def expected(windows: list[bytes]) -> np.ndarray:
    return Counting(windows)(list(range(len(windows))))


def test_each_distinct_window_is_computed_once_and_every_one_gets_its_outputs():
    windows = [b"one", b"two", b"one", b"one", b"three"]
    found, computed = ask(windows)
    assert computed == 3
    assert np.array_equal(found, expected(windows))


def test_what_was_scored_before_is_not_computed_again():
    use = CacheUse(b"secret", MemoryCache(10))
    first, computed = ask([b"one", b"two"], use)
    assert computed == 2
    again, computed = ask([b"two", b"three", b"one"], use)
    assert computed == 1
    assert np.array_equal(again[[2, 0]], first)
    assert (use.hits, use.misses) == (2, 3)


def test_no_windows_ask_for_nothing():
    found, computed = ask([], CacheUse(b"secret", MemoryCache(1)))
    assert (found.shape, computed) == ((0, *SHAPE), 0)


@pytest.mark.parametrize(("secret", "label"), [(b"other", "a"), (b"secret", "b")])
def test_another_secret_or_another_classifier_finds_nothing(secret, label):
    store = MemoryCache(10)
    ask([b"one"], CacheUse(b"secret", store))
    assert ask([b"one"], CacheUse(secret, store), label)[1] == 1
    assert len(store) == 2


def test_an_entry_holds_outputs_alone_under_a_short_key():
    store = MemoryCache(10)
    ask([b"the words"], CacheUse(b"secret", store))
    [(key, value)] = store._entries.items()
    assert len(key) == KEY_BYTES
    assert np.array_equal(np.frombuffer(value, "<f4").reshape(1, *SHAPE), expected([b"the words"]))


@pytest.mark.parametrize("value", [b"", b"short", b"\x00" * 100, np.full(SHAPE, np.nan, "<f4").tobytes()])
def test_a_value_that_something_else_wrote_is_computed_afresh_and_replaced(value):
    store = MemoryCache(10)
    use = CacheUse(b"secret", store)
    store.put_many({use.key("a", b"one"): value})
    found, computed = ask([b"one"], use)
    assert computed == 1
    assert np.array_equal(found, expected([b"one"]))
    assert ask([b"one"], use)[1] == 0


def test_memory_forgets_what_was_unused_for_longest():
    store = MemoryCache(2)
    store.put_many({b"a": b"1", b"b": b"2"})
    assert store.get_many([b"a"]) == {b"a": b"1"}
    store.put_many({b"c": b"3"})
    assert store.get_many([b"a", b"b", b"c"]) == {b"a": b"1", b"c": b"3"}
    assert len(store) == 2


def test_a_memory_of_nothing_is_refused():
    with pytest.raises(ValueError, match="give at least 1"):
        MemoryCache(0)


def test_threads_may_share_a_cache_and_its_counters():
    use = CacheUse(b"secret", MemoryCache(50))
    windows = [bytes([i]) for i in range(100)]
    threads = [threading.Thread(target=ask, args=(windows, use)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert use.hits + use.misses == 800
    assert len(use.store) == 50
