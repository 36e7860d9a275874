"""Doing what was asked for: one job at a time, oldest first, under a lease; each tells how far it is.

A worker that dies in the middle leaves the row to the next one. Every kind can be begun again from its start.
"""

import logging
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from monitor.intake.leases import claim, free_dead
from monitor.jobs.kinds import WORK, JobFailed
from monitor.jobs.models import UNFINISHED, Job, JobKind, JobState
from monitor.lib import clock

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3


class CalledOff(Exception):
    """The job was cancelled, or its lease lost, while it was being done."""


def run_waiting(kinds: Collection[JobKind] = tuple(JobKind)) -> int:
    """Do what waits of `kinds` until nothing does; how many jobs were taken."""
    taken = 0
    unfinished = Job.objects.filter(state__in=UNFINISHED, ended_at=None, kind__in=kinds)
    free_dead(unfinished)
    while job := unfinished.filter(Q(leased_until=None) | Q(leased_until__lt=clock.now())).order_by("id").first():
        if owner := claim(Job.objects, job.pk, Q(state__in=UNFINISHED)):
            _run(job, owner)
            taken += 1
    return taken


def _run(job: Job, owner: str) -> None:
    """Never raises for what the work raises: a job that fails says so and holds up no other."""
    held = Job.objects.filter(pk=job.pk, lease_owner=owner, state__in=UNFINISHED)
    if job.attempts >= MOST_ATTEMPTS:
        _end(held, JobState.FAILED, problem=_("The worker stopped three times in the middle of it."))
        return
    started = {"state": JobState.RUNNING, "began_at": clock.now(), "attempts": F("attempts") + 1, "done": 0}
    held.update(**started, leased_until=clock.now() + LEASE)
    try:
        result = WORK[JobKind(job.kind)](job, _teller(job.pk, owner))
    except CalledOff:
        Job.objects.filter(pk=job.pk, lease_owner=owner).update(lease_owner="", leased_until=None)
    except JobFailed as failure:
        _end(held, JobState.FAILED, problem=str(failure))
    except Exception:
        logger.exception("job %s failed", job.pk)
        _end(held, JobState.FAILED, problem=_("It broke on our side. The worker's log says how."))
    else:
        _end(held, JobState.DONE, result=result)


def _end(held: "QuerySet[Job]", state: JobState, **values: Any) -> None:
    """Write the end, unless the job was called off or taken by another worker meanwhile."""
    held.update(state=state, ended_at=clock.now(), lease_owner="", leased_until=None, **values)


def _teller(pk: int, owner: str) -> Callable[[int, int | None], None]:
    """Writes down how far the job is and holds the lease; raises `CalledOff` where it should stop."""

    def tell(done: int, total: int | None) -> None:
        rows = Job.objects.filter(pk=pk, lease_owner=owner, state=JobState.RUNNING)
        if rows.update(done=done, total=total, leased_until=clock.now() + LEASE) != 1:
            raise CalledOff

    return tell
