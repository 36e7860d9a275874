"""The part of Gmail's search language that the simulator plays; other operators are refused, not ignored."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.simulator import mime
from monitor.simulator.errors import bad_value
from monitor.simulator.mailbox import Message

_TERM = re.compile(r"(after|before|newer|older|in|label|is|rfc822msgid):(\S+)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_PLACES = {"inbox": "INBOX", "sent": "SENT", "spam": "SPAM", "trash": "TRASH", "draft": "DRAFT", "drafts": "DRAFT"}


@dataclass
class Search:
    """All conditions must hold. Times are milliseconds since 1970: `since` inclusive, `until` exclusive."""

    since: int = 0
    until: int = 2**63
    labels: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    message_id: str = ""
    anywhere: bool = False

    def matches(self, message: Message, with_hidden: bool) -> bool:
        """Whether a message is found; spam and trash only when asked for by name or `with_hidden`."""
        own = set(message.labels)
        hidden = own & {"SPAM", "TRASH"}
        if hidden and not (with_hidden or self.anywhere or hidden & self.labels):
            return False
        if not self.since <= message.internal_date < self.until:
            return False
        if not self.labels <= own or self.absent & own:
            return False
        return not self.message_id or self.message_id in mime.references(mime.headers(message.raw()))[:1]


def read_search(query: str, label_ids: list[str]) -> Search:
    """Reads `q` and `labelIds`; `GoogleError` 400 for an operator that the simulator does not play."""
    search = Search(labels=set(label_ids))
    for word in query.split():
        found = _TERM.fullmatch(word)
        if not found:
            refusal = (
                f"Invalid value at 'q': the simulator plays after:, before:, in:, label:, is:read, is:unread and "
                f"rfc822msgid: only, not {word[:60]!r}"
            )
            raise bad_value(
                refusal,
                "q",
            )
        _apply(search, found[1].lower(), found[2])
    return search


def _apply(search: Search, operator: str, value: str) -> None:
    if operator in ("after", "newer"):
        search.since = max(search.since, _milliseconds(value))
    elif operator in ("before", "older"):
        search.until = min(search.until, _milliseconds(value))
    elif operator == "rfc822msgid":
        search.message_id = f"<{value.strip('<>')}>"
    elif operator == "is" and value.lower() in ("read", "unread"):
        (search.labels if value.lower() == "unread" else search.absent).add("UNREAD")
    elif operator == "is":
        refusal = f"Invalid value at 'q': is:{value[:60]} is not played by the simulator"
        raise bad_value(refusal, "q")
    elif value.lower() == "anywhere":
        search.anywhere = True
    else:
        search.labels.add(_PLACES.get(value.lower(), value))


def _milliseconds(value: str) -> int:
    if value.isdigit() and len(value) <= 12:
        return int(value) * 1000
    found = _DAY.fullmatch(value)
    try:
        if found:
            # Gmail counts such days in the mailbox's own zone; the simulator's mailboxes live in UTC.
            return int(datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        pass
    refusal = f"Invalid value at 'q': {value[:60]!r} is neither seconds since 1970 nor a day"
    raise bad_value(refusal, "q")
