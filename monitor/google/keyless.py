"""Acting for an account without any private key on disk: Google signs with a key that nobody can read.

The credential file is the one that `gcloud iam workload-identity-pools create-cred-config` writes. It holds no secret:
it says where this machine finds proof of who it is. That proof buys a token, the token lets IAM sign a request in the
service account's name (`signJwt`), and the signed request buys the account's own token, as with a key file.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import google_auth_httplib2
from google.auth import identity_pool
from google.auth.exceptions import GoogleAuthError, OAuthError

from monitor.google.answers import api_error, parse_object, reasons
from monitor.google.errors import MalformedAnswer, TokenRefused

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
LIFETIME = 3600
_IMPERSONATION = re.compile(r"(https?://[^/]+/v1/projects/-/serviceAccounts/([^/:]+@[^/:]+)):generateAccessToken")


class KeylessError(ValueError):
    """The credential file cannot be used; the message says what is wrong with it."""


@dataclass(slots=True)
class KeylessSigner:
    """Makes google-auth-like credentials for one subject after the other; the proof's token is shared by all."""

    account: str
    sign_url: str
    token_uri: str
    source: Any  # google-auth's federated credentials, without impersonation

    def with_subject(self, subject: str | None) -> "_Pending":
        """The first half of what a service account's credentials offer."""
        return _Pending(self, subject)

    def signed(self, claims: Mapping[str, Any], http: Any) -> str:
        """The claims as a signed JWT. Raises TokenRefused, MalformedAnswer or what the transport raises."""
        request = google_auth_httplib2.Request(http)
        if not self.source.valid:
            self._prove(request)
        headers = {"authorization": f"Bearer {self.source.token}", "content-type": "application/json"}
        body = json.dumps({"payload": json.dumps(claims)}).encode()
        response = request(url=self.sign_url, method="POST", body=body, headers=headers)
        if response.status != 200:
            raise TokenRefused(response.status, _lowered(response.headers), _as_oauth(response.data))
        answer = parse_object(response.data)
        if answer is None or not isinstance(answer.get("signedJwt"), str):
            raise MalformedAnswer("notJson" if answer is None else "noSignature")
        return str(answer["signedJwt"])

    def _prove(self, request: Any) -> None:
        try:
            self.source.refresh(request)
        except OAuthError:
            refusal = json.dumps({"error": "proof_refused"}).encode()
            raise TokenRefused(400, {}, refusal) from None


@dataclass(slots=True)
class _Pending:
    signer: KeylessSigner
    subject: str | None
    scopes: tuple[str, ...] = ()
    token: str = ""
    expiry: datetime | None = None  # naive UTC, as google-auth has it

    def with_scopes(self, scopes: list[str]) -> "_Pending":
        """The second half."""
        return _Pending(self.signer, self.subject, tuple(scopes))

    def refresh(self, request: Any) -> None:
        """Fetch the subject's token over `request`, a TokenRequest."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.signer.account,
            "scope": " ".join(self.scopes),
            "aud": self.signer.token_uri,
            "iat": now,
            "exp": now + LIFETIME,
        }
        if self.subject:
            claims["sub"] = self.subject
        assertion = self.signer.signed(claims, request.http)
        response = request(
            url=self.signer.token_uri,
            method="POST",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode({"grant_type": GRANT, "assertion": assertion}).encode(),
        )
        answer = parse_object(response.data) or {}
        self.token = str(answer.get("access_token") or "")
        lifetime = answer.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) else 0
        self.expiry = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(tzinfo=None)


def keyless_signer(info: Mapping[str, Any]) -> KeylessSigner:
    """The signer for a credential file of type `external_account`. Raises KeylessError."""
    link = _IMPERSONATION.fullmatch(str(info.get("service_account_impersonation_url") or ""))
    if link is None:
        raise KeylessError("it names no service account to act as (service_account_impersonation_url)")
    federated = {name: value for name, value in info.items() if name != "service_account_impersonation_url"}
    try:
        source = identity_pool.Credentials.from_info(federated, scopes=[CLOUD_PLATFORM])
    except (ValueError, KeyError, TypeError, GoogleAuthError):
        raise KeylessError("its credential_source, audience or token_url cannot be used") from None
    host = urlsplit(link[1])
    is_googles = (host.hostname or "").endswith("googleapis.com")
    token_uri = GOOGLE_TOKEN_URI if is_googles else f"{host.scheme}://{host.netloc}/token"
    return KeylessSigner(link[2], f"{link[1]}:signJwt", token_uri, source)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _as_oauth(body: bytes) -> bytes:
    """IAM's refusal in the token endpoint's shape, so that one table knows both."""
    error = api_error(body)
    if error is None:
        return body
    said = reasons(error)
    code = "iam_permission_denied" if error.get("code") == 403 else said[0] if said else "iam_refused"
    return json.dumps({"error": code, "error_description": ""}).encode()
