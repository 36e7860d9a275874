"""What beat starts and how often. Every entry expires before its next turn, so that a slow one never piles up."""

from typing import Any

from django.conf import settings

QUEUES = {
    "calendars": "upkeep",
    "intake": "intake",
    "detection": "scan",
    "triage": "alerts",
    "tips": "alerts",
    "tip_scores": "scan",  # where the classifier is loaded
    "handovers": "alerts",
    "alerts": "alerts",
    "insights": "upkeep",
    "jobs": "upkeep",
    "job_scores": "scan",  # where the classifier is loaded
    "upkeep": "upkeep",
}
MINUTE = 60.0
HOUR = 3600.0
SOON = 3.0
SHORTEST_EXPIRY = 5.0  # seconds: a message needs a moment to reach a worker, however short the tick


def beat_schedule() -> dict[str, Any]:
    """Name → task, seconds between turns, queue and expiry."""
    tick = float(settings.HEED_TICK_SECONDS)
    every = {
        "calendars.sync_feeds": MINUTE,  # reads a calendar only when it is due
        "intake.sync_roster": tick,  # does nothing unless the roster is due
        "intake.release_dead_leases": MINUTE,
        "intake.dispatch_polls": tick,
        "intake.dispatch_drives": tick,
        "intake.pull_changes": tick,  # this and the next do nothing without a topic
        "intake.renew_watches": max(tick, MINUTE / 2),
        "intake.dispatch_chats": tick,  # does nothing unless Chat is switched on
        "intake.forget_chat_words": HOUR,
        "intake.list_old_mail": tick,  # does nothing unless a back-fill runs and nothing live waits
        "intake.read_activity": max(tick, MINUTE),
        "detection.score_pending": tick,
        "triage.group_findings": tick,
        "triage.propose_thresholds": HOUR,
        "tip_scores.score_messages": tick,
        "tips.send_replies": tick,
        "tips.forget_attempts": HOUR,
        "handovers.send_handovers": tick,
        "alerts.prepare_deliveries": tick,
        "alerts.send_due": tick,
        "insights.count_readings": HOUR,
        "insights.count_ahead": 10 * MINUTE,
        "jobs.run_waiting": min(tick, SOON),  # a person waits for it
        "job_scores.run_waiting": min(tick, SOON),
        "jobs.forget_old": HOUR,
        "alerts.check_receipts": MINUTE,
        "alerts.read_returns": 2 * MINUTE,  # does nothing unless a mailbox is configured
        "alerts.tell_staff": 10 * MINUTE,  # each trouble once a day
        "alerts.check_contacts": 7 * 24 * 60 * MINUTE,
    }
    return {
        task: {
            "task": task,
            "schedule": seconds,
            "options": {"queue": QUEUES[task.partition(".")[0]], "expires": max(seconds * 0.9, SHORTEST_EXPIRY)},
        }
        for task, seconds in every.items()
    }
