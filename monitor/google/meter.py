"""Counting what Heed asks of Google: who, what, for how many quota units, and whether it reads content.

Every HTTP attempt is one `before` and one `after`. A meter that raises in `before` stops the call before anything is
sent, a token request included: that is how a break is kept.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

CONTENT_METHODS = frozenset(
    {
        "gmail.users.messages.get",
        "gmail.users.messages.attachments.get",
        "drive.files.get_media",
        "drive.files.export",
        "drive.revisions.get_media",
        "drive.comments.list",
        "chat.spaces.messages.list",
        "chat.spaces.messages.get",
        "chat.media.download",
    }
)
"""Calls that return what a student wrote or received. `drive.files.get_media` is `drive.files.get` with `alt=media`,
which Google prices differently but gives the same id."""


@dataclass(frozen=True, slots=True)
class GoogleCall:
    """One HTTP attempt: `method` is the discovery id, `target` a message or file id or empty, `units` its price."""

    api: str
    method: str
    subject: str
    units: int
    is_content: bool
    target: str = ""


class Meter(Protocol):
    """Sees every attempt."""

    def before(self, call: GoogleCall) -> None:
        """Just before the attempt. May raise to refuse it: the exception reaches the caller untouched."""

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Just after it: `ok`, the error's `reason`, or `interrupted` when something else ended it."""


class NullMeter:
    """Counts nothing and refuses nothing."""

    def before(self, call: GoogleCall) -> None:
        """Nothing."""

    def after(self, call: GoogleCall, outcome: str) -> None:
        """Nothing."""


class QuotaFileError(ValueError):
    """The quota file cannot be used; the message says where and what to do."""


class UnknownPrice(LookupError):
    """A method without a price was about to be called."""

    def __init__(self, method: str) -> None:
        super().__init__(f"no price for {method}: add it to [prices] in config/quota.toml, in Google's quota units")
        self.method = method


class UnitPrices:
    """Quota units per method id."""

    def __init__(self, prices: Mapping[str, int]) -> None:
        for method, units in prices.items():
            if isinstance(units, bool) or not isinstance(units, int) or units < 0:
                message = f"price of {method} must be a whole number of units, 0 or more, not {units!r}"
                raise QuotaFileError(message)
        self._prices = dict(prices)

    def units(self, method: str) -> int:
        """The price of one call. Raises UnknownPrice."""
        try:
            return self._prices[method]
        except KeyError:
            raise UnknownPrice(method) from None

    @classmethod
    def load(cls, path: Path) -> "UnitPrices":
        """The [prices] of a quota file. Raises QuotaFileError."""
        return load_quota(path).prices


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Quota units that one API allows a project; None where Google sets no such limit."""

    per_day: int | None = None
    per_minute: int | None = None
    per_user_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota file: prices by method, limits by API (`gmail`, `drive`, …), and the stops as shares of a day's units."""

    prices: UnitPrices
    limits: Mapping[str, ApiLimits] = field(default_factory=dict)
    soft_stop: float = 0.7
    hard_stop: float = 0.95


def load_quota(path: Path) -> Quota:
    """Read a quota file (TOML with [prices] and [limits.<api>]). Raises QuotaFileError with file and remedy."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); restore it or correct the path"
        raise QuotaFileError(message) from error
    except ValueError as error:
        message = f"{path}: not valid TOML: {error}"
        raise QuotaFileError(message) from error
    try:
        limits = {api: _limits(api, entry) for api, entry in _table(document, "limits").items()}
        soft, hard = _stops(document.get("stops", {}))
        return Quota(UnitPrices(_table(document, "prices")), limits, soft, hard)
    except QuotaFileError as error:
        message = f"{path}: {error}"
        raise QuotaFileError(message) from error


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    table = document.get(name)
    if not isinstance(table, dict) or not table:
        message = f"section [{name}] is missing or empty; see the shipped config/quota.toml"
        raise QuotaFileError(message)
    return table


def _stops(entry: object) -> tuple[float, float]:
    shares = {"soft": 0.7, "hard": 0.95}
    if isinstance(entry, dict) and set(entry) <= set(shares):
        shares |= entry
    if (
        not all(isinstance(share, int | float) for share in shares.values())
        or not 0 < shares["soft"] <= shares["hard"] <= 1
    ):
        message = (
            f"[stops] takes soft and hard, shares above 0 and up to 1 with soft no larger than hard, not {entry!r}"
        )
        raise QuotaFileError(message)
    return float(shares["soft"]), float(shares["hard"])


def _limits(api: str, entry: object) -> ApiLimits:
    known = set(ApiLimits.__slots__)
    if not isinstance(entry, dict) or not set(entry) <= known:
        message = f"[limits.{api}] takes {', '.join(sorted(known))} only"
        raise QuotaFileError(message)
    for name, units in entry.items():
        if isinstance(units, bool) or not isinstance(units, int) or units <= 0:
            message = f"[limits.{api}] {name} must be a whole number above 0, not {units!r}"
            raise QuotaFileError(message)
    return ApiLimits(**entry)
