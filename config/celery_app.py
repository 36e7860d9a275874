"""The Celery application: the same tasks whether the broker is Redis or this process's own memory."""

import os

from celery import Celery
from django.conf import settings
from kombu import Queue

from config.schedule import QUEUES, beat_schedule

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

IN_MEMORY = {"polling_interval": 0.2}  # seconds between looks into the queue

app = Celery("heed")
app.conf.update(
    broker_url=settings.HEED_BROKER_URL,
    # Redis gives an unfinished task to another worker after this long; every task here ends far sooner.
    broker_transport_options=IN_MEMORY
    if settings.HEED_BROKER_URL.startswith("memory:")
    else {"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="upkeep",
    task_queues=[Queue(name) for name in sorted({*QUEUES.values(), "upkeep"})],  # a worker without -Q takes all
    task_routes={f"{room}.*": {"queue": queue} for room, queue in QUEUES.items()},
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    beat_schedule=beat_schedule(),
    beat_scheduler="celery.beat:Scheduler",  # the schedule is code; nothing of it needs to be kept on disk
    timezone="UTC",
)
app.autodiscover_tasks(
    [
        "monitor.calendars",
        "monitor.intake",
        "monitor.detection",
        "monitor.triage",
        "monitor.tips",
        "monitor.handovers",
        "monitor.alerts",
        "monitor.insights",
        "monitor.jobs",
    ]
)
