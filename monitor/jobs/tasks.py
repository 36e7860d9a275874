"""Shells around the functions of this room."""

from celery import shared_task

from monitor.jobs.ask import forget_old as forget_some
from monitor.jobs.models import JobKind
from monitor.jobs.run import run_waiting

WITH_CLASSIFIER = (JobKind.TRY_POLICY,)
OTHERS = tuple(kind for kind in JobKind if kind not in WITH_CLASSIFIER)


@shared_task(name="jobs.run_waiting")
def run_others() -> None:
    """Do what waits and needs no classifier."""
    run_waiting(OTHERS)


@shared_task(name="job_scores.run_waiting")
def run_with_classifier() -> None:
    """Do what waits and needs the classifier."""
    run_waiting(WITH_CLASSIFIER)


@shared_task(name="jobs.forget_old")
def forget_old() -> None:
    """Let go of old files and jobs."""
    forget_some()
