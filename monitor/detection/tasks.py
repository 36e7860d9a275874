"""Shells around the functions of this room."""

import threading
import time

from celery import shared_task

from monitor.detection.panel import get_classifier
from monitor.detection.scan import score_pending as score_some
from monitor.detection.score_cache import purge_score_cache

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


@shared_task(name="detection.purge_score_cache")
def purge_cache() -> None:
    """Keep the score cache within its bounds. On the queue of the scan, whose workers have the classifier loaded."""
    purge_score_cache(get_classifier().id)
