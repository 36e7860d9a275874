"""Twilio's REST interface, as far as it is needed: send a text, start a call, look how it went, check a number."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from monitor.lib.http import Answer, Door

API, LOOKUPS = "https://api.twilio.com", "https://lookups.twilio.com"
ENDED_WELL = frozenset({"delivered", "received", "read", "completed"})
ENDED_BADLY = frozenset({"undelivered", "failed", "busy", "no-answer", "canceled"})
FINAL_CODES = frozenset({21211, 21214, 21217, 21408, 21610, 21612, 21614})
"""Twilio's error numbers that say that this number will never take a message: wrong, unreachable, opted out."""


class TwilioError(Exception):
    """Twilio did not take it; `is_final` says that trying this number again cannot help."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """Whose account it is. `sender` is a number in international form, or the id of a messaging service (MG…)."""

    sid: str
    token: str
    sender: str
    endpoint: str
    lookup_endpoint: str
    door: Door

    @classmethod
    def at(cls, endpoint: str, sid: str, token: str, *, sender: str, door: Door) -> "TwilioAccount":
        """The account at `endpoint`, such as a test server; at Twilio itself where that is empty."""
        return cls(sid, token, sender, endpoint or API, endpoint or LOOKUPS, door)

    def send_text(self, to: str, text: str) -> str:
        """Hand a text message over; Twilio's id of it. Raises `TwilioError`, `NoAnswer`, `AddressRefused`."""
        sender = {"MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender}
        return self._create("Messages", {"To": to, "Body": text, **sender})

    def call(self, to: str, spoken: str, *, times: int = 3, language: str = "") -> str:
        """Call `to` and say `spoken` so many times; Twilio's id of the call. Raises as `send_text` does.

        `language` is the voice's, such as es-US; Twilio's own default is English.
        """
        voice = f" language={quoteattr(language)}" if language else ""
        says = f"<Say{voice}>{escape(spoken)}</Say><Pause length='1'/>" * times
        return self._create("Calls", {"To": to, "From": self.sender, "Twiml": f"<Response>{says}</Response>"})

    def status(self, receipt: str) -> str:
        """How a message (SM…, MM…) or call (CA…) stands, in Twilio's words. Raises as `send_text` does."""
        kind = "Calls" if receipt.startswith("CA") else "Messages"
        answer = self.door.get(f"{self._base}/{kind}/{quote(receipt, safe='')}.json", headers=self._headers)
        return str(_document(answer).get("status", ""))

    def is_valid(self, number: str) -> bool:
        """Whether a number can exist, by Twilio's free look-up. Raises as `send_text` does."""
        url = f"{self.lookup_endpoint}/v2/PhoneNumbers/{quote(number, safe='')}"
        return bool(_document(self.door.get(url, headers=self._headers)).get("valid"))

    def _create(self, kind: str, form: Mapping[str, str]) -> str:
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.door.post(f"{self._base}/{kind}.json", urlencode(form).encode(), headers=headers)
        return str(_document(answer).get("sid", ""))

    @property
    def _base(self) -> str:
        return f"{self.endpoint}/2010-04-01/Accounts/{quote(self.sid, safe='')}"

    @property
    def _headers(self) -> dict[str, str]:
        word = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {word}", "Accept": "application/json"}


def _document(answer: Answer) -> dict[str, Any]:
    """The JSON of an answer. Raises `TwilioError` for anything that is not a good one."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    if answer.is_ok:
        return document
    code = document.get("code")
    words = "check HEED_TWILIO_ACCOUNT and HEED_TWILIO_TOKEN" if answer.status in {401, 403} else f"error {code}"
    message = f"Twilio answered {answer.status}: {words}"
    raise TwilioError(message, is_final=code in FINAL_CODES)
