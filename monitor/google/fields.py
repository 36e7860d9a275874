"""Taking values out of Google's JSON: each reader says which field was missing or odd instead of failing strangely."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.google.errors import PermanentError

_BASE64URL_TO_BASE64 = str.maketrans("-_", "+/", " \r\n\t")


def text(entry: Mapping[str, Any], name: str) -> str:
    """A field that Google always sends. Raises PermanentError (`unexpectedAnswer`)."""
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise _unexpected(name)
    return value


def entries(page: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; Google leaves an empty one out."""
    listed = page.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise _unexpected(name)
    return listed


def texts(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of words; Google leaves an empty one out."""
    listed = entry.get(name, [])
    if not isinstance(listed, list):
        raise _unexpected(name)
    return tuple(str(word) for word in listed)


def links(entry: Mapping[str, Any], name: str) -> dict[str, str]:
    """A map of words to addresses; empty where Google sends none."""
    given = entry.get(name, {})
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def number(entry: Mapping[str, Any], name: str) -> int:
    """A whole number, which Google writes as text when it has 64 bits."""
    try:
        return int(entry[name])
    except (KeyError, TypeError, ValueError):
        raise _unexpected(name) from None


def instant(entry: Mapping[str, Any], name: str) -> datetime:
    """An RFC 3339 instant, aware, in UTC."""
    try:
        parsed = datetime.fromisoformat(entry[name])
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _unexpected(name) from None


def instant_of_milliseconds(entry: Mapping[str, Any], name: str) -> datetime:
    """Milliseconds since 1970 as an aware instant in UTC."""
    try:
        return datetime.fromtimestamp(number(entry, name) / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        raise _unexpected(name) from None


def base64url(entry: Mapping[str, Any], name: str) -> bytes:
    """Bytes in base64url, with or without padding and line ends. Raises PermanentError (`badBase64`)."""
    value = entry.get(name)
    if not isinstance(value, str):
        raise _unexpected(name)
    plain = value.translate(_BASE64URL_TO_BASE64).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        message = f"field {name} is not base64"
        raise PermanentError(message, reason="badBase64") from None


def _unexpected(name: str) -> PermanentError:
    return PermanentError(f"Google's answer has no usable field {name}", reason="unexpectedAnswer")
