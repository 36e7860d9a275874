"""One function that turns whatever went wrong on the way to Google into an error of ours.

Facts from Google's error guides for Gmail, Drive and the Admin SDK: quota is said as 403 *or* 429; a history id that
is too old is a 404; a mailbox that is switched off is a 400 `failedPrecondition`.
"""

import http.client
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import google.auth.exceptions
import httplib2
import httplib2.decode
from googleapiclient.errors import HttpError

from monitor.google import answers, remedies
from monitor.google.errors import (
    AccessLost,
    AnswerTooLarge,
    CallContext,
    CursorExpired,
    GoogleError,
    MalformedAnswer,
    NotFound,
    PermanentError,
    TokenRefused,
    TokenRejected,
    TooLarge,
    TransientError,
)

Remedy = Callable[[CallContext], str]

QUOTA_REASONS = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "dailyLimitExceeded",
        "dailyLimitExceededUnreg",
        "quotaExceeded",
        "sharingRateLimitExceeded",
        "downloadQuotaExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
_PASSING_REASONS = QUOTA_REASONS | {"backendError", "internalError", "transientError", "UNAVAILABLE"}
_SIZE_REASONS = frozenset({"exportSizeLimitExceeded"})
_ACCESS_REASONS: dict[str, Remedy] = {
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": remedies.grant_delegation,
    "insufficientPermissions": remedies.grant_delegation,
    "insufficientScopes": remedies.grant_delegation,
    "accessNotConfigured": remedies.enable_api,
    "SERVICE_DISABLED": remedies.enable_api,
    "delegationDenied": remedies.grant_delegation,
    "domainPolicy": remedies.enable_service,
    "accountDisabled": remedies.check_suspended,
    "userDeleted": remedies.check_subject,
}
# What the token endpoint says, in the order of trying: error code, a part of its description, whose turn it is.
_TOKEN_REFUSALS: tuple[tuple[str, str, Remedy], ...] = (
    ("unauthorized_client", "", remedies.grant_delegation),
    ("invalid_scope", "", remedies.grant_delegation),
    ("iam_permission_denied", "", remedies.allow_signing),
    ("proof_refused", "", remedies.renew_proof),
    ("access_denied", "", remedies.trust_app),
    ("admin_policy_enforced", "", remedies.trust_app),
    ("org_internal", "", remedies.trust_app),
    ("invalid_client", "", remedies.renew_key),
    ("disabled_client", "", remedies.renew_key),
    ("deleted_client", "", remedies.renew_key),
    ("invalid_grant", "invalid email", remedies.check_subject),
    ("invalid_grant", "not a valid email", remedies.check_subject),
    ("invalid_grant", "account not found", remedies.renew_key),
    ("invalid_grant", "signature", remedies.renew_key),
    ("invalid_grant", "timeframe", remedies.set_clock),
    ("invalid_grant", "jwt", remedies.renew_key),
    ("invalid_grant", "", remedies.check_suspended),
)
_TOKEN_PASSING = frozenset(
    {"server_error", "temporarily_unavailable", "internal_failure", "slow_down", "rate_limit_exceeded"}
)
_FAMILIES = (
    HttpError,
    TokenRefused,
    MalformedAnswer,
    AnswerTooLarge,
    google.auth.exceptions.GoogleAuthError,
    httplib2.HttpLib2Error,
    httplib2.decode.DecodeLimitError,
    httplib2.decode.DecodeRatioError,
    http.client.HTTPException,
    OSError,
)


def is_known(error: BaseException) -> bool:
    """Whether `map_error` has a word for `error`; anything else is a mistake of ours and must not be hidden."""
    return isinstance(error, _FAMILIES)


def map_error(error: Exception, context: CallContext) -> GoogleError:
    """The error of ours for `error`, which `is_known`. Never raises, never carries a URL or a body."""
    if isinstance(error, HttpError):
        return _from_api(int(error.resp.status), error.resp, error.content, context)
    if isinstance(error, TokenRefused):
        return _from_token_endpoint(error.status, error.headers, error.body, context)
    if isinstance(error, google.auth.exceptions.GoogleAuthError):
        return _from_auth_library(error, context)
    if isinstance(error, AnswerTooLarge | httplib2.decode.DecodeLimitError | httplib2.decode.DecodeRatioError):
        return TooLarge(f"{context.method}: the answer is larger than the limit", reason="tooLarge")
    reason = _transport_reason(error)
    return TransientError(f"{context.method}: no usable answer from Google ({reason})", reason=reason)


def _transport_reason(error: Exception) -> str:
    if isinstance(error, MalformedAnswer):
        return error.reason
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        ((http.client.IncompleteRead, httplib2.FailedToDecompressContent), "truncated"),
        (TimeoutError, "timeout"),
        (ssl.SSLCertVerificationError, "certificateNotTrusted"),
        (ssl.SSLError, "tls"),
        (httplib2.ServerNotFoundError, "hostNotFound"),
        (OSError, "connectionLost"),
    )
    return next((reason for kind, reason in kinds if isinstance(error, kind)), "transport")


def _from_api(status: int, headers: Mapping[str, str], body: bytes, context: CallContext) -> GoogleError:
    error = answers.api_error(body)
    said = answers.reasons(error or {})
    words = f"{context.method}: HTTP {status}"
    passing = next((reason for reason in said if reason in _PASSING_REASONS), None)
    if passing or status in {408, 429} or status >= 500:
        reason = passing or _first_named(said, status)
        wait = answers.waiting_seconds(headers, error)
        return TransientError(f"{words} {reason}", reason=reason, status=status, retry_after_seconds=wait)
    if error is None and status not in {400, 413, 414, 431}:
        # A proxy or a captive portal answered, not the API: deciding from it that a message is gone would lose it.
        return TransientError(f"{words}, not an answer of Google's", reason="notGoogle", status=status)
    return _lasting(status, said, error or {}, context)


def _lasting(status: int, said: tuple[str, ...], error: dict[str, Any], context: CallContext) -> GoogleError:
    reason = _first_named(said, status)
    words = f"{context.method}: HTTP {status} {reason}"
    if _is_expired_cursor(status, error, context):
        return CursorExpired(f"{words}: the cursor is too old", reason=reason, status=status)
    if status in {404, 410}:
        return NotFound(words, reason=reason, status=status)
    size = next((word for word in said if word in _SIZE_REASONS), None)
    if size:
        return TooLarge(words, reason=size, status=status)
    cause, remedy = _access_cause(status, said, context)
    if remedy:
        return _access_lost(TokenRejected if status == 401 else AccessLost, cause, status, remedy, context)
    return PermanentError(words, reason=reason, status=status)


def _access_cause(status: int, said: tuple[str, ...], context: CallContext) -> tuple[str, Remedy | None]:
    known = next((word for word in said if word in _ACCESS_REASONS), None)
    if known:
        return known, _ACCESS_REASONS[known]
    if context.api == "gmail" and {"failedPrecondition", "FAILED_PRECONDITION"} & set(said):
        return "failedPrecondition", remedies.enable_service
    if status == 401:
        return _first_named(said, status), remedies.grant_delegation
    if status == 403 and not context.target:
        return _first_named(said, status), remedies.check_role
    return "", None


def _is_expired_cursor(status: int, error: dict[str, Any], context: CallContext) -> bool:
    if context.method == "gmail.users.history.list":
        return status == 404
    if context.method == "drive.changes.list":
        # Drive tokens do not age; a token it no longer takes is blamed by parameter name, or gone.
        return status in {404, 410} or (status == 400 and answers.names_parameter(error, "pageToken"))
    return False


def _from_token_endpoint(status: int, headers: Mapping[str, str], body: bytes, context: CallContext) -> GoogleError:
    answer = answers.parse_object(body) or {}
    code, description = answer.get("error"), str(answer.get("error_description") or "")
    if isinstance(code, str) and code and code not in _TOKEN_PASSING and status not in {408, 429} and status < 500:
        return _token_refused(code, description, status, context)
    reason = code if isinstance(code, str) and code else f"http{status}" if answer else "notGoogle"
    wait = answers.waiting_seconds(headers, None)
    words = f"token for {context.method}: HTTP {status} {reason}"
    return TransientError(words, reason=reason, status=status, retry_after_seconds=wait)


def _token_refused(code: str, description: str, status: int | None, context: CallContext) -> AccessLost:
    lowered = description.lower()
    rows = (remedy for known, part, remedy in _TOKEN_REFUSALS if known == code and part in lowered)
    return _access_lost(AccessLost, code, status, next(rows, remedies.grant_delegation), context)


def _from_auth_library(error: google.auth.exceptions.GoogleAuthError, context: CallContext) -> GoogleError:
    inner = error.args[0] if error.args else None
    if isinstance(inner, Exception) and is_known(inner):
        return map_error(inner, context)
    answer = next((part for part in error.args if isinstance(part, Mapping)), {})
    code = answer.get("error")
    if isinstance(error, google.auth.exceptions.RefreshError) and isinstance(code, str) and not error.retryable:
        return _token_refused(code, str(answer.get("error_description") or ""), None, context)
    return TransientError(f"token for {context.method}: no usable answer", reason="tokenFailed")


def _access_lost(
    kind: type[AccessLost], reason: str, status: int | None, remedy: Remedy, context: CallContext
) -> AccessLost:
    return kind(
        f"{context.method}: access refused ({reason})",
        reason=reason,
        status=status,
        subject=context.subject,
        scopes=context.scopes,
        remedy=remedy(context),
    )


def _first_named(said: tuple[str, ...], status: int) -> str:
    return said[0] if said else f"http{status}"
