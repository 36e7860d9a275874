"""The token endpoint: a service account's signed assertion in, an access token for one subject out.

A real assertion is signed with the client's own clock, so its freshness holds when it is fresh by the machine's
clock *or* by the simulator's; the lifetime of an access token follows the simulator's clock alone.
"""

import base64
import binascii
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from monitor.simulator.district import CLIENT_EMAIL
from monitor.simulator.people import DOMAIN, Person

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = timedelta(seconds=3600)
SKEW = timedelta(minutes=5)
_SCOPE_BASE = "https://www.googleapis.com/auth/"
GRANTABLE = frozenset(
    _SCOPE_BASE + name
    for name in (
        "gmail.readonly",
        "drive.readonly",
        "admin.directory.user.readonly",
        "admin.directory.orgunit.readonly",
        "admin.reports.audit.readonly",
    )
)
_MOST_TOKENS = 100_000
_STALE = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class TokenRefusedError(Exception):
    """A refusal of the token endpoint, in OAuth's own shape rather than the APIs'."""

    def __init__(self, code: int, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.code = code
        self.body = {"error": error, "error_description": description}


@dataclass(frozen=True, slots=True)
class Token:
    """What an access token stands for."""

    subject: str
    scopes: frozenset[str]
    expires: datetime


@dataclass
class Grants:
    """Who may be impersonated, for which scopes, and the tokens given out (bounded; the oldest go first)."""

    public_key: rsa.RSAPublicKey
    token_uri: str
    scopes: set[str] = field(default_factory=lambda: set(GRANTABLE))
    revoked: set[str] = field(default_factory=set)
    tokens: dict[str, Token] = field(default_factory=dict)
    _rng: random.Random = field(default_factory=random.SystemRandom)

    def exchange(
        self, form: dict[str, str], people: dict[str, Person], wall: datetime, now: datetime
    ) -> tuple[dict[str, Any], str]:
        """The token response and the subject; raises `TokenRefusedError` as Google would refuse."""
        if form.get("grant_type") != GRANT_TYPE:
            raise TokenRefusedError(400, "unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        if not form.get("assertion"):
            raise TokenRefusedError(400, "invalid_request", "Missing required parameter: assertion")
        claims = self._verified(form["assertion"])
        self._check_claims(claims, wall, now)
        subject = str(claims.get("sub") or "")
        scopes = self._allowed_scopes(claims, subject, people)
        text = f"ya29.sim.{self._rng.getrandbits(240):060x}"
        self._remember(text, Token(subject, scopes, now + LIFETIME), now)
        return {"access_token": text, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}, subject

    def find(self, text: str, people: dict[str, Person], now: datetime) -> Token | None:
        """The token behind a bearer text, or None when it is unknown, expired, revoked or its person is gone."""
        token = self.tokens.get(text)
        if token is None or token.expires <= now or token.subject in self.revoked:
            return None
        person = people.get(token.subject)
        if person is None or person.suspended or not token.scopes <= self.scopes:
            return None
        return token

    def _verified(self, assertion: str) -> dict[str, Any]:
        try:
            signed, signature = assertion.rsplit(".", 1)
            head, payload = signed.split(".")
            header, claims = json.loads(_decode(head)), json.loads(_decode(payload))
            if header.get("alg") != "RS256" or not isinstance(claims, dict):
                raise TokenRefusedError(400, "invalid_grant", "Invalid JWT Signature.")
            self.public_key.verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise TokenRefusedError(400, "invalid_grant", "Invalid JWT Signature.") from None
        except (ValueError, AttributeError, binascii.Error):
            raise TokenRefusedError(400, "invalid_grant", "Bad Request") from None
        return claims

    def _check_claims(self, claims: dict[str, Any], wall: datetime, now: datetime) -> None:
        if claims.get("iss") != CLIENT_EMAIL:
            raise TokenRefusedError(400, "invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (self.token_uri, GOOGLE_TOKEN_URI):
            raise TokenRefusedError(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not all(isinstance(stamp, int | float) and not isinstance(stamp, bool) for stamp in (issued, expires)):
            raise TokenRefusedError(400, "invalid_grant", _STALE)
        if not any(_is_fresh(float(issued or 0), float(expires or 0), moment) for moment in (wall, now)):
            raise TokenRefusedError(400, "invalid_grant", _STALE)

    def _allowed_scopes(self, claims: dict[str, Any], subject: str, people: dict[str, Person]) -> frozenset[str]:
        scopes = frozenset(str(claims.get("scope") or "").split())
        if not scopes:
            raise TokenRefusedError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        domain = subject.rpartition("@")[2]
        if not scopes <= self.scopes or subject in self.revoked or domain != DOMAIN:
            raise TokenRefusedError(
                401,
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, "
                "or client not authorized for any of the scopes requested.",
            )
        person = people.get(subject)
        if person is None or person.suspended:
            raise TokenRefusedError(400, "invalid_grant", "Invalid email or User ID")
        return scopes

    def _remember(self, text: str, token: Token, now: datetime) -> None:
        if len(self.tokens) >= _MOST_TOKENS:
            self.tokens = {key: kept for key, kept in self.tokens.items() if kept.expires > now}
            while len(self.tokens) >= _MOST_TOKENS:
                del self.tokens[next(iter(self.tokens))]
        self.tokens[text] = token


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _is_fresh(issued: float, expires: float, moment: datetime) -> bool:
    stamp, skew = moment.timestamp(), SKEW.total_seconds()
    return issued - skew <= stamp < expires + skew and 0 < expires - issued <= LIFETIME.total_seconds()
