"""Lanes: every item once, several at a time, one processor each, and nothing else in the process changed."""

import threading

import pytest
import torch

from models.lanes import Lanes


@pytest.fixture(autouse=True)
def _threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("items", [[], [7], list(range(40))])
def test_every_item_is_worked_on_once(count, items):
    seen = []
    Lanes(count).each(seen.append, items)
    assert sorted(seen) == items


def test_lanes_work_side_by_side_with_one_processor_each():
    together = threading.Barrier(2, timeout=20)
    threads = set()

    def work(_):
        together.wait()  # ends only if both are at work
        threads.add((threading.current_thread().name, torch.get_num_threads()))

    Lanes(2).each(work, [1, 2])
    assert {count for _, count in threads} == {1}
    assert len(threads) == 2


def test_a_single_item_is_worked_on_by_whoever_asks():
    names = []
    Lanes(2).each(lambda _: names.append(threading.current_thread()), ["only"])
    assert names == [threading.current_thread()]


def test_threads_that_torch_meets_later_have_as_many_processors_as_before():
    torch.set_num_threads(2)
    Lanes(2)
    found = []
    later = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert (found, torch.get_num_threads()) == ([2], 2)


def test_what_goes_wrong_in_a_lane_is_raised():
    def work(item):
        if item == 3:
            raise ValueError("item 3")

    with pytest.raises(ValueError, match="item 3"):
        Lanes(2).each(work, range(6))
