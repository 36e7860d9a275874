"""Reads mail that came back: whom it did not reach, for how long, and which mail it was.

Reports by the standard (RFC 3464) say all of it in fields. Others are read only where a mail system wrote them and they
say without doubt which mail, whom and why; an answer of a person or of an absence notice never counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.header import Header
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum

MARK = "Heed-Alert"  # carries our id beside Message-ID, which some mail services replace by their own
HEADERS = ("From", "Content-Type", "X-Failed-Recipients")
SYSTEMS = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"})
MOST_RECIPIENTS, MOST_IDS, TEXT_CHARACTERS = 50, 10, 65_536
COPIES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})

_ID = re.compile(rf"^[>\s]*(?:message-id|{MARK}):\s*(<[^<>\s]{{3,250}}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CODE = re.compile(r"\b([45])(?:\.\d{1,3}\.\d{1,3}\b|\d\d[ -])")
_ADDRESS = re.compile(r"[^\s<>:;,\"'()\[\]]+@[^\s<>:;,\"'()\[\]]+[^\s<>:;,\"'()\[\].]")
_COPY_BEGINS = re.compile(r"(?im)^[>\s]*(?:received|message-id|return-path|dkim-signature|mime-version):")
_FOR_GOOD = re.compile(r"(?i)permanent (?:error|failure|fatal)|fatal errors?\b|has been returned|undeliverable")
_FOR_NOW = re.compile(r"(?i)delayed|will (?:keep|continue|be re)|not yet been|temporar|will retry|try again")


class Verdict(StrEnum):
    """What became of a mail to one recipient."""

    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Missed:
    """One recipient whom the mail did not reach. `status` is such as 5.1.1; `address` is in lower case."""

    address: str
    status: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """What a returned mail says. `ids` are Message-IDs with their brackets, of the mail that it is about."""

    ids: tuple[str, ...]
    missed: tuple[Missed, ...]


def may_be_report(headers: Mapping[str, str]) -> bool:
    """Whether a mail with these headers (names in lower case) is worth reading; that of a person never is."""
    is_report = "multipart/report" in headers.get("content-type", "").lower()
    return is_report or _is_of_system(headers.get("from", ""), headers.get("x-failed-recipients", ""))


def read_report(raw: bytes) -> Report | None:
    """What `raw` says of a mail that came back; None where it is no such report."""
    mail = message_from_bytes(raw)
    parts = list(mail.walk())
    statuses = [part for part in parts if part.get_content_type() in STATUS_PARTS]
    if statuses:
        missed = [found for part in statuses for found in _by_fields(part)]
        return Report(tuple(_copied_ids(parts)[:MOST_IDS]), tuple(missed[:MOST_RECIPIENTS]))
    if not _is_of_system(_text(mail.get("From")), _text(mail.get("X-Failed-Recipients"))):
        return None
    return _by_words(mail, parts)


def _is_of_system(sender: str, failed: str) -> bool:
    # An empty Return-Path would prove nothing: absence notices have it as well.
    return bool(failed.strip()) or parseaddr(sender)[1].partition("@")[0].lower() in SYSTEMS


def _by_fields(part: Message) -> Iterator[Missed]:
    payload = part.get_payload()
    for block in payload if isinstance(payload, list) else []:
        if not isinstance(block, Message):
            continue
        verdict, status = _verdict_of(block)
        if verdict is not None:
            fields = (_text(block.get(name)) for name in ("Final-Recipient", "Original-Recipient"))
            addresses = {_address(field.rpartition(";")[2]) for field in fields}
            yield from (Missed(address, status, verdict) for address in sorted(addresses) if address)


def _verdict_of(block: Message) -> tuple[Verdict | None, str]:
    """For good only when the report says `failed` and a status of 5; of 4 it may yet pass."""
    action = _text(block.get("Action")).strip().lower()
    found = _STATUS.search(_text(block.get("Status"))) or _STATUS.search(_text(block.get("Diagnostic-Code")))
    status = found[0] if found else ""
    if not status and (code := _CODE.search(_text(block.get("Diagnostic-Code")))):
        status = f"{code[1]}.0.0"
    if action == "failed" and status.startswith("5"):
        return Verdict.FAILED, status
    if action == "delayed" or (action == "failed" and status.startswith("4")):
        return Verdict.DELAYED, status or "4.0.0"
    return None, status


def _copied_ids(parts: list[Message]) -> list[str]:
    """The ids in the headers of the mail itself, which a report has with it whole or in part."""
    found: list[str] = []
    for part in parts:
        if part.get_content_type() not in COPIES:
            continue
        payload = part.get_payload()
        if isinstance(payload, list) and payload and isinstance(payload[0], Message):
            copy = payload[0]
            head = "\n".join(f"{name}: {_text(copy.get(name))}" for name in ("Message-ID", MARK))
        else:
            head = _decoded(part).replace("\r\n", "\n").partition("\n\n")[0]
        found += _ID.findall(head)
    return list(dict.fromkeys(found))


def _by_words(mail: Message, parts: list[Message]) -> Report | None:
    """What an older mail system says in words: in what stands before the copy of the mail."""
    said = "\n".join(_decoded(part) for part in parts if part.get_content_type() == "text/plain")[:TEXT_CHARACTERS]
    copy = _COPY_BEGINS.search(said)
    before = said[: copy.start()] if copy else said
    named = _text(mail.get("X-Failed-Recipients")) or before
    addresses = list(dict.fromkeys(_address(word) for word in _ADDRESS.findall(named)))
    verdict, status = _judged(before)
    if verdict is None:
        return None
    ids = list(dict.fromkeys([*_ID.findall(said), *_copied_ids(parts)]))
    missed = tuple(Missed(address, status, verdict) for address in addresses[:MOST_RECIPIENTS] if address)
    return Report(tuple(ids[:MOST_IDS]), missed)


def _judged(words: str) -> tuple[Verdict | None, str]:
    """For good only where nothing in the words speaks of later."""
    kinds = {code[1] for code in _CODE.finditer(words)}
    found = _STATUS.search(words)
    if "4" in kinds or _FOR_NOW.search(words):
        return Verdict.DELAYED, found[0] if found else "4.0.0"
    if "5" in kinds or _FOR_GOOD.search(words):
        return Verdict.FAILED, found[0] if found else "5.0.0"
    return None, ""


def _address(words: str) -> str:
    return words.strip().strip("<>").strip().lower()[:254]


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | Header) else ""
