"""An access token for a service that takes no passwords, by the client's own secret (RFC 6749, section 4.4)."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from monitor.lib.http import AddressRefused, Door, NoAnswer

WORDS_SHOWN = 200


class TokenRefused(Exception):
    """There is no token; the message says why, in one line without a secret."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks for a token, where, and for what."""

    url: str
    id: str
    secret: str = field(repr=False)
    scope: str

    def token(self, door: Door) -> str:
        """A fresh access token. Raises `TokenRefused`."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_secret": self.secret,
            "scope": self.scope,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            answer = door.post(self.url, urlencode(asked).encode(), headers=kind)
        except (AddressRefused, NoAnswer) as error:
            message = f"no sign-in token: {error}"
            raise TokenRefused(message) from None
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        found = document if isinstance(document, dict) else {}
        if answer.is_ok and found.get("access_token"):
            return str(found["access_token"])
        why = " ".join(str(found.get("error_description") or found.get("error") or "").split())[:WORDS_SHOWN]
        message = f"no sign-in token: the server answered {answer.status} {why}".rstrip()
        raise TokenRefused(message)
