"""A real HTTP server on loopback that keeps texts and calls as Twilio does: takes them over, lists them, has faults."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from monitor.lib import clock
from tests.fakes.web import Call, Web, web_server

KINDS = {"Messages": ("SM", "messages"), "Calls": ("CA", "calls")}


@dataclass
class Twilio:
    """The server's side. `after_taking` is called when a text or call was taken over, before the answer goes out."""

    web: Web
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"Messages": [], "Calls": []})
    lines: list[dict[str, Any]] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=lambda: {"status": "active", "type": "Full"})
    after_taking: Callable[[], None] = lambda: None
    refuses_lists: bool = False

    @property
    def bodies(self) -> list[str]:
        return [row["body"] for row in self.rows["Messages"]]

    def put(self, kind: str, to: str, body: str = "", **values: Any) -> str:
        """Somebody, perhaps not Heed, sent this; its id."""
        prefix, _ = KINDS[kind]
        sid = f"{prefix}{sum(map(len, self.rows.values())) + 1:032x}"
        row = {"sid": sid, "to": to, "from": "+15055550000", "body": body, "status": "queued", "date_sent": None}
        row |= {"date_created": format_datetime(clock.now()), "direction": "outbound-api"}
        self.rows[kind].insert(0, row | values)
        return sid

    def answer(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        url = urlsplit(call.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        name = url.path.rpartition("/")[2].removesuffix(".json")
        if call.method == "POST":
            sid = self.put(name, call.form["To"], call.form.get("Body", ""), **{"from": call.form.get("From")})
            self.after_taking()
            return _said(201, {"sid": sid, "status": "queued"})
        if name in KINDS:
            if self.refuses_lists:
                return _said(403, {"code": 20003})
            return _said(200, {KINDS[name][1]: [row for row in self.rows[name] if row["to"] == asked["To"]]})
        if name == "IncomingPhoneNumbers":
            rows = [row for row in self.lines if row["phone_number"] == asked["PhoneNumber"]]
            return _said(200, {"incoming_phone_numbers": rows})
        for row in self.rows["Messages"] + self.rows["Calls"]:
            if row["sid"] == name:
                return _said(200, row)
        return _said(200, self.account)


def _said(status: int, document: object) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps(document).encode()


@contextmanager
def twilio_server() -> Iterator[Twilio]:
    """A server for the length of the block."""
    with web_server() as web:
        twilio = Twilio(web)
        web.answer = twilio.answer
        yield twilio
