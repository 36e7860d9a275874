"""What calls cost and how much of it is allowed, by the rules of May 2026 or by the older ones, in Google's words.

A minute is a minute of the simulator's clock; a day is a day in Los Angeles, where Google's quotas are reset.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.simulator.discovery import Method
from monitor.simulator.errors import GoogleError

MODES = ("off", "2026", "2025")
MOST_USERS = 200_000
_PACIFIC = ZoneInfo("America/Los_Angeles")
_PROJECT = "100000000042"
_DOMAIN = "usageLimits"

_GMAIL_2025 = {
    "getProfile": 1,
    "labels.get": 1,
    "labels.list": 1,
    "history.list": 2,
    "messages.list": 5,
    "messages.get": 5,
    "messages.attachments.get": 5,
    "drafts.list": 5,
    "drafts.get": 5,
    "threads.list": 10,
    "threads.get": 10,
    "watch": 100,
    "stop": 50,
}
_GMAIL_2026 = _GMAIL_2025 | {
    "messages.get": 20,
    "messages.attachments.get": 20,
    "drafts.get": 20,
    "threads.get": 40,
}
_DRIVE_CONTENT = ("drive.files.export", "drive.links.export")

Limits = dict[str, int]
LIMITS: dict[str, dict[str, Limits]] = {
    "2026": {
        "gmail": {"per_day": 80_000_000, "per_minute": 1_200_000, "per_user": 6_000},
        "drive": {"per_day": 400_000_000, "per_minute": 1_000_000, "per_user": 325_000},
        "directory": {"per_user": 2_400},
        "reports": {"per_user": 2_400, "filter_per_minute": 250},
        "chat": {"per_minute": 3_000},
    },
    "2025": {
        "gmail": {"per_minute": 1_200_000, "per_user": 15_000},
        "drive": {"per_minute": 12_000, "per_user": 12_000},
        "directory": {"per_user": 2_400},
        "reports": {"per_user": 2_400, "filter_per_minute": 250},
        "chat": {"per_minute": 3_000},
    },
}
_NAMES = {
    "per_day": ("Queries per day", "defaultPerDayPerProject"),
    "per_minute": ("Queries per minute", "defaultPerMinutePerProject"),
    "per_user": ("Queries per minute per user", "defaultPerMinutePerUser"),
}


def price(method: Method, media: bool, mode: str) -> int:
    """The units of one call; requests where Google counts requests. `media` is a download of content."""
    if method.api == "gmail":
        prices = _GMAIL_2025 if mode == "2025" else _GMAIL_2026
        return prices.get(method.id.removeprefix("gmail.users."), 5)
    if method.api == "drive" and mode != "2025":
        if media or method.id in _DRIVE_CONTENT:
            return 200
        return 100 if method.id.endswith(".list") else 5
    return 1


@dataclass
class Usage:
    """What was spent so far. Bounded: totals by method and day, and by user for the newest 200,000 of them."""

    methods: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)

    def add(self, method: Method, subject: str, units: int, now: datetime) -> None:
        """Enters one call that was let through."""
        self.calls[method.id] += 1
        self.methods[method.id] += units
        self.days[f"{now.astimezone(_PACIFIC).date()} {method.api}"] += units
        if subject in self.users or len(self.users) < MOST_USERS:
            self.users[subject] += units

    def as_answer(self, subject: str) -> dict[str, Any]:
        """The totals as JSON; with `subject` that person's units too."""
        answer: dict[str, Any] = {
            "methods": {
                name: {"calls": self.calls[name], "units": self.methods[name], "refused": self.refused[name]}
                for name in sorted({*self.calls, *self.refused})
            },
            "days": dict(self.days),
            "units": sum(self.methods.values()),
        }
        return answer | ({"subject_units": self.users[subject]} if subject else {})


class Quota:
    """Counts every call; refuses those above the limits of the mode, unless it is off."""

    def __init__(self, seed: int, mode: str = "off") -> None:
        self.usage = Usage()
        self._rng = random.Random(f"quota:{seed}")  # noqa: S311 - which of Google's two wordings comes
        self.set_mode(mode)

    def set_mode(self, mode: str, changed: dict[str, Limits] | None = None) -> None:
        """Takes the limits of `mode`, with `changed` ones; `ValueError` for a mode or limit that does not exist."""
        if mode not in MODES:
            message = f"quota {mode!r}: choose one of {', '.join(MODES)}"
            raise ValueError(message)
        self.mode = mode
        self.limits = {api: dict(limits) for api, limits in LIMITS.get(mode, {}).items()}
        for api, limits in (changed or {}).items():
            wrong = [name for name, value in limits.items() if name not in _KNOWN or not isinstance(value, int)]
            if api not in LIMITS["2026"] or wrong:
                message = f"quota limits of {api!r}: the limits are {', '.join(_KNOWN)}, whole numbers"
                raise ValueError(message)
            self.limits.setdefault(api, {}).update(limits)
        self._spent: Counter[tuple[str, str, str]] = Counter()
        self._minute = ""

    def charge(self, method: Method, subject: str, query: dict[str, str], now: datetime) -> int:
        """The units of a call that is let through; raises `GoogleError` as Google refuses one too many."""
        units = price(method, query.get("alt") == "media", self.mode)
        minute = now.strftime("%Y-%m-%dT%H:%M")
        if minute != self._minute:
            # Minutes that are over need no counters; days do.
            self._spent = Counter({key: value for key, value in self._spent.items() if key[0] == "per_day"})
            self._minute = minute
        due = self._due(method, subject, query, units, now)
        for key, amount in due:
            limit = self.limits[method.api][key[0]]
            if self._spent[key] + amount > limit:
                self.usage.refused[method.id] += 1
                raise self._refusal(method.api, key[0], limit, now)
        for key, amount in due:
            self._spent[key] += amount
        self.usage.add(method, subject, units, now)
        return units

    def _due(
        self, method: Method, subject: str, query: dict[str, str], units: int, now: datetime
    ) -> list[tuple[tuple[str, str, str], int]]:
        """What the call takes from which counter: (limit, API, whose) and the amount."""
        api, limits = method.api, self.limits.get(method.api, {})
        due: list[tuple[tuple[str, str, str], int]] = []
        if "per_user" in limits:
            due.append((("per_user", api, subject), units))
        if "per_minute" in limits and (api != "chat" or ".messages." in method.id):
            due.append((("per_minute", api, ""), units))
        if "per_day" in limits:
            due.append((("per_day", api, str(now.astimezone(_PACIFIC).date())), units))
        if "filter_per_minute" in limits and (query.get("filters") or query.get("eventName")):
            due.append((("filter_per_minute", api, ""), 1))
        return due

    def _refusal(self, api: str, name: str, limit: int, now: datetime) -> GoogleError:
        if api == "reports":
            return GoogleError(503, "The service is currently unavailable.", "backendError")
        if api == "directory":
            message = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'."
            return GoogleError(403, message, "userRateLimitExceeded", domain=_DOMAIN)
        if name == "per_day":
            return GoogleError(403, "Daily Limit Exceeded", "dailyLimitExceeded", domain=_DOMAIN)
        if api == "chat":
            message = "Quota exceeded for quota metric 'Message reads' and limit 'Message reads per minute'."
            return GoogleError(429, message, "rateLimitExceeded", details=_details(api, name, limit))
        # Google answers the same excess now in one way, now in the other.
        if name == "per_user" and self._rng.random() < 0.5:
            end = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
            message = f"User-rate limit exceeded.  Retry after {end.strftime('%Y-%m-%dT%H:%M:%S.000Z')}"
            reason = "rateLimitExceeded" if api == "gmail" else "userRateLimitExceeded"
            return GoogleError(429, message, reason, domain=_DOMAIN, front_door=True)
        message = (
            f"Quota exceeded for quota metric 'Queries' and limit '{_NAMES[name][0]}' of service "
            f"'{api}.googleapis.com' for consumer 'project_number:{_PROJECT}'."
        )
        details = _details(api, name, limit)
        return GoogleError(403, message, "rateLimitExceeded", domain=_DOMAIN, details=details, front_door=True)


_KNOWN = (*_NAMES, "filter_per_minute")


def _details(api: str, name: str, limit: int) -> list[dict[str, Any]]:
    return [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "service": f"{api}.googleapis.com",
                "consumer": f"projects/{_PROJECT}",
                "quota_metric": f"{api}.googleapis.com/default",
                "quota_limit": _NAMES[name][1],
                "quota_limit_value": str(limit),
                "quota_location": "global",
            },
        },
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [
                {
                    "description": "Request a higher quota limit.",
                    "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                }
            ],
        },
    ]
