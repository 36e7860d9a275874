"""`worker.py work`: Celery's worker and schedule in this one process, over a queue in its memory.

The rows are the truth, so losing that queue with the process costs only time. A single thread pool serves every
queue; `celery -A worker worker` is the same code with a broker and any number of machines.
"""

import argparse
import logging
import signal
import sys
import warnings
from types import FrameType
from typing import Any

from celery.beat import EmbeddedService, Service
from celery.exceptions import SecurityWarning
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from config.celery_app import app
from config.schedule import QUEUES
from monitor.detection.panel import get_classifier

logger = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--threads", type=int, default=0, help="tasks at a time (default: HEED_WORKER_THREADS)")


def run(arguments: argparse.Namespace) -> int:
    """Work until stopped; exit status 1 when the worker could not start."""
    # Celery warns of running as root because a pickled task could then do anything; this worker takes JSON only.
    warnings.simplefilter("ignore", SecurityWarning)
    get_classifier()  # a damaged or missing classifier stops the start, not the first student's message
    beat: Any = EmbeddedService(app, thread=True)
    beat.service = Service(
        app, max_interval=1, scheduler_cls=app.conf.beat_scheduler
    )  # else it keeps a file in the folder
    worker_ready.connect(lambda **_: beat.start(), weak=False)
    worker_shutting_down.connect(lambda **_: beat.stop(), weak=False)
    worker = app.Worker(
        pool="threads",
        concurrency=arguments.threads or settings.HEED_WORKER_THREADS,
        queues=sorted({*QUEUES.values(), "upkeep"}),
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    worker.start()
    return int(worker.exitcode or 0)
