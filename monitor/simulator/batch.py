"""Google's batch endpoints: up to 100 calls of one API in one multipart request."""

import email
from email.message import Message
from http import HTTPStatus

from monitor.simulator.api import answer, json_reply
from monitor.simulator.call import Reply
from monitor.simulator.errors import GoogleError, bad_value
from monitor.simulator.world import World

PATHS = {"/batch/gmail/v1": "gmail", "/batch/drive/v3": "drive", "/batch/admin/directory_v1": "directory"}
_PREFIXES = {"gmail": "/gmail/v1/", "drive": "/drive/v3/", "directory": "/admin/directory/v1/"}
MOST_CALLS = 100
_BOUNDARY = "batch_cedarvalleysimulator"


def answer_batch(world: World, path: str, headers: dict[str, str], body: bytes) -> Reply:
    """Answers every part by itself, in order; a part without its own Authorization inherits the request's."""
    try:
        parts = _parts(headers, body)
        pieces = [_answer_part(world, PATHS[path], part, headers) for part in parts]
    except GoogleError as error:
        return json_reply(error.code, error.body(None))
    content = "".join(f"--{_BOUNDARY}\r\n{piece}\r\n" for piece, _ in pieces) + f"--{_BOUNDARY}--\r\n"
    transport = next((spoilt for _, spoilt in pieces if spoilt), "")
    return Reply(200, content.encode(), f"multipart/mixed; boundary={_BOUNDARY}", transport=transport)


def _parts(headers: dict[str, str], body: bytes) -> list[Message]:
    kind = headers.get("content-type", "")
    if not kind.lower().startswith("multipart/mixed"):
        raise bad_value("Failed to parse batch request, error: the content type must be multipart/mixed.")
    whole = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts = whole.get_payload()
    if not isinstance(parts, list) or not parts:
        raise bad_value("Failed to parse batch request, error: no parts found.")
    if len(parts) > MOST_CALLS:
        refusal = f"The batch request contains too many calls: {len(parts)}. The maximum is {MOST_CALLS}."
        raise bad_value(refusal)
    return [part for part in parts if isinstance(part, Message)]


def _answer_part(world: World, api: str, part: Message, outer: dict[str, str]) -> tuple[str, str]:
    verb, target, headers = _request(part)
    headers.setdefault("authorization", outer.get("authorization", ""))
    if not target.startswith(_PREFIXES[api]):
        refusal = f"Failed to parse batch request, error: {target[:200]} is not a path of this batch endpoint."
        raise bad_value(refusal)
    reply = answer(world, verb, target, headers, batch=True)
    phrase = HTTPStatus(reply.status).phrase if reply.status else "Gone"
    identity = str(part["Content-ID"] or "").strip()
    named = f"Content-ID: <response-{identity.strip('<>')}>\r\n" if identity else ""
    extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    head = f"Content-Type: {reply.content_type}\r\n{extra}Content-Length: {len(reply.body)}\r\n"
    text = reply.body.decode("utf-8", "replace")
    piece = f"Content-Type: application/http\r\n{named}\r\nHTTP/1.1 {reply.status} {phrase}\r\n{head}\r\n{text}"
    return piece, reply.transport


def _request(part: Message) -> tuple[str, str, dict[str, str]]:
    content = part.get_payload()
    if part.get_content_type() != "application/http" or not isinstance(content, str):
        raise bad_value("Failed to parse batch request, error: every part must be application/http.")
    line, _, rest = content.lstrip().partition("\n")
    words = line.split()
    if len(words) < 2 or not words[1].startswith("/"):
        refusal = f"Failed to parse batch request, error: bad request line {line[:100]!r}."
        raise bad_value(refusal)
    inner = email.message_from_string(rest)
    return words[0].upper(), words[1], {name.lower(): str(value) for name, value in inner.items()}
