"""Injected trouble: which calls fail, how, how often.

A rule is a mapping with `kind` and any of: `match` or `method` (regular expression searched in the method id and in
the path; "token" is the token endpoint; default: every call), `subject` or `user` (only this address), `org_unit`
(only people in it or below), `count` (so many times, default without end), `probability` or `rate` (0 to 1, default
1), `seconds` (of `slow`, `timeout` and `Retry-After`), and for kind "status": `status`, `reason`, `message`.

The dice are thrown by seed, rule, method and subject, so that threads which overtake one another do not change them.
"""

import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.simulator.errors import MODERN, GoogleError
from monitor.simulator.people import Person

_QUOTA = "usageLimits"
_ERRORS: dict[str, tuple[int, str, str, str]] = {
    "rateLimitExceeded": (403, "Rate Limit Exceeded", "rateLimitExceeded", _QUOTA),
    "userRateLimitExceeded": (403, "User Rate Limit Exceeded", "userRateLimitExceeded", _QUOTA),
    "dailyLimitExceeded": (403, "Daily Limit Exceeded", "dailyLimitExceeded", _QUOTA),
    "429": (429, "Too many requests. Retry after a while.", "rateLimitExceeded", _QUOTA),
    "500": (500, "Backend Error", "backendError", "global"),
    "503": (503, "The service is currently unavailable.", "backendError", "global"),
    "revoked": (401, "Request had invalid authentication credentials.", "authError", "global"),
}
# How newer APIs refuse for quota, always with 429.
_MODERN_QUOTA: list[dict[str, Any]] = [
    {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
    }
]
# Which methods these can strike, whatever else the rule says; elsewhere they would mean nothing.
_ONLY = {
    "expired": re.compile(r"gmail\.users\.history\.list|drive\.changes\.list"),
    "skew": re.compile("token"),
    "duplicate": re.compile(r"\.list$"),
    "shuffle": re.compile(r"\.list$"),
}
BROKEN = ("truncated", "not_json", "wrong_json", "reset_body")
"""Kinds that answer, but so that nobody can read it."""
TRANSPORT = ("reset", "timeout", "slow", *BROKEN)
DISTORTING = ("duplicate", "shuffle")
KINDS = (*_ERRORS, *TRANSPORT, *DISTORTING, "expired", "skew", "status")
_ALIASES = {"method": "match", "user": "subject", "rate": "probability"}
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
    number: int = 0

    def concerns(self, method_id: str, path: str, subject: Person) -> bool:
        """Whether the rule is for this call."""
        unit, below = subject.org_unit, self.org_unit.rstrip("/") + "/"
        if self.subject not in ("", subject.email) or (self.org_unit and not f"{unit}/".startswith(below)):
            return False
        if self.kind in _ONLY and not _ONLY[self.kind].search(method_id):
            return False
        return bool(self.match.search(method_id) or self.match.search(path))

    def as_error(self, method_id: str = "") -> GoogleError:
        """The refusal of a rule that is not one of the transport."""
        if self.kind == "expired" and method_id.startswith("drive"):
            return GoogleError(400, "Invalid Value", "invalid", location="pageToken")
        if self.kind == "expired":
            return GoogleError(404, "Requested entity was not found.", "notFound")
        code, message, reason, domain = self.error or _ERRORS["500"]
        retry = max(1, round(self.seconds)) if code == 429 else None
        if domain == _QUOTA and method_id.partition(".")[0] in MODERN:
            return GoogleError(429, message, reason, details=_MODERN_QUOTA, retry_after=retry)
        return GoogleError(code, message, reason, domain=domain, retry_after=retry)


class Faults:
    """The rules in force; the dice are the seed's, so that one run is like the next."""

    def __init__(self, seed: int) -> None:
        self.rules: list[Rule] = []
        self.struck: Counter[str] = Counter()
        self._seed = seed
        self._thrown: Counter[tuple[int, str, str]] = Counter()

    def add(self, raw_rules: list[dict[str, Any]]) -> None:
        """Adds rules; `ValueError` says which is wrong and why, and then none was added."""
        fresh = [_rule(raw) for raw in raw_rules]
        if len(self.rules) + len(fresh) > _MOST_RULES:
            message = f"at most {_MOST_RULES} rules; clear some first"
            raise ValueError(message)
        for rule in fresh:
            rule.number = len(self.rules)
            self.rules.append(rule)

    def clear(self) -> None:
        """Ends all trouble."""
        self.rules.clear()
        self._thrown.clear()

    def strike(self, method_id: str, path: str, subject: Person) -> Rule | None:
        """The first rule that hits this call; its count goes down."""
        for rule in self.rules:
            if rule.left == 0 or not rule.concerns(method_id, path, subject):
                continue
            if rule.probability < 1 and self._dice(rule, method_id, subject.email) >= rule.probability:
                continue
            if rule.left is not None:
                rule.left -= 1
            self.struck[rule.kind] += 1
            return rule
        return None

    def distort(self, rule: Rule, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer with its records twice (`duplicate`) or out of order (`shuffle`)."""
        dice = random.Random(f"distort:{self._seed}:{self.struck[rule.kind]}")  # noqa: S311 - dice of a simulator
        changed = {}
        for name, value in answer.items():
            records = value
            if isinstance(value, list) and rule.kind == "duplicate":
                records = [record for record in value for _ in range(2)]
            elif isinstance(value, list):
                records = dice.sample(value, len(value))
            changed[name] = records
        return changed

    def _dice(self, rule: Rule, method_id: str, email: str) -> float:
        key = (rule.number, method_id, email)
        self._thrown[key] += 1
        return random.Random(f"faults:{self._seed}:{key}:{self._thrown[key]}").random()  # noqa: S311 - as above


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


def _rule(given: dict[str, Any]) -> Rule:
    raw = {_ALIASES.get(name, name): value for name, value in given.items()}
    if set(raw) - _FIELDS or str(raw.get("kind")) not in KINDS:
        fields = ", ".join(sorted(_FIELDS | set(_ALIASES)))
        message = f"fault {given!r}: kind must be one of {', '.join(KINDS)}; other fields {fields}"
        raise ValueError(message)
    try:
        return _typed_rule(raw)
    except (ValueError, TypeError, KeyError, re.error) as error:
        message = f"fault {given!r}: {error}"
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
