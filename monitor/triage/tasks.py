"""Shells around the functions of this room."""

from celery import shared_task

from monitor.triage.grouping import group_findings as group_some
from monitor.triage.proposals import propose_thresholds as propose_some

MAX_ROUNDS = 20  # then the next tick goes on


@shared_task(name="triage.group_findings")
def group_findings() -> None:
    """Put waiting findings into cases."""
    for _ in range(MAX_ROUNDS):
        if not group_some():
            return


@shared_task(name="triage.propose_thresholds")
def propose_thresholds() -> None:
    """Bring the proposals up to date with the decisions."""
    propose_some()
