"""Injected trouble: which calls fail, how, how often.

A rule is a mapping with `kind` and any of: `match` (regular expression searched in the method id and in the path;
"token" is the token endpoint; default: every call), `subject` (only this address), `count` (so many times, default
without end), `probability` (0 to 1, default 1), `seconds` (of `slow` and of `Retry-After`), and for kind "status":
`status`, `reason`, `message`.
"""

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.simulator.errors import GoogleError
from monitor.simulator.people import Person

_QUOTA = "usageLimits"
_ERRORS: dict[str, tuple[int, str, str, str]] = {
    "rateLimitExceeded": (403, "Rate Limit Exceeded", "rateLimitExceeded", _QUOTA),
    "userRateLimitExceeded": (403, "User Rate Limit Exceeded", "userRateLimitExceeded", _QUOTA),
    "dailyLimitExceeded": (403, "Daily Limit Exceeded", "dailyLimitExceeded", _QUOTA),
    "429": (429, "Too many requests. Retry after a while.", "rateLimitExceeded", _QUOTA),
    "500": (500, "Backend Error", "backendError", "global"),
    "503": (503, "The service is currently unavailable.", "backendError", "global"),
}
TRANSPORT = ("reset", "slow", "truncated")
KINDS = (*_ERRORS, *TRANSPORT, "status")
_MOST_RULES = 1_000
_FIELDS = {"kind", "match", "subject", "count", "probability", "seconds", "status", "reason", "message", "org_unit"}


@dataclass(slots=True)
class Rule:
    """One kind of trouble; `left` is how many times it may still strike, None without end."""

    kind: str
    match: re.Pattern[str]
    subject: str
    left: int | None
    probability: float
    seconds: float
    error: tuple[int, str, str, str] | None
    org_unit: str = ""

    def concerns(self, subject: Person) -> bool:
        """Whether the rule is for calls of this person."""
        unit, below = subject.org_unit, self.org_unit.rstrip("/") + "/"
        return self.subject in ("", subject.email) and (not self.org_unit or f"{unit}/".startswith(below))

    def as_error(self) -> GoogleError:
        """The refusal of a rule that is not one of the transport."""
        code, message, reason, domain = self.error or _ERRORS["500"]
        retry = max(1, round(self.seconds)) if code == 429 else None
        return GoogleError(code, message, reason, domain=domain, retry_after=retry)


class Faults:
    """The rules in force; the dice are the seed's, so that one run is like the next."""

    def __init__(self, seed: int) -> None:
        self.rules: list[Rule] = []
        self._rng = random.Random(f"faults:{seed}")  # noqa: S311 - dice of a simulator

    def add(self, raw_rules: list[dict[str, Any]]) -> None:
        """Adds rules; `ValueError` says which is wrong and why, and then none was added."""
        fresh = [_rule(raw) for raw in raw_rules]
        if len(self.rules) + len(fresh) > _MOST_RULES:
            message = f"at most {_MOST_RULES} rules; clear some first"
            raise ValueError(message)
        self.rules += fresh

    def strike(self, method_id: str, path: str, subject: Person) -> Rule | None:
        """The first rule that hits this call; its count goes down."""
        for rule in self.rules:
            if rule.left == 0 or not rule.concerns(subject):
                continue
            if not (rule.match.search(method_id) or rule.match.search(path)):
                continue
            if rule.probability < 1 and self._rng.random() >= rule.probability:
                continue
            if rule.left is not None:
                rule.left -= 1
            return rule
        return None


def read_spec(text: str) -> list[dict[str, Any]]:
    """Rules from `--faults`: a JSON file's path, a JSON list, or `kind=503,match=gmail,count=3;kind=slow,seconds=2`."""
    if text.lstrip().startswith("["):
        return _as_list(json.loads(text))
    if text.endswith(".json"):
        return _as_list(json.loads(Path(text).read_text(encoding="utf-8")))
    rules = []
    for chunk in filter(None, (part.strip() for part in text.split(";"))):
        pairs = [pair.partition("=") for pair in chunk.split(",")]
        if not all(separator for _, separator, _ in pairs):
            message = f"fault {chunk!r}: write name=value pairs, e.g. kind=503,match=gmail.users.messages.get,count=3"
            raise ValueError(message)
        rules.append({name.strip(): value.strip() for name, _, value in pairs})
    return rules


def _as_list(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
        message = "faults: a JSON list of objects is needed"
        raise ValueError(message)
    return value


def _rule(raw: dict[str, Any]) -> Rule:
    unknown = set(raw) - _FIELDS
    if unknown or str(raw.get("kind")) not in KINDS:
        message = f"fault {raw!r}: kind must be one of {', '.join(KINDS)}; other fields {', '.join(sorted(_FIELDS))}"
        raise ValueError(message)
    try:
        return _typed_rule(raw)
    except (ValueError, TypeError, re.error) as error:
        message = f"fault {raw!r}: {error}"
        raise ValueError(message) from error


def _typed_rule(raw: dict[str, Any]) -> Rule:
    kind = str(raw["kind"])
    error = _ERRORS.get(kind)
    if kind == "status":
        reason = str(raw.get("reason", "backendError"))
        error = (int(raw["status"]), str(raw.get("message", reason)), reason, "global")
    return Rule(
        kind=kind,
        match=re.compile(str(raw.get("match", ""))),
        subject=str(raw.get("subject", "")),
        left=int(raw["count"]) if raw.get("count") is not None else None,
        probability=float(raw.get("probability", 1)),
        seconds=min(float(raw.get("seconds", 1)), 60.0),
        error=error,
        org_unit=str(raw.get("org_unit", "")),
    )
