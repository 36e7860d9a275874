"""Several batches at once, each by one processor: faster than all processors together on one batch after the other.

A batch of windows takes dozens of short steps; where processors share each of them they wait for one another at its
end. The lanes belong to a classifier: whoever asks it, from whatever thread, at most so many batches are computed.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


class Lanes:
    """`count` threads in which torch uses one processor each. Safe to share between threads.

    Needs `torch.set_num_threads` to have been called for the process, and leaves what it says as it is.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        if count < 2:
            return
        self._pool = ThreadPoolExecutor(count, "lane")
        everybody, before = threading.Barrier(count), torch.get_num_threads()

        def begin() -> None:
            torch.get_num_threads()  # torch meets the thread: later it would take the number of the process again
            torch.set_num_threads(1)  # of this thread; but threads that torch meets later begin with it too
            everybody.wait()

        for begun in [self._pool.submit(begin) for _ in range(count)]:
            begun.result()
        torch.set_num_threads(before)

    def alone(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, called in one of the lanes, by one processor. Raises what it raises."""
        return work() if self.count < 2 else self._pool.submit(work).result()

    def each(self, work: Callable[[Item], None], items: Sequence[Item]) -> None:
        """Call `work` with every one of `items`: in the lanes, whichever is free takes the next.

        A single item is worked on in the caller's thread, by all processors. Raises what `work` raises.
        """
        if self.count < 2 or len(items) < 2:
            for item in items:
                work(item)
            return
        for _ in self._pool.map(work, items):
            pass
