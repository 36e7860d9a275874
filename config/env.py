"""Typed readers of the environment. Only `config.settings` calls them; everything else reads settings."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from monitor.lib.files import write_once


class SettingError(Exception):
    """A setting has a value that cannot be used; the message names it and says what would be right."""


def text(name: str, default: str = "") -> str:
    """The variable `name`, or `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def number(name: str, default: int) -> int:
    """The variable `name` as a whole number."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        message = f"{name} must be a whole number, not {value!r}"
        raise SettingError(message) from None


def flag(name: str, *, default: bool = False) -> bool:
    """The variable `name` as yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    message = f"{name} must be one of 1/0, true/false, yes/no, on/off, not {value!r}"
    raise SettingError(message)


def choice(name: str, allowed: Sequence[str]) -> str:
    """The variable `name` as one of `allowed`, whose first is the default."""
    value = text(name, allowed[0])
    if value in allowed:
        return value
    message = f"{name} must be one of {', '.join(allowed)}, not {value!r}"
    raise SettingError(message)


def secret(name: str, default: str = "") -> str:
    """The variable `name`, or the contents of the file that `name`_FILE points at."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{name}_FILE points at {path}, which cannot be read: {error.strerror}"
        raise SettingError(message) from error


def kept_secret(name: str, path: Path) -> str:
    """The secret `name` from the environment, else from `path`, which is made (mode 600) when it is missing."""
    given = secret(name)
    if given:
        return given
    if not path.exists():
        write_once(path, secrets.token_urlsafe(48))
    return path.read_text(encoding="utf-8").strip()


def database(name: str, default_path: Path) -> dict[str, object]:
    """Django's description of the database at the URL in `name`, or of SQLite at `default_path`."""
    url = secret(name)
    if not url:
        return sqlite(default_path)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        message = f"{name} must begin with postgresql://, not {parts.scheme or 'what it begins with'}"
        raise SettingError(message)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": _port(name, parts),
        "OPTIONS": dict(parse_qsl(parts.query)),  # such as sslmode=require: libpq's own words
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def _port(name: str, parts: SplitResult) -> str:
    try:
        return str(parts.port or "")
    except ValueError:
        message = f"{name} has a port that is not a number from 0 to 65535"
        raise SettingError(message) from None


def sqlite(path: Path) -> dict[str, object]:
    """SQLite as several threads and processes can share it: write-ahead log, and writers that queue."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 30,
            # A transaction that reads and then writes fails at once when another writer came between;
            # taking the write lock at BEGIN makes it wait its turn instead.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
