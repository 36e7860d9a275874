"""Shells around the functions of this room. Scoring has its own name: it belongs where the classifier is loaded."""

from celery import shared_task

from monitor.tips.limits import forget_attempts as forget_some
from monitor.tips.scoring import score_messages as score_some
from monitor.tips.send import send_replies as send_some

MAX_ROUNDS = 20  # then the next tick goes on


@shared_task(name="tip_scores.score_messages")
def score_messages() -> None:
    """Score the messages of reporters that no classifier has read."""
    for _ in range(MAX_ROUNDS):
        if not score_some():
            return


@shared_task(name="tips.send_replies")
def send_replies() -> None:
    """Send the answers whose time has come."""
    for _ in range(MAX_ROUNDS):
        if not send_some():
            return


@shared_task(name="tips.forget_attempts")
def forget_attempts() -> None:
    """Remove what was counted for the limits and is no longer needed."""
    forget_some()
