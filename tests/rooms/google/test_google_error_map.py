"""Every way Google, its token endpoint or the network can refuse, and what Heed makes of it."""

import http.client
import json
import socket
import ssl

import httplib2
import pytest
from google.auth.exceptions import RefreshError, TransportError
from googleapiclient.errors import HttpError

from monitor.google.error_map import is_known, map_error
from monitor.google.errors import (
    AccessLost,
    AnswerTooLarge,
    CallContext,
    CursorExpired,
    MalformedAnswer,
    NotFound,
    PermanentError,
    TokenRefused,
    TokenRejected,
    TooLarge,
    TransientError,
)
from monitor.lib import clock

GET = "gmail.users.messages.get"
HISTORY = "gmail.users.history.list"
PROFILE = "gmail.users.getProfile"
FILE = "drive.files.get"
CHANGES = "drive.changes.list"
USERS = "directory.users.list"
SCOPE = "https://www.googleapis.com/auth/gmail.readonly"


def context(method=PROFILE, target=""):
    return CallContext(
        method=method, subject="ada@district.example", scopes=(SCOPE,), client_id="100200300", target=target
    )


def api_error(status, body, headers=None):
    response = httplib2.Response({"status": str(status), **(headers or {})})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpError(response, content, uri="https://gmail.googleapis.com/secret-path")


def said(status, reason, **more):
    entry = {"domain": "global", "reason": reason, "message": "Private words.", **more.pop("entry", {})}
    return {"error": {"code": status, "message": "Private words.", "errors": [entry], **more}}


API_TABLE = [
    # method, target, status, reason -> kind, reason
    (GET, "m1", 403, "rateLimitExceeded", TransientError),
    (GET, "m1", 403, "userRateLimitExceeded", TransientError),
    (GET, "m1", 403, "dailyLimitExceeded", TransientError),
    (USERS, "", 403, "quotaExceeded", TransientError),
    (FILE, "f1", 403, "sharingRateLimitExceeded", TransientError),
    (FILE, "f1", 403, "downloadQuotaExceeded", TransientError),
    (GET, "m1", 429, "rateLimitExceeded", TransientError),
    (GET, "m1", 429, "somethingNew", TransientError),
    (GET, "m1", 408, "timeout", TransientError),
    (GET, "m1", 500, "backendError", TransientError),
    (GET, "m1", 503, "somethingNew", TransientError),
    (GET, "m1", 404, "notFound", NotFound),
    (FILE, "f1", 410, "deleted", NotFound),
    (HISTORY, "", 404, "notFound", CursorExpired),
    (CHANGES, "", 404, "notFound", CursorExpired),
    (CHANGES, "", 410, "gone", CursorExpired),
    (CHANGES, "", 400, "invalid", PermanentError),
    (HISTORY, "", 400, "invalid", PermanentError),
    ("drive.files.export", "f1", 403, "exportSizeLimitExceeded", TooLarge),
    (FILE, "f1", 403, "insufficientFilePermissions", PermanentError),
    (FILE, "f1", 403, "cannotDownloadAbusiveFile", PermanentError),
    (GET, "m1", 400, "invalidArgument", PermanentError),
    (FILE, "f1", 400, "failedPrecondition", PermanentError),
    (PROFILE, "", 400, "failedPrecondition", AccessLost),
    (PROFILE, "", 403, "insufficientPermissions", AccessLost),
    (PROFILE, "", 403, "accessNotConfigured", AccessLost),
    (PROFILE, "", 403, "delegationDenied", AccessLost),
    (GET, "m1", 403, "delegationDenied", AccessLost),
    (CHANGES, "", 403, "domainPolicy", AccessLost),
    (CHANGES, "", 403, "forbidden", AccessLost),
    (USERS, "", 403, "forbidden", AccessLost),
    (PROFILE, "", 401, "authError", TokenRejected),
]


@pytest.mark.parametrize(("method", "target", "status", "reason", "kind"), API_TABLE)
def test_an_api_refusal_has_exactly_one_meaning(method, target, status, reason, kind):
    mapped = map_error(api_error(status, said(status, reason)), context(method, target))

    assert type(mapped) is kind
    assert mapped.reason == reason
    assert mapped.status == status


ACCESS_WORDS = [
    (PROFILE, 403, "insufficientPermissions", ["Manage domain-wide delegation", "100200300", SCOPE]),
    (PROFILE, 403, "accessNotConfigured", ["Enable the Gmail API", "gmail.googleapis.com"]),
    (CHANGES, 403, "domainPolicy", ["Drive and Docs", "Service status", "ada@district.example"]),
    (PROFILE, 400, "failedPrecondition", ["Gmail is not switched on", "ada@district.example"]),
    (USERS, 403, "forbidden", ["Admin roles", "Users → Read", "ada@district.example"]),
    (PROFILE, 401, "authError", ["Manage domain-wide delegation", SCOPE]),
]


@pytest.mark.parametrize(("method", "status", "reason", "words"), ACCESS_WORDS)
def test_lost_access_says_what_to_do(method, status, reason, words):
    mapped = map_error(api_error(status, said(status, reason)), context(method))

    assert isinstance(mapped, AccessLost)
    assert mapped.subject == "ada@district.example"
    assert mapped.scopes == (SCOPE,)
    assert all(word in mapped.remedy for word in words), mapped.remedy


def test_a_detail_of_google_rpc_is_more_specific_than_the_general_reason():
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]
    mapped = map_error(api_error(403, said(403, "forbidden", details=details)), context(FILE, "f1"))

    assert isinstance(mapped, AccessLost)
    assert mapped.reason == "SERVICE_DISABLED"
    assert "Google Drive API" in mapped.remedy


def test_a_page_token_that_drive_blames_by_name_is_an_expired_cursor():
    blamed = said(400, "invalid", entry={"location": "pageToken", "locationType": "parameter"})

    assert type(map_error(api_error(400, blamed), context(CHANGES))) is CursorExpired


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 410])
@pytest.mark.parametrize("body", [b"<html>Blocked by the filter</html>", b"", b'{"error": "x"}', b"[1]"])
def test_an_answer_that_is_not_googles_decides_nothing(status, body):
    mapped = map_error(api_error(status, body), context(GET, "m1"))

    assert type(mapped) is TransientError
    assert mapped.reason == "notGoogle"


def test_a_malformed_request_refused_by_googles_front_end_is_permanent():
    assert type(map_error(api_error(400, b"<html>malformed</html>"), context(GET, "m1"))) is PermanentError


TOKEN_TABLE = [
    (401, "unauthorized_client", "Client is unauthorized to retrieve access tokens.", "Manage domain-wide delegation"),
    (400, "invalid_scope", "Invalid OAuth scope.", "Manage domain-wide delegation"),
    (403, "access_denied", "Requested client not authorized.", "Manage app access"),
    (400, "admin_policy_enforced", "", "Manage app access"),
    (400, "invalid_grant", "Invalid email or User ID", "Directory → Users"),
    (400, "invalid_grant", "Not a valid email.", "Google knows no account ada@district.example"),
    (400, "invalid_grant", "Invalid grant: account not found", "create a new JSON key"),
    (400, "invalid_grant", "Invalid JWT Signature.", "create a new JSON key"),
    (400, "invalid_grant", "Invalid JWT: Failed audience check.", "create a new JSON key"),
    (400, "invalid_grant", "Invalid JWT: Token must be short-lived and in a reasonable timeframe.", "clock"),
    (400, "invalid_grant", "Bad Request", "suspended"),
    (401, "invalid_client", "The OAuth client was not found.", "create a new JSON key"),
    (400, "something_new", "", "Manage domain-wide delegation"),
]


@pytest.mark.parametrize(("status", "code", "description", "words"), TOKEN_TABLE)
def test_a_refused_token_is_lost_access_with_its_own_remedy(status, code, description, words):
    body = {"error": code, "error_description": description}
    refused = TokenRefused(status, {}, json.dumps(body).encode())
    library = RefreshError(f"{code}: {description}", body)

    for error in (refused, library):
        mapped = map_error(error, context())
        assert type(mapped) is AccessLost
        assert mapped.reason == code
        assert words in mapped.remedy


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (503, b"", "notGoogle"),
        (500, b'{"error": "internal_failure"}', "internal_failure"),
        (429, b'{"error": "rate_limit_exceeded"}', "rate_limit_exceeded"),
        (400, b'{"error": "temporarily_unavailable"}', "temporarily_unavailable"),
        (403, b"<html>Blocked</html>", "notGoogle"),
        (403, b'{"error": {"code": 403}}', "http403"),
    ],
)
def test_a_token_endpoint_in_trouble_is_transient(status, body, reason):
    mapped = map_error(TokenRefused(status, {"retry-after": "9"}, body), context())

    assert type(mapped) is TransientError
    assert mapped.reason == reason
    assert mapped.retry_after_seconds == 9


NETWORK_TABLE = [
    (TimeoutError("timed out"), "timeout"),
    (ConnectionResetError(104, "reset"), "connectionLost"),
    (ConnectionRefusedError(111, "refused"), "connectionLost"),
    (socket.gaierror(-2, "unknown"), "connectionLost"),
    (httplib2.ServerNotFoundError("gmail.googleapis.com"), "hostNotFound"),
    (ssl.SSLCertVerificationError(1, "self-signed"), "certificateNotTrusted"),
    (ssl.SSLError(1, "record"), "tls"),
    (http.client.IncompleteRead(b"half"), "truncated"),
    (httplib2.FailedToDecompressContent("x", httplib2.Response({}), ""), "truncated"),
    (http.client.LineTooLong("header"), "transport"),
    (httplib2.MalformedHeader("x"), "transport"),
    (MalformedAnswer("notJson"), "notJson"),
    (TransportError(TimeoutError("timed out")), "timeout"),
    (RefreshError("No access token in response."), "tokenFailed"),
    (RefreshError("server_error: x", {"error": "server_error"}, retryable=True), "tokenFailed"),
]


@pytest.mark.parametrize(("error", "reason"), NETWORK_TABLE)
def test_a_network_in_trouble_is_transient(error, reason):
    assert is_known(error)
    mapped = map_error(error, context())

    assert type(mapped) is TransientError
    assert mapped.reason == reason
    assert mapped.status is None


def test_an_answer_above_the_limit_is_too_large():
    for error in (AnswerTooLarge(), httplib2.decode.DecodeLimitError("bomb")):
        assert type(map_error(error, context())) is TooLarge


def test_a_mistake_in_our_own_code_is_not_taken_for_googles():
    assert not any(is_known(error) for error in (KeyError("x"), TypeError("x"), ValueError("x"), KeyboardInterrupt()))


@pytest.mark.parametrize(
    ("headers", "error", "seconds"),
    [
        ({"retry-after": "7"}, {}, 7),
        ({"retry-after": "99999999"}, {}, 86_400),
        ({"retry-after": "Tue, 24 Nov 2026 10:00:30 GMT"}, {}, 30),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:00 GMT"}, {}, 0),
        ({"retry-after": "soon"}, {}, None),
        ({}, {"details": [{"retryDelay": "3.5s"}]}, 3.5),
        ({}, {"message": "User-rate limit exceeded.  Retry after 2026-11-24T10:01:00.000Z"}, 60),
        ({}, {"message": "Retry after 2026-99-99T10:01:00Z"}, None),
        ({}, {}, None),
    ],
)
def test_google_is_heard_when_it_says_how_long_to_wait(headers, error, seconds):
    instant = clock.datetime(2026, 11, 24, 10, 0, 0, tzinfo=clock.UTC)
    body = said(429, "rateLimitExceeded") | {}
    body["error"] |= error
    with clock.standing_at(instant):
        mapped = map_error(api_error(429, body, headers), context())

    expected = seconds if seconds is None else pytest.approx(seconds, abs=1)
    assert mapped.retry_after_seconds == expected


def test_an_error_says_neither_where_nor_what():
    mapped = map_error(api_error(404, said(404, "notFound")), context(GET, "m1"))

    assert "secret-path" not in str(mapped)
    assert "Private words" not in str(mapped)
    assert "ada@" not in str(mapped)
