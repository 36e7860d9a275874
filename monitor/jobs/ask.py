"""Asking for long work, and calling it off. The row is all there is: a worker finds it at its next turn."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from monitor.accounts.models import Role, User
from monitor.jobs.models import UNFINISHED, Job, JobKind, JobPart, JobState
from monitor.lib import clock

MOST_UNFINISHED = 20  # of one person: a stuck worker must not be met with a pile
KEPT = timedelta(days=30)
FILES_KEPT = timedelta(days=1)
SEES_ALL = frozenset({Role.IT, Role.SAFETY_LEAD})


class JobRefused(Exception):
    """The work is not taken on; the message says why."""


def ask_for(kind: JobKind, asked: Mapping[str, Any], *, actor: User) -> Job:
    """The job for this, or the unfinished one of somebody who asked for the very same. Raises `JobRefused`."""
    known = Job.objects.filter(kind=kind, state__in=UNFINISHED, ended_at=None)
    if kind == JobKind.EXPORT_AUDIT:
        known = known.filter(asked_by=actor)  # a file is for whoever asked for it
    for job in known:
        if job.asked == dict(asked):
            return job
    if Job.objects.filter(asked_by=actor, state__in=UNFINISHED, ended_at=None).count() >= MOST_UNFINISHED:
        message = _("Too much of yours is waiting already. Cancel something, or see that the worker runs.")
        raise JobRefused(message)
    return Job.objects.create(kind=kind, asked=dict(asked), asked_by=actor, asked_at=clock.now())


def cancel(job: Job) -> bool:
    """Call `job` off; False when it had ended by itself. One that runs stops at its next step."""
    rows = Job.objects.filter(pk=job.pk, state__in=UNFINISHED)
    return rows.update(state=JobState.CANCELLED, ended_at=clock.now()) == 1


def jobs_of(user: User) -> QuerySet[Job]:
    """The jobs that `user` may see, the newest first: those who keep the installation see all, others their own.

    A check or a dry run is of the installation; a file of audit events is never for those who may not read them.
    """
    rows = Job.objects.select_related("asked_by").order_by("-id")
    if user.role == Role.SAFETY_LEAD:
        return rows
    if user.role in SEES_ALL:
        return rows.filter(Q(asked_by=user) | ~Q(kind=JobKind.EXPORT_AUDIT))
    return rows.filter(asked_by=user)


def latest(kind: JobKind) -> Job | None:
    """The newest job of this kind that was not called off."""
    return Job.objects.filter(kind=kind).exclude(state=JobState.CANCELLED).order_by("-id").first()


def forget_old() -> int:
    """Let go of files after a day and of ended jobs after 30; how many jobs went."""
    now = clock.now()
    JobPart.objects.filter(job__ended_at__lt=now - FILES_KEPT).delete()
    gone, _counts = Job.objects.filter(ended_at__lt=now - KEPT).delete()
    return gone
