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

from monitor.simulator.errors import GoogleError
from monitor.simulator.people import CLIENT_EMAIL, DOMAIN, Person

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
        "admin.directory.group.readonly",
        "admin.directory.group.member.readonly",
        "admin.directory.userschema.readonly",
        "admin.reports.audit.readonly",
        "chat.spaces.readonly",
        "chat.memberships.readonly",
        "chat.messages.readonly",
    )
)
MANAGED_KEY_ID = "9a1e0c0ffee0000000000000000000000000d15c"
AUDIENCE = "//iam.googleapis.com/projects/100000000042/locations/global/workloadIdentityPools/district/providers/own"
OUTSIDE_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoZWVkIn0.simulated"  # noqa: S105 - of the simulated world
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_MOST_TOKENS = 100_000
_STALE = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
_UNAUTHORIZED = (
    "Client is unauthorized to retrieve access tokens using this method, "
    "or client not authorized for any of the scopes requested."
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
    """Who may be impersonated, for which scopes, and the tokens given out (bounded; the oldest go first).

    `keys` are the service account's public keys by id. `units` and `domain` withdraw the delegation for everybody in
    an organisational unit and below it, or for all. With `skew` the endpoint's clock differs from the machine's.
    """

    keys: dict[str, rsa.RSAPublicKey]
    token_uri: str
    scopes: set[str] = field(default_factory=lambda: set(GRANTABLE))
    revoked: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    domain: bool = False
    skew: timedelta | None = None
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
        text = self.grant(subject or CLIENT_EMAIL, scopes, now)
        return {"access_token": text, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}, subject

    def federate(self, form: dict[str, str], now: datetime) -> dict[str, Any]:
        """The answer of the Security Token Service: a token for an outside one; it can only buy others."""
        if form.get("grant_type") != _EXCHANGE or form.get("audience") != AUDIENCE:
            raise TokenRefusedError(400, "invalid_request", 'Invalid value for "audience" or "grant_type".')
        if form.get("subject_token", "").strip() != OUTSIDE_TOKEN:
            raise TokenRefusedError(400, "invalid_grant", "The subject token is invalid.")
        scopes = frozenset(form.get("scope", "").split())
        return {
            "access_token": self.grant(CLIENT_EMAIL, scopes, now),
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }

    def grant(self, subject: str, scopes: frozenset[str], now: datetime) -> str:
        """A new access token."""
        text = f"ya29.sim.{self._rng.getrandbits(240):060x}"
        self._remember(text, Token(subject, scopes, now + LIFETIME), now)
        return text

    def is_revoked(self, person: Person) -> bool:
        """Whether the delegation was withdrawn for this person."""
        unit = person.org_unit
        return (
            self.domain
            or person.email in self.revoked
            or any(unit == above or unit.startswith(above.rstrip("/") + "/") for above in self.units)
        )

    def restore(self) -> None:
        """Gives the whole delegation back, and the endpoint a clock that is right."""
        self.scopes = set(GRANTABLE)
        self.revoked.clear()
        self.units.clear()
        self.domain, self.skew = False, None

    def find(self, text: str, people: dict[str, Person], now: datetime) -> Token | None:
        """The token behind a bearer text, or None when it is unknown, expired, revoked or its person is gone."""
        token = self.tokens.get(text)
        if token is None or token.expires <= now or token.subject == CLIENT_EMAIL:
            return token if token and token.expires > now else None
        person = people.get(token.subject)
        if person is None or person.suspended or self.is_revoked(person) or not token.scopes <= self.scopes:
            return None
        return token

    def _verified(self, assertion: str) -> dict[str, Any]:
        try:
            signed, signature = assertion.rsplit(".", 1)
            head, payload = signed.split(".")
            header, claims = json.loads(_decode(head)), json.loads(_decode(payload))
            if header.get("alg") != "RS256" or not isinstance(claims, dict):
                raise TokenRefusedError(400, "invalid_grant", "Invalid JWT Signature.")
            self._key(header).verify(_decode(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise TokenRefusedError(400, "invalid_grant", "Invalid JWT Signature.") from None
        except (ValueError, AttributeError, binascii.Error):
            raise TokenRefusedError(400, "invalid_grant", "Bad Request") from None
        return claims

    def _key(self, header: dict[str, Any]) -> rsa.RSAPublicKey:
        if "kid" not in header and self.keys:
            return next(iter(self.keys.values()))
        found = self.keys.get(str(header.get("kid")))
        if found is None:
            raise TokenRefusedError(400, "invalid_grant", "Invalid JWT Signature.")
        return found

    def _check_claims(self, claims: dict[str, Any], wall: datetime, now: datetime) -> None:
        if claims.get("iss") != CLIENT_EMAIL:
            raise TokenRefusedError(400, "invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (self.token_uri, GOOGLE_TOKEN_URI):
            raise TokenRefusedError(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not all(isinstance(stamp, int | float) and not isinstance(stamp, bool) for stamp in (issued, expires)):
            raise TokenRefusedError(400, "invalid_grant", _STALE)
        moments = (wall, now) if self.skew is None else (wall + self.skew,)
        if not any(_is_fresh(float(issued or 0), float(expires or 0), moment) for moment in moments):
            raise TokenRefusedError(400, "invalid_grant", _STALE)

    def _allowed_scopes(self, claims: dict[str, Any], subject: str, people: dict[str, Person]) -> frozenset[str]:
        scopes = frozenset(str(claims.get("scope") or "").split())
        if not scopes:
            raise TokenRefusedError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        if not subject or subject == CLIENT_EMAIL:
            return scopes
        person, domain = people.get(subject), subject.rpartition("@")[2]
        withdrawn = self.is_revoked(person) if person else self.domain or subject in self.revoked
        if not scopes <= self.scopes or withdrawn or domain != DOMAIN:
            raise TokenRefusedError(401, "unauthorized_client", _UNAUTHORIZED)
        if person is None or person.suspended:
            raise TokenRefusedError(400, "invalid_grant", "Invalid email or User ID")
        return scopes

    def _remember(self, text: str, token: Token, now: datetime) -> None:
        if len(self.tokens) >= _MOST_TOKENS:
            self.tokens = {key: kept for key, kept in self.tokens.items() if kept.expires > now}
            while len(self.tokens) >= _MOST_TOKENS:
                del self.tokens[next(iter(self.tokens))]
        self.tokens[text] = token


def claimed_subject(form: dict[str, str]) -> str:
    """Whom an assertion names, before anybody checked it; empty when it cannot be read."""
    try:
        claims = json.loads(_decode(form.get("assertion", "").split(".")[1]))
        return str(claims.get("sub") or "")
    except (ValueError, IndexError, AttributeError):
        return ""


def refused_token(kind: str, error: GoogleError) -> TokenRefusedError:
    """An injected fault as the token endpoint words it."""
    if kind == "revoked":
        return TokenRefusedError(401, "unauthorized_client", _UNAUTHORIZED)
    if kind == "skew":
        return TokenRefusedError(400, "invalid_grant", _STALE)
    return TokenRefusedError(error.code, "internal_failure" if error.code >= 500 else error.reason, error.message)


def key_id(number: int) -> str:
    """The id of the key file's key, which changes with every rotation."""
    return f"5e1f0c0ffee0000000000000000000000000d{number:03x}"


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _is_fresh(issued: float, expires: float, moment: datetime) -> bool:
    stamp, skew = moment.timestamp(), SKEW.total_seconds()
    return issued - skew <= stamp < expires + skew and 0 < expires - issued <= LIFETIME.total_seconds()
