"""How much processor time this program used, the processes that it started included."""

import os
import time
from pathlib import Path

_PARENT, _FIRST, _LAST = 1, 11, 15  # places behind the name in /proc/PID/stat: parent, and four times in ticks


def processor_seconds(leave_out: int) -> float:
    """Of this process and all below it, but the one numbered `leave_out` and those below that.

    Without /proc this process alone is counted.
    """
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        number = int(place.parent.name)
        children.setdefault(int(words[_PARENT]), []).append(number)
        ticks[number] = sum(int(word) for word in words[_FIRST:_LAST])
    below, waiting = 0, list(children.get(os.getpid(), []))
    while waiting:
        number = waiting.pop()
        if number != leave_out:
            below += ticks[number]
            waiting += children.get(number, [])
    return time.process_time() + below / os.sysconf("SC_CLK_TCK")
