"""Shells around the functions of this room."""

from celery import shared_task

from monitor.handovers.send import send_handovers as send_some

MAX_ROUNDS = 20  # then the next tick goes on


@shared_task(name="handovers.send_handovers")
def send_handovers() -> None:
    """Send the signed hand-overs whose time has come."""
    for _ in range(MAX_ROUNDS):
        if not send_some():
            return
