"""One authorised, validated call of one API method, and how it is answered."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.simulator.discovery import Method
from monitor.simulator.errors import bad_value
from monitor.simulator.people import Person


@dataclass
class Call:
    """`path` and `query` hold parameters by name, typed, `body` the JSON object that was sent; `subject` is the
    impersonated person; `lost` says that the answer will not arrive whole, so that it may not count as contact."""

    method: Method
    path: dict[str, str]
    query: dict[str, Any]
    headers: dict[str, str]
    subject: Person
    lost: bool = False
    body: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A query parameter as text, empty when it was not given."""
        value = self.query.get(name)
        return "" if value is None else str(value)


@dataclass
class Reply:
    """What goes back over HTTP; `transport` names an injected fault of the connection itself."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    transport: str = ""


@dataclass
class Download:
    """Bytes that an API method answers with instead of JSON."""

    content: bytes
    media_type: str
    ranges: bool = False


def page_number(text: str, most: int) -> int:
    """The offset in an opaque page token of ours, 0 for none; `ValueError` for a token that we never gave."""
    if not text:
        return 0
    if not text.startswith("p") or not text[1:].isdigit() or not 0 < int(text[1:]) <= most:
        message = "Invalid page token"
        raise ValueError(message)
    return int(text[1:])


def instant(text: str, wrong: str, location: str) -> datetime:
    """An RFC 3339 time with its offset. Refuses another text in Google's words, which begin with `wrong`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{wrong}: {text[:60]!r} is not an RFC 3339 time"
        raise bad_value(message, location)
    return moment
