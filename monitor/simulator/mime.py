"""Reads a mail the way Gmail presents it: a tree of parts. Tolerant: bytes that no parser likes become one part."""

import base64
import email
import html
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses
from typing import Any

_DEEPEST = 40
_MOST_PARTS = 1_000
_HEADER_LINE = re.compile(rb"(?m)^([!-9;-~]{1,100}):[ \t]*(.*)$")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_SNIPPET = 200


def payload(raw: bytes, message_id: str) -> dict[str, Any]:
    """The `payload` of a message in format `full`; never raises, whatever the bytes are."""
    try:
        return _part(email.message_from_bytes(raw), "", message_id, 0, [_MOST_PARTS])
    except Exception:  # noqa: BLE001 - Python's parser fails in many ways; Gmail shows such a mail all the same
        head, _, body = raw.partition(b"\n\n")
        text = body.decode("utf-8", "replace").encode()
        found = [{"name": _clean(name.decode()), "value": _decoded(value)} for name, value in _raw_headers(head)]
        part = {"partId": "", "mimeType": "text/plain", "filename": "", "headers": found}
        return part | {"body": {"size": len(text), "data": encode(text)}}


def headers(raw: bytes) -> list[dict[str, str]]:
    """The top-level headers of a mail, decoded; never raises."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    try:
        return _headers(email.message_from_bytes(head + b"\r\n\r\n"))
    except Exception:  # noqa: BLE001 - as above
        return [{"name": _clean(name.decode()), "value": _decoded(value)} for name, value in _raw_headers(head)]


def header(found: list[dict[str, str]], name: str) -> str:
    """The first value of a header, or an empty text."""
    return next((item["value"] for item in found if item["name"].lower() == name.lower()), "")


def addresses(found: list[dict[str, str]], name: str) -> list[str]:
    """The addresses in all headers of this name, in lower case."""
    values = [item["value"] for item in found if item["name"].lower() == name.lower()]
    return [address.lower() for _, address in getaddresses(values) if address]


def references(found: list[dict[str, str]]) -> list[str]:
    """The message ids that a mail names: its own first (empty text for none), then those it answers."""
    own = _MESSAGE_ID.findall(header(found, "Message-ID"))[:1]
    answered = _MESSAGE_ID.findall(header(found, "In-Reply-To")) + _MESSAGE_ID.findall(header(found, "References"))
    return (own or [""]) + answered[:100]


def attachment(raw: bytes, message_id: str, attachment_id: str) -> bytes | None:
    """The bytes of one attachment, or None when the mail has no such part."""
    part_id = _part_of(message_id, attachment_id)
    try:
        parts = list(_numbered(email.message_from_bytes(raw), "", 0))
    except Exception:  # noqa: BLE001 - as above
        return None
    return next((_content(mail) for number, mail in parts if number == part_id), None)


def snippet(tree: dict[str, Any]) -> str:
    """The first words of a mail, HTML-escaped as Gmail does."""
    for wanted in ("text/plain", "text/html"):
        for part in _flat(tree):
            if part["mimeType"] == wanted and part["body"].get("data"):
                text = base64.urlsafe_b64decode(part["body"]["data"])[:8_000].decode("utf-8", "replace")
                if wanted == "text/html":
                    text = html.unescape(re.sub(r"(?s)<(style|script).*?</\1>|<[^>]*>", " ", text))
                return html.escape(" ".join(text.split())[:_SNIPPET])
    return ""


def plain_text(raw: bytes) -> str:
    """The words of a mail's first part in plain text, or of its HTML without the tags; empty when it has neither."""
    tree = payload(raw, "")
    for wanted in ("text/plain", "text/html"):
        for part in _flat(tree):
            if part["mimeType"] == wanted and part["body"].get("data"):
                text = base64.urlsafe_b64decode(part["body"]["data"]).decode("utf-8", "replace")
                return text if wanted == "text/plain" else html.unescape(re.sub(r"<[^>]*>", " ", text))
    return ""


def encode(content: bytes) -> str:
    """Base64 with the URL alphabet and padding, as Gmail sends bytes."""
    return base64.urlsafe_b64encode(content).decode()


def _part(mail: Mail, number: str, message_id: str, depth: int, budget: list[int]) -> dict[str, Any]:
    budget[0] -= 1
    if depth > _DEEPEST or budget[0] < 0:
        message = "too deep or too many parts"
        raise ValueError(message)
    kind, filename = mail.get_content_type(), _clean(_filename(mail))
    part: dict[str, Any] = {"partId": number, "mimeType": kind, "filename": filename, "headers": _headers(mail)}
    if mail.is_multipart() and kind != "message/rfc822":
        children = enumerate(_children(mail))
        part["body"] = {"size": 0}
        part["parts"] = [_part(child, _number(number, at), message_id, depth + 1, budget) for at, child in children]
        return part
    content = _content(mail)
    if kind.startswith("text/") and not filename:
        content = _as_utf8(mail, content)
        part["body"] = {"size": len(content)} | ({"data": encode(content)} if content else {})
    else:
        part["body"] = {"size": len(content), "attachmentId": _attachment_id(message_id, number)}
    if kind == "message/rfc822" and mail.is_multipart():
        inner = _children(mail)[0]
        part["parts"] = [_part(inner, _number(number, 0), message_id, depth + 1, budget)]
    return part


def _numbered(mail: Mail, number: str, depth: int) -> Iterator[tuple[str, Mail]]:
    if depth > _DEEPEST:
        return
    yield number, mail
    for at, child in enumerate(_children(mail)):
        yield from _numbered(child, _number(number, at), depth + 1)


def _children(mail: Mail) -> list[Mail]:
    inner = mail.get_payload()
    return [child for child in inner if isinstance(child, Mail)] if isinstance(inner, list) else []


def _flat(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree.get("parts", ()):
        yield from _flat(child)


def _number(parent: str, at: int) -> str:
    return f"{parent}.{at}" if parent else str(at)


def _attachment_id(message_id: str, number: str) -> str:
    return "ANGjdJ" + base64.urlsafe_b64encode(f"{message_id}/{number}".encode()).decode().rstrip("=")


def _part_of(message_id: str, attachment_id: str) -> str | None:
    text = attachment_id.removeprefix("ANGjdJ")
    try:
        owner, slash, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("/")
    except ValueError:
        return None
    return number if slash and owner == message_id else None


def _content(mail: Mail) -> bytes:
    if mail.is_multipart():
        return b"".join(child.as_bytes() for child in _children(mail))
    content = mail.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _as_utf8(mail: Mail, content: bytes) -> bytes:
    charset = str(mail.get_content_charset() or "utf-8")
    try:
        return content.decode(charset, "replace").encode("utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace").encode()


def _filename(mail: Mail) -> str:
    try:
        return str(mail.get_filename() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _headers(mail: Mail) -> list[dict[str, str]]:
    return [{"name": _clean(name), "value": _decoded(value)} for name, value in mail.raw_items()]


def _raw_headers(head: bytes) -> list[tuple[bytes, bytes]]:
    return [(found[1], found[2]) for found in _HEADER_LINE.finditer(head)][:500]


def _decoded(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else _clean(str(value))
    text = re.sub(r"\r?\n[ \t]*", " ", text).strip()
    if "=?" not in text:
        return text
    try:
        return _clean(str(make_header(decode_header(text))))
    except (ValueError, LookupError, AttributeError, TypeError):
        return text


def _clean(text: str) -> str:
    # Bytes that were not ASCII arrive as lone surrogates, which no JSON reader wants.
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
