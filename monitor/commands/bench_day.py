"""A school day computed from measured costs: what a district of any size asks of Google, and of its own machine."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from monitor.google.meter import Quota

SIZES = (1_000, 5_000, 22_000, 50_000)
AWAKE_HOURS = 14  # of a day in which accounts are polled at all
BUSY_SHARE = 0.3  # of the accounts that have news in an hour, and so are polled at the shortest interval
MAIL_A_DAY, EDITS_A_DAY, LINES_A_DAY = 50, 5, 10  # per student; mail and edits as in the sizing of the design
BUSIEST = 3  # a minute after a bell has so many times the traffic of another


def day_of(students: int, figures: Mapping[str, Mapping[str, float]], quota: Quota) -> dict[str, Any]:
    """Units, requests and processor hours of one day, and the shares of Google's limits.

    Accounts are polled by how busy they are; Drive and Chat are swept once for each interval of a sweep. Each edit
    counts as one that nothing else was read with.
    """
    seconds = AWAKE_HOURS * 3600
    busy = BUSY_SHARE + (1 - BUSY_SHARE) / settings.HEED_IDLE_POLL_FACTOR
    polls = seconds / settings.HEED_GMAIL_POLL_SECONDS * busy
    drive_sweeps = max(1.0, seconds / settings.HEED_DRIVE_SWEEP_SECONDS)
    changes = quota.prices.units("drive.changes.list")
    chat_sweeps = seconds / settings.HEED_CHAT_SWEEP_SECONDS
    idle, message, document, chat = (figures[name] for name in ("idle", "message", "document", "chat"))
    gmail = students * (polls * idle["units"] / 1000 + MAIL_A_DAY * message["units"])
    drive = students * (EDITS_A_DAY * (document["units"] + changes) + drive_sweeps * changes)
    reads = students * (LINES_A_DAY * chat["requests"] + chat_sweeps)
    spent = polls * idle["cpu_ms"] / 1000
    spent += MAIL_A_DAY * message["cpu_ms"] + EDITS_A_DAY * document["cpu_ms"] + LINES_A_DAY * chat["cpu_ms"]
    limits = {api: quota.limits[api].per_day or 1 for api in ("gmail", "drive")}
    a_minute = quota.limits["chat"].per_minute or 1
    return {
        "gmail_units": round(gmail),
        "gmail_units_per_student": round(gmail / students, 1),
        "gmail_share": round(gmail / limits["gmail"], 4),
        "drive_units": round(drive),
        "drive_units_per_student": round(drive / students, 1),
        "drive_share": round(drive / limits["drive"], 4),
        "chat_requests": round(reads),
        "chat_share_of_a_minute": round(reads / AWAKE_HOURS / 60 / a_minute, 4),
        "chat_share_of_the_busiest": round(BUSIEST * reads / AWAKE_HOURS / 60 / a_minute, 4),
        "cpu_hours_without_classifier": round(students * spent / 3_600_000, 2),
    }
