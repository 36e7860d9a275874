"""The service account's key and the tokens it buys: one subject and one set of read-only scopes per token.

Domain-wide delegation: the service account signs a request in the name of one account (the *subject*) and Google's
token endpoint, named in the key file itself, answers with a token that is that account's, for an hour.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import google_auth_httplib2
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from monitor.google.answers import parse_object
from monitor.google.errors import MalformedAnswer, TokenRefused
from monitor.google.keyless import KeylessError, keyless_signer

GMAIL_READONLY = "https://www.googleapis.com/auth/gmail.readonly"
DRIVE_READONLY = "https://www.googleapis.com/auth/drive.readonly"
DIRECTORY_USER_READONLY = "https://www.googleapis.com/auth/admin.directory.user.readonly"
DIRECTORY_ORGUNIT_READONLY = "https://www.googleapis.com/auth/admin.directory.orgunit.readonly"
DIRECTORY_GROUP_MEMBER_READONLY = "https://www.googleapis.com/auth/admin.directory.group.member.readonly"
REPORTS_AUDIT_READONLY = "https://www.googleapis.com/auth/admin.reports.audit.readonly"
CHAT_SPACES_READONLY = "https://www.googleapis.com/auth/chat.spaces.readonly"
CHAT_MEMBERSHIPS_READONLY = "https://www.googleapis.com/auth/chat.memberships.readonly"
CHAT_MESSAGES_READONLY = "https://www.googleapis.com/auth/chat.messages.readonly"
PUBSUB = "https://www.googleapis.com/auth/pubsub"  # of the service account itself; nobody delegates it

SCOPES_BY_API = {
    "gmail": (GMAIL_READONLY,),
    "drive": (DRIVE_READONLY,),
    "directory": (DIRECTORY_USER_READONLY, DIRECTORY_ORGUNIT_READONLY),
    "groups": (DIRECTORY_GROUP_MEMBER_READONLY,),
    "reports": (REPORTS_AUDIT_READONLY,),
    "chat": (CHAT_SPACES_READONLY, CHAT_MESSAGES_READONLY),
    "chat members": (CHAT_MEMBERSHIPS_READONLY,),
}
"""Which API needs which scopes. A token is asked for one scope at a time, so that a refusal names the one missing."""

_LARGEST_KEY_FILE_BYTES = 65_536
_NEEDED_FIELDS = ("client_email", "client_id", "private_key", "token_uri")
_NEW_KEY = "create a new JSON key: Google Cloud console → IAM & Admin → Service accounts → Keys → Add key → JSON"
_REFRESH_BEFORE_SECONDS = 300.0
_LOCKS = 64


class KeyFileError(ValueError):
    """The service-account key file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServiceAccountKey:
    """A checked key, or the way to go without one.

    `client_id` is what the Admin console wants for delegation; a keyless credential names its account instead.
    """

    client_email: str
    client_id: str
    token_uri: str
    signer: Any = field(repr=False)  # google-auth's Credentials without subject or scopes
    is_keyless: bool = False

    def for_subject(self, subject: str, scopes: tuple[str, ...]) -> Any:
        """google-auth credentials that act for `subject`, or for the service account itself where it is empty."""
        return self.signer.with_subject(subject or None).with_scopes(list(scopes))


def load_key(path: Path) -> ServiceAccountKey:
    """Read and check a service-account key file. Raises KeyFileError."""
    info = _read_info(path)
    kind = info.get("type")
    if kind == "external_account":
        return _load_keyless(path, info)
    if kind != "service_account":
        message = f"{path}: this is a file of type {kind!r}, not of a service account; {_NEW_KEY}"
        raise KeyFileError(message)
    missing = [name for name in _NEEDED_FIELDS if not isinstance(info.get(name), str) or not info[name]]
    if missing:
        message = f"{path}: {', '.join(missing)} missing; the file was cut or edited: {_NEW_KEY}"
        raise KeyFileError(message)
    if not info["token_uri"].startswith(("https://", "http://")):
        message = f"{path}: token_uri is not a web address; the file was edited: {_NEW_KEY}"
        raise KeyFileError(message)
    try:
        signer = service_account.Credentials.from_service_account_info(info)
    except (ValueError, GoogleAuthError):
        # The library's message may quote the key, so it is not repeated.
        message = f"{path}: the private key is broken; {_NEW_KEY}"
        raise KeyFileError(message) from None
    return ServiceAccountKey(info["client_email"], info["client_id"], info["token_uri"], signer)


def _load_keyless(path: Path, info: dict[str, Any]) -> ServiceAccountKey:
    try:
        signer = keyless_signer(info)
    except KeylessError as error:
        message = f"{path}: {error}; write it anew: gcloud iam workload-identity-pools create-cred-config"
        raise KeyFileError(message) from None
    return ServiceAccountKey(signer.account, f"of {signer.account}", signer.token_uri, signer, is_keyless=True)


def _read_info(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST_KEY_FILE_BYTES + 1)
    except FileNotFoundError:
        message = f"{path}: no such file; put the service account's key there, or {_NEW_KEY}"
        raise KeyFileError(message) from None
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); let Heed's user read this file"
        raise KeyFileError(message) from None
    try:
        info = json.loads(content) if len(content) <= _LARGEST_KEY_FILE_BYTES else None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        message = f"{path}: not a JSON key file; {_NEW_KEY}"
        raise KeyFileError(message)
    return info


class TokenRequest(google_auth_httplib2.Request):  # type: ignore[misc]  # untyped library
    """google-auth's transport, with every answer that brings no token raised at once.

    google-auth would sleep and retry inside; our own retries are metered and bounded in one place.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The token endpoint's answer. Raises TokenRefused or MalformedAnswer."""
        response = super().__call__(*args, **kwargs)
        if response.status != 200:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise TokenRefused(response.status, headers, response.data)
        answer = parse_object(response.data)
        if answer is None or not isinstance(answer.get("access_token"), str):
            raise MalformedAnswer("notJson" if answer is None else "noToken")
        return response


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    usable_until: float  # by the monotonic clock


class Tokens:
    """Access tokens by subject and scopes: at most `most` of them (about 1 KB each), least recently used go first.

    Safe among threads; two threads that want the same token fetch it once.
    """

    def __init__(
        self, key: ServiceAccountKey, *, most: int = 50_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.key = key
        self._most = most
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[str, tuple[str, ...]], _Token] = OrderedDict()
        self._lock = threading.Lock()
        self._fetch_locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def __len__(self) -> int:
        return len(self._known)

    def token(self, subject: str, scopes: tuple[str, ...], http: Any) -> str:
        """A token good for at least five minutes, fetched over `http` (an httplib2.Http) when none is known.

        Raises TokenRefused, MalformedAnswer or what the transport raises; `error_map` has words for all of them.
        """
        wanted = (subject, scopes)
        found = self._find(wanted)
        if found is not None:
            return found
        with self._fetch_locks[hash(wanted) % _LOCKS]:
            return self._find(wanted) or self._fetch(wanted, http)

    def forget(self, subject: str, scopes: tuple[str, ...]) -> None:
        """Drop a token that an API did not take."""
        with self._lock:
            self._known.pop((subject, scopes), None)

    def _find(self, wanted: tuple[str, tuple[str, ...]]) -> str | None:
        with self._lock:
            token = self._known.get(wanted)
            if token is None or self._monotonic() >= token.usable_until:
                return None
            self._known.move_to_end(wanted)
            return token.value

    def _fetch(self, wanted: tuple[str, tuple[str, ...]], http: Any) -> str:
        credentials = self.key.for_subject(*wanted)
        credentials.refresh(TokenRequest(http))
        lifetime = _seconds_left(credentials.expiry)
        token = _Token(str(credentials.token), self._monotonic() + lifetime - _REFRESH_BEFORE_SECONDS)
        with self._lock:
            self._known[wanted] = token
            self._known.move_to_end(wanted)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return token.value


def _seconds_left(expiry: datetime | None) -> float:
    """google-auth keeps the expiry as naive UTC by the machine's own clock; a token without one is used once."""
    if expiry is None:
        return 0.0
    return (expiry.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
