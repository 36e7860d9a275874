"""Shells around the functions of this room."""

from celery import shared_task

from monitor.alerts.outbox import prepare_deliveries as prepare_some
from monitor.alerts.send import SendTally
from monitor.alerts.send import send_due as send_some

MAX_ROUNDS = 20  # then the next tick goes on


@shared_task(name="alerts.prepare_deliveries")
def prepare_deliveries() -> None:
    """Write the deliveries that are due."""
    for _ in range(MAX_ROUNDS):
        if not prepare_some():
            return


@shared_task(name="alerts.send_due")
def send_due() -> None:
    """Send the deliveries whose time has come."""
    for _ in range(MAX_ROUNDS):
        if send_some() == SendTally():
            return
