"""When a school district writes: bells, lunch, homework hours, quiet nights and weekends."""

import functools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
SLOT = timedelta(minutes=5)
_BELLS = ("08:00", "08:55", "09:50", "10:45", "11:40", "12:20", "13:15", "14:10", "15:05")
_LUNCH = ("11:40", "12:20")
_WEEKEND_SHARE = 0.08
# Hours of a school day with how busy they are, before the bells.
_HOURS = (
    (0, 0.004),
    (6, 0.05),
    (7, 0.35),
    (8, 1.0),
    (15, 0.6),
    (16, 0.4),
    (18, 0.55),
    (21, 0.25),
    (22, 0.06),
    (23, 0.01),
)


def share(start: datetime) -> float:
    """Which part of a whole school day's traffic falls into the slot that begins at `start`.

    The slots of a school day add up to 1, those of a Saturday or Sunday to 0.08.
    """
    local = start.astimezone(ZONE)
    slot = (local.hour * 60 + local.minute) // 5
    weights = _weights()
    part = weights[slot] / sum(weights)
    if local.weekday() < 5:
        return part
    # On weekends there are no bells: the same few from ten in the morning to ten at night.
    return _WEEKEND_SHARE / 144 if 10 <= local.hour < 22 else 0.0


@functools.cache
def _weights() -> tuple[float, ...]:
    bells = {_slot(bell) for bell in _BELLS}
    first, last = (_slot(moment) for moment in _LUNCH)
    weights = []
    for slot in range(288):
        weight = next(level for hour, level in reversed(_HOURS) if slot >= hour * 12)
        weight *= 3.0 if slot in bells else 1.0
        weights.append(weight * (1.6 if first <= slot < last else 1.0))
    return tuple(weights)


def _slot(moment: str) -> int:
    hour, minute = moment.split(":")
    return (int(hour) * 60 + int(minute)) // 5
