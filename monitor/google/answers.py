"""Reading what Google says when it refuses: reasons, waiting time, whether the answer is Google's at all."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from monitor.lib import clock

LONGEST_WAIT_SECONDS = 86_400.0
"""No Retry-After is believed beyond a day: quotas are per day at most."""

# Gmail says when in the message text: "User-rate limit exceeded.  Retry after 2026-11-24T10:00:00.000Z".
_RETRY_AFTER_TEXT = re.compile(r"Retry after (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)")
_SECONDS_TEXT = re.compile(r"(\d{1,7}(?:\.\d{1,9})?)s")


def parse_object(body: bytes | str) -> dict[str, Any] | None:
    """The JSON object in `body`, None when there is none."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def api_error(body: bytes) -> dict[str, Any] | None:
    """The `error` object of an API's answer, None when the body is not one of Google's."""
    parsed = parse_object(body)
    error = parsed.get("error") if parsed else None
    return error if isinstance(error, dict) else None


def reasons(error: Mapping[str, Any]) -> tuple[str, ...]:
    """Every reason code in an API's error, most specific first: ErrorInfo, then `errors[]`, then the status word."""
    found = [str(detail["reason"]) for detail in _objects(error, "details") if detail.get("reason")]
    found += [str(entry["reason"]) for entry in _objects(error, "errors") if entry.get("reason")]
    if error.get("status"):
        found.append(str(error["status"]))
    return tuple(found)


def names_parameter(error: Mapping[str, Any], parameter: str) -> bool:
    """Whether Google blames the request parameter `parameter`."""
    return any(entry.get("location") == parameter for entry in _objects(error, "errors"))


def waiting_seconds(headers: Mapping[str, str], error: Mapping[str, Any] | None) -> float | None:
    """How long Google asks to wait, from the header, RetryInfo or Gmail's message; bounded; None when unsaid."""
    candidates = (_from_header(headers.get("retry-after", "")), _from_details(error or {}), _from_message(error or {}))
    found = next((seconds for seconds in candidates if seconds is not None), None)
    return None if found is None else min(max(found, 0.0), LONGEST_WAIT_SECONDS)


def _objects(error: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    listed = error.get(key)
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            yield entry


def _from_header(value: str) -> float | None:
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _seconds_until(at)


def _from_details(error: Mapping[str, Any]) -> float | None:
    for detail in _objects(error, "details"):
        match = _SECONDS_TEXT.fullmatch(str(detail.get("retryDelay", "")))
        if match:
            return float(match.group(1))
    return None


def _from_message(error: Mapping[str, Any]) -> float | None:
    match = _RETRY_AFTER_TEXT.search(str(error.get("message", "")))
    try:
        return _seconds_until(datetime.fromisoformat(match.group(1))) if match else None
    except ValueError:
        return None


def _seconds_until(at: datetime) -> float:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (aware - clock.now()).total_seconds()
