"""When concerns are told: the first one at once, those that follow it together, at the times of day that policy names.

A contact so gets at most one message more than there are times in a day, and the first sign of something never waits
for the next morning. Everything is by the clock of the contact, and quiet hours hold.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.alerts.duty import in_quiet_hours
from monitor.alerts.models import Channel, Contact, Delivery
from monitor.domain.severity import Severity

DAYS_AHEAD = 10  # longer than any stretch of quiet days: a week has seven


def digest_time(
    contact: Contact, channel: Channel | None, digest_at: Sequence[time], now: datetime, time_zone: str
) -> datetime | None:
    """When a concern that arises now is told to `contact` this way, together with others; None is at once."""
    if in_quiet_hours(contact, now, time_zone):
        return next_digest(contact, digest_at, now, time_zone)
    told = Delivery.objects.filter(
        contact=contact, channel=channel, severity__in=[Severity.LOW.value, Severity.CONCERN.value],
        created_at__gt=last_digest(digest_at, now, time_zone), created_at__lte=now,
    )  # fmt: skip
    return next_digest(contact, digest_at, now, time_zone) if told.exists() else None


def next_digest(contact: Contact, digest_at: Sequence[time], now: datetime, time_zone: str) -> datetime:
    """The first of the times of day after `now` that lies in no quiet time of `contact`; `now` where there is none."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    for number in range(DAYS_AHEAD):
        for at in digest_at:
            instant = datetime.combine(today + timedelta(days=number), at, zone)
            if instant > now and not in_quiet_hours(contact, instant, time_zone):
                return instant
    return now


def last_digest(digest_at: Sequence[time], now: datetime, time_zone: str) -> datetime:
    """The last of the times of day up to `now`."""
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    days = (today, today - timedelta(days=1))
    return max(instant for day in days for at in digest_at if (instant := datetime.combine(day, at, zone)) <= now)


def batch_key(contact: Contact, channel: Channel | None, instant: datetime) -> str:
    """What all deliveries of one digest share: one contact, one way, one moment."""
    return f"{contact.pk}.{int(instant.timestamp())}.{channel.pk if channel else 0}"
