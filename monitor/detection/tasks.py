"""Shells around the functions of this room."""

import threading
import time

from celery import shared_task

from monitor.detection.scan import score_pending as score_some

RUN_SECONDS = 55.0  # then the next tick goes on, so that a worker can be stopped in between
_running = threading.Lock()  # one pass per process: two would only share the same cores and memory


@shared_task(name="detection.score_pending")
def score_pending() -> None:
    """Score waiting items until none is left or the time is up."""
    if not _running.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until and score_some().handled:
            pass
    finally:
        _running.release()
