"""What can go wrong with Google, in the four kinds that a caller acts upon.

*Transient*: try later, nothing is decided. *Permanent*: this call will never work; park the item. *Cursor expired*:
start again from a full list. *Access lost*: a person has to grant something; the remedy says what.

`reason` is Google's own word where Google gave one (`rateLimitExceeded`, `unauthorized_client`) and one of ours
otherwise (`timeout`, `truncated`, `notJson`, …). Messages hold neither text of a student nor a URL.
"""

from dataclasses import dataclass


class GoogleError(Exception):
    """A call to Google failed. `status` is the HTTP status, None when no answer arrived."""

    def __init__(self, message: str, *, reason: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


class TransientError(GoogleError):
    """May work later. `retry_after_seconds` is what Google asked for, None when it asked for nothing."""

    def __init__(
        self, message: str, *, reason: str, status: int | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_method_unknown(self) -> bool:
        """A 404 that is not Google's: an endpoint that does not know the method, or a stranger in between for a while.

        Later perhaps, but not within a call.
        """
        return self.status == 404 and self.reason == "notGoogle"


class PermanentError(GoogleError):
    """Will not work however often it is tried."""


class NotFound(PermanentError):
    """Google knows no such message, file or account (any more)."""


class TooLarge(PermanentError):
    """The content is larger than the caller's limit, or than Google exports (10 MB)."""


class CursorExpired(PermanentError):
    """The history id or page token is too old: take a fresh one and list in full."""


class AccessLost(PermanentError):
    """Heed may not do this for `subject` with `scopes`; `remedy` says who has to change what, and where."""

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        status: int | None = None,
        subject: str,
        scopes: tuple[str, ...],
        remedy: str,
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.subject = subject
        self.scopes = scopes
        self.remedy = remedy


class TokenRejected(AccessLost):
    """An API answered 401 to a token that the token endpoint had given: worth one fresh token."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """Which call failed, for the error's words and its remedy. `target` is empty for calls about a whole account."""

    method: str
    subject: str
    scopes: tuple[str, ...]
    client_id: str
    target: str = ""

    @property
    def api(self) -> str:
        """`gmail`, `drive` or `directory`."""
        return self.method.split(".", 1)[0]


class MalformedAnswer(Exception):
    """Inside this room only: an answer arrived but is not what Google sends. `reason` as in `GoogleError`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AnswerTooLarge(Exception):
    """Inside this room only: the body exceeds the limit in bytes; it was not read to the end."""


class TokenRefused(Exception):
    """Inside this room only: the token endpoint answered with something other than 200."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(f"token endpoint answered {status}")
        self.status = status
        self.headers = headers
        self.body = body
