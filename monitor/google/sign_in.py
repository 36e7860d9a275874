"""Sign-in with Google (OpenID Connect, authorization code with PKCE) for the people of one domain."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import id_token as google_id_token

ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
AUTHORIZE, TOKEN, CERTS = "/o/oauth2/v2/auth", "/token", "/oauth2/v1/certs"
GOOGLE_HOSTS = {
    AUTHORIZE: "https://accounts.google.com",
    TOKEN: "https://oauth2.googleapis.com",
    CERTS: "https://www.googleapis.com",
}
TIMEOUT_SECONDS = 10
CLOCK_SKEW_SECONDS = 10
MAX_ANSWER_BYTES = 64_000


class SignInRefused(Exception):
    """Google, or a check of what it said, refused; the message is a reason code without anything personal."""


@dataclass(frozen=True, slots=True)
class SignInClient:
    """This installation as Google knows it. `endpoint` is another host than Google's, empty for Google itself."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    endpoint: str = ""

    def address(self, path: str) -> str:
        """Where `path` is asked."""
        return f"{self.endpoint.rstrip('/') or GOOGLE_HOSTS[path]}{path}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must come back unchanged from one sign-in; it rests in the visitor's session meanwhile."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Google says it is. `subject` is theirs for good, whatever address they have."""

    subject: str
    email: str


def new_attempt() -> Attempt:
    """Fresh random values (256 bits each)."""
    return Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def authorization_url(client: SignInClient, attempt: Attempt, domain: str, *, again: bool = False) -> str:
    """Where the visitor's browser is sent. `again` asks Google to make the person prove who they are anew."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid email",
        "hd": domain,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "prompt": "login" if again else "select_account",
    }
    return f"{client.address(AUTHORIZE)}?{urlencode(query)}"


def identify(client: SignInClient, attempt: Attempt, *, code: str, state: str, domain: str) -> Identity:
    """Who came back from Google with `code` and `state`. Raises `SignInRefused` where anything does not fit."""
    if not hmac.compare_digest(state.encode(), attempt.state.encode()):
        raise SignInRefused("state")
    claims = _verified(client, _exchange(client, attempt, code))
    checks = {
        "issuer": claims.get("iss") in ISSUERS,
        "nonce": hmac.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()),
        "domain": str(claims.get("hd", "")).lower() == domain.lower(),
        "unverified": claims.get("email_verified") is True,
        "subject": bool(claims.get("sub")) and bool(claims.get("email")),
    }
    for reason, holds in checks.items():
        if not holds:
            raise SignInRefused(reason)
    return Identity(str(claims["sub"]), str(claims["email"]).lower())


def _exchange(client: SignInClient, attempt: Attempt, code: str) -> str:
    """The id token for `code`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "redirect_uri": client.redirect_uri,
        "code_verifier": attempt.verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    try:
        answer = Request()(
            client.address(TOKEN), "POST", urlencode(form).encode(), headers, TIMEOUT_SECONDS, allow_redirects=False
        )
        body = json.loads(answer.data[:MAX_ANSWER_BYTES]) if answer.status == 200 else {}
    except (exceptions.GoogleAuthError, ValueError):
        raise SignInRefused("unreachable") from None  # its message may quote the answer
    token = body.get("id_token") if isinstance(body, dict) else None
    if not isinstance(token, str):
        raise SignInRefused("code")
    return token


def _verified(client: SignInClient, token: str) -> dict[str, Any]:
    """The claims of `token` after its signature, audience and dates were checked by Google's own library."""
    try:
        claims = google_id_token.verify_token(
            token, Request(), client.client_id, client.address(CERTS), clock_skew_in_seconds=CLOCK_SKEW_SECONDS
        )
    except (exceptions.GoogleAuthError, ValueError):
        raise SignInRefused("token") from None
    return dict(claims)
