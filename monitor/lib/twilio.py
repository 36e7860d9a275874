"""Twilio's REST interface, as far as it is needed: send a text, start a call, look how it went, check a number.

It has no key that makes a request count once. Who does not know whether a request arrived asks `sent_before` first.
"""

import base64
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from monitor.lib.http import AddressRefused, Answer, Door, NoAnswer, NotReached

logger = logging.getLogger(__name__)

API, LOOKUPS = "https://api.twilio.com", "https://lookups.twilio.com"
ENDED_WELL = frozenset({"delivered", "received", "read", "completed"})
ENDED_BADLY = frozenset({"undelivered", "failed", "busy", "no-answer", "canceled"})
FINAL_CODES = frozenset({21211, 21214, 21217, 21408, 21610, 21612, 21614})
"""Twilio's error numbers that say that this number will never take a message: wrong, unreachable, opted out."""

PAGE = 50  # texts or calls to one number: more than anybody gets in the minutes that matter
CLOCKS_DIFFER = timedelta(minutes=2)  # Twilio's and ours; `doctor` complains from there on


class TwilioError(Exception):
    """Twilio did not take it; `is_final` says that trying this number again cannot help."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Taken:
    """A text or call that Twilio took over: its id, what a text says ("" for a call), and when by Twilio's clock."""

    sid: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the account: whether it takes texts, and whom Twilio calls with them ("" where that is not said)."""

    takes_texts: bool
    calls: str
    method: str


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

    def texts_to(self, number: str) -> list[Taken]:
        """The latest texts to `number` by this account. Raises as `send_text` does.

        Not filtered by date: Twilio's filter looks at the date of sending, which a text that waits does not have yet.
        """
        return [*self._taken("messages", f"Messages.json?To={quote(number, safe='')}")]

    def calls_to(self, number: str) -> list[Taken]:
        """The latest calls to `number` from the account's sender. Raises as `send_text` does."""
        where = f"Calls.json?To={quote(number, safe='')}&From={quote(self.sender, safe='')}"
        return [*self._taken("calls", where)]

    def standing(self) -> tuple[str, str]:
        """Whether the account works, in Twilio's words: its status (active, suspended, closed) and type (Trial, Full).

        Raises as `send_text` does.
        """
        document = _document(self.door.get(f"{self._base}.json", headers=self._headers))
        return str(document.get("status", "")), str(document.get("type", ""))

    def line(self, number: str) -> Line | None:
        """What the account knows of its own `number`; None where it has no such number. Raises as `send_text` does."""
        where = f"{self._base}/IncomingPhoneNumbers.json?PhoneNumber={quote(number, safe='')}"
        for row in _rows(_document(self.door.get(where, headers=self._headers)), "incoming_phone_numbers"):
            if row.get("phone_number") == number:
                can = row.get("capabilities")
                takes_texts = bool(can.get("sms")) if isinstance(can, dict) else True
                return Line(takes_texts, str(row.get("sms_url") or ""), str(row.get("sms_method") or ""))
        return None

    def is_valid(self, number: str) -> bool:
        """Whether a number can exist, by Twilio's free look-up. Raises as `send_text` does."""
        url = f"{self.lookup_endpoint}/v2/PhoneNumbers/{quote(number, safe='')}"
        return bool(_document(self.door.get(url, headers=self._headers)).get("valid"))

    def _create(self, kind: str, form: Mapping[str, str]) -> str:
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.door.post(f"{self._base}/{kind}.json", urlencode(form).encode(), headers=headers)
        return str(_document(answer).get("sid", ""))

    def _taken(self, kind: str, where: str) -> Iterator[Taken]:
        document = _document(self.door.get(f"{self._base}/{where}&PageSize={PAGE}", headers=self._headers))
        for row in _rows(document, kind):
            at = _moment(row.get("date_created"))
            if at is not None and row.get("sid") and str(row.get("direction", "")).startswith("outbound"):
                yield Taken(str(row["sid"]), str(row.get("body") or ""), at)

    @property
    def _base(self) -> str:
        return f"{self.endpoint}/2010-04-01/Accounts/{quote(self.sid, safe='')}"

    @property
    def _headers(self) -> dict[str, str]:
        word = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {word}", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A text or call in doubt `since` then: nobody saw what Twilio said to the request. `what` names it in the log.

    A text is known by its `words`, a call (None) by its number and time. `known` gives those of some ids that other
    rows stand for, `rivals` how many other messages in doubt may be what Twilio has just as well.
    """

    what: str
    number: str
    words: str | None
    since: datetime
    known: Callable[[Sequence[str]], Collection[str]]
    rivals: Callable[[], int]


def sent_before(account: TwilioAccount, doubt: Doubt) -> str:
    """Twilio's id of what `doubt` is about; "" where Twilio does not have it, or does not say: then it is sent again.

    Raises `NotReached` when Twilio cannot be reached: then nothing could be sent either.
    """
    try:
        found = account.calls_to(doubt.number) if doubt.words is None else account.texts_to(doubt.number)
    except NotReached:
        raise
    except (TwilioError, NoAnswer, AddressRefused) as error:
        logger.warning("Twilio does not say whether %s went out (%s): it is sent again", doubt.what, error)
        return ""
    if doubt.words is not None:
        # A trial account puts words of its own before ours, and spaces may be taken off the ends.
        words = doubt.words.strip()
        found = [row for row in found if row.body.strip().endswith(words)]
    known = doubt.known([row.sid for row in found])
    sid = taken_of(found, since=doubt.since, known=known, rivals=doubt.rivals())
    logger.warning("%s was in doubt: Twilio %s", doubt.what, "has it" if sid else "has nothing that must be it")
    return sid


def taken_of(found: Sequence[Taken], *, since: datetime, known: Collection[str], rivals: int) -> str:
    """The id of the text or call among `found` that a row in doubt `since` then stands for; "" where that is not sure.

    `known` are ids that other rows have. `rivals` is how many other rows in doubt `found` may stand for just as well:
    unless there is one for each, none is taken for sent. Told twice is better than told never.
    """
    free = sorted((row for row in found if row.sid not in known and row.at >= since - CLOCKS_DIFFER), key=_age)
    return free[0].sid if len(free) > rivals else ""


def _age(taken: Taken) -> datetime:
    return taken.at


def _rows(document: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    rows = document.get(kind)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _moment(words: object) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(words))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


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
