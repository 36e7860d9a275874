"""Google's limits, kept before Google has to: token buckets and a day's meter, shared by all workers by their rows.

A worker sets units aside in portions that grow while it is busy, so that a call rarely costs a statement; what it does
not use goes back. Nothing is ever spent that was not set aside, so the rows are an upper bound at every instant.
"""

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from monitor.google.errors import TransientError
from monitor.google.meter import ApiLimits, GoogleCall, Quota, load_quota
from monitor.intake.models import QuotaBucket, QuotaDay
from monitor.lib import clock

CALIFORNIA = ZoneInfo("America/Los_Angeles")
KEEP = timedelta(seconds=10)  # a portion that is older than this goes back
LARGEST_PORTION = 200  # of a minute's units, this part at most
FIRST_PORTION = 4  # calls' worth
SMALL = 5  # cheaper calls are not counted per account: a poll every few minutes cannot exceed a minute's limit
MOST_PORTIONS = 20_000  # accounts whose portions one process remembers
CLOSED = timedelta(hours=1)  # a day that Google closed is tried again after this: limits can be raised
TRIES = 20  # compare-and-set among many workers


class Purpose(StrEnum):
    """What a call is for; only live reading may use what lies above the soft stop."""

    LIVE = "live"
    SPARE = "spare"


class QuotaHeld(TransientError):
    """We ourselves hold a call back. An item or cursor waits; it does not count as a failed attempt."""


@dataclass(slots=True)
class _Portion:
    left: float
    size: float
    taken_at: datetime


@lru_cache(maxsize=4)
def _load(path: Path, _modified_ns: int) -> Quota:
    return load_quota(path)


def quota() -> Quota:
    """The quota file in force, read again when it changes. Raises QuotaFileError."""
    path = settings.HEED_QUOTA_FILE
    return _load(path, path.stat().st_mtime_ns)


def google_day(instant: datetime) -> date:
    """The day to which Google books a call at `instant`."""
    return instant.astimezone(CALIFORNIA).date()


class Allowance:
    """What this process has set aside. One for all threads; tests make their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._portions: dict[str, _Portion] = {}

    def spend(self, call: GoogleCall, account: str, purpose: Purpose = Purpose.LIVE) -> None:
        """Let `call` pass or raise QuotaHeld, with how long to wait. `account` is a reference, empty for none."""
        limits = quota().limits.get(call.api)
        if limits is None:
            return
        with self._lock:
            if limits.per_user_per_minute and (call.units >= SMALL or not account):
                self._take(f"{call.api}:{account}", call, limits.per_user_per_minute)
            if limits.per_minute or limits.per_day:
                self._take_of_project(call, limits, purpose)

    def give_back(self) -> None:
        """Return every portion that is not used up, for example when the process ends."""
        with self._lock:
            for key, portion in list(self._portions.items()):
                self._return(key, portion)
            self._portions.clear()

    def forget(self) -> None:
        """Drop what was set aside without returning it: the rows are other ones now."""
        self._portions.clear()

    def _take_of_project(self, call: GoogleCall, limits: ApiLimits, purpose: Purpose) -> None:
        if purpose is Purpose.SPARE and limits.per_day:
            _check_day(call, limits.per_day * quota().soft_stop)
        self._take(call.api, call, limits.per_minute, limits.per_day)

    def _take(self, key: str, call: GoogleCall, per_minute: int | None, per_day: int | None = None) -> None:
        now, portion = clock.now(), self._portions.get(key)
        if portion is not None and not timedelta(0) <= now - portion.taken_at < KEEP:
            self._return(key, portion)
            portion = None
        if portion is None or portion.left < call.units:
            size = self._next_size(portion, call, per_minute or per_day or 0)
            if per_day:
                _book_day(call, size, per_day * quota().hard_stop)
            if per_minute:
                _draw(key, size, per_minute, call)
            if len(self._portions) >= MOST_PORTIONS:
                self._portions.clear()
            portion = self._portions[key] = _Portion((portion.left if portion else 0) + size, size, now)
        portion.left -= call.units

    @staticmethod
    def _next_size(portion: _Portion | None, call: GoogleCall, capacity: int) -> float:
        wanted = portion.size * 2 if portion else call.units * FIRST_PORTION
        return float(max(call.units, min(wanted, capacity // LARGEST_PORTION)))

    def _return(self, key: str, portion: _Portion) -> None:
        self._portions.pop(key, None)
        if portion.left > 0:
            QuotaBucket.objects.filter(key=key).update(level=F("level") + portion.left)
            day = google_day(portion.taken_at)
            left = int(portion.left)
            QuotaDay.objects.filter(day=day, api=key, units__gte=left).update(units=F("units") - left)


ALLOWANCE = Allowance()


def note_refusal(call: GoogleCall, account: str, reason: str) -> None:
    """Google itself refused for quota: hold every worker back, for the account, the project or the day."""
    now = clock.now()
    if reason in {"dailyLimitExceeded", "dailyLimitExceededUnreg"}:
        row, _ = QuotaDay.objects.get_or_create(day=google_day(now), api=call.api)
        QuotaDay.objects.filter(pk=row.pk).update(closed_until=now + CLOSED)
    elif reason in {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}:
        key = f"{call.api}:{account}" if reason == "userRateLimitExceeded" else call.api
        QuotaBucket.objects.filter(key=key).update(level=0.0, filled_at=now)


def stand() -> list[dict[str, object]]:
    """Where each API with a daily limit stands on Google's present day: units, limit, share and which stop holds."""
    figures, shares = quota(), {}
    rows = {row.api: row for row in QuotaDay.objects.filter(day=google_day(clock.now()))}
    for api, limits in figures.limits.items():
        row = rows.get(api)
        if limits.per_day:
            units = row.units if row else 0
            closed = (
                bool(row and row.closed_until and row.closed_until > clock.now())
                or units >= limits.per_day * figures.hard_stop
            )
            stop = "hard" if closed else "soft" if units >= limits.per_day * figures.soft_stop else ""
            shares[api] = {"api": api, "units": units, "limit": limits.per_day, "share": units / limits.per_day}
            shares[api] |= {"stop": stop, "held_back": row.held_back if row else 0}
    return list(shares.values())


def is_spare_free(api: str) -> bool:
    """Whether work that can wait (back-fill, safety sweeps) may use `api` today."""
    return all(row["api"] != api or not row["stop"] for row in stand())


def _check_day(call: GoogleCall, ceiling: float) -> None:
    day = google_day(clock.now())
    if QuotaDay.objects.filter(day=day, api=call.api, units__gte=ceiling).exists():
        _hold_day(call, day)


def _book_day(call: GoogleCall, size: float, ceiling: float) -> None:
    day = google_day(clock.now())
    open_now = Q(closed_until=None) | Q(closed_until__lte=clock.now())
    rows = QuotaDay.objects.filter(open_now, day=day, api=call.api, units__lte=int(ceiling - size))
    if rows.update(units=F("units") + int(size)) == 1:
        return
    QuotaDay.objects.get_or_create(day=day, api=call.api)
    if rows.update(units=F("units") + int(size)) != 1:
        _hold_day(call, day)


def _hold_day(call: GoogleCall, day: date) -> None:
    QuotaDay.objects.filter(day=day, api=call.api).update(held_back=F("held_back") + 1)
    now = clock.now()
    closed = QuotaDay.objects.filter(day=day, api=call.api, closed_until__gt=now).values_list("closed_until", flat=True)
    until = closed.first() or datetime.combine(day + timedelta(days=1), datetime.min.time(), CALIFORNIA)
    seconds = (until - now).total_seconds()
    message = f"{call.method}: the day's share of {call.api} units is used up (config/quota.toml)"
    raise QuotaHeld(message, reason="dailyLimitExceeded", retry_after_seconds=seconds)


def _draw(key: str, size: float, per_minute: int, call: GoogleCall) -> None:
    """Take `size` units out of a bucket that holds a minute's units and fills evenly, by compare-and-set."""
    for _ in range(TRIES):
        now = clock.now()
        row = QuotaBucket.objects.filter(key=key).first()
        if row is None:
            QuotaBucket.objects.get_or_create(key=key, defaults={"level": float(per_minute), "filled_at": now})
            continue
        passed = max(0.0, (now - row.filled_at).total_seconds())
        level = min(float(per_minute), row.level + passed * per_minute / 60)
        if level < size:
            _give_day_back(key, size)
            message = f"{call.method}: {key.partition(':')[0]} units of this minute are used up"
            raise QuotaHeld(message, reason="rateHeld", retry_after_seconds=(size - level) * 60 / per_minute)
        same = QuotaBucket.objects.filter(pk=row.pk, level=row.level, filled_at=row.filled_at)
        if same.update(level=level - size, filled_at=max(now, row.filled_at)) == 1:
            return
    _give_day_back(key, size)
    message = f"{call.method}: too many workers at one bucket"
    raise QuotaHeld(message, reason="rateHeld", retry_after_seconds=1.0)


def _give_day_back(key: str, size: float) -> None:
    rows = QuotaDay.objects.filter(day=google_day(clock.now()), api=key)
    rows.update(units=Greatest(F("units") - int(size), Value(0)))
