"""The way of one API call: route, token, scope, parameters, faults, method, `fields`, ledger."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from monitor.simulator import chat, cloud, directory, drive, gmail, reports
from monitor.simulator.call import Call, Download, Reply
from monitor.simulator.discovery import Method, read_query, route
from monitor.simulator.errors import GoogleError, bad_value, scope_missing, unauthenticated
from monitor.simulator.faults import BROKEN, DISTORTING, TRANSPORT, Rule
from monitor.simulator.ledger import Entry
from monitor.simulator.people import Person
from monitor.simulator.selector import select
from monitor.simulator.world import World

_METHODS: dict[str, Any] = {
    **gmail.METHODS,
    **drive.METHODS,
    **directory.METHODS,
    **reports.METHODS,
    **cloud.METHODS,
    **chat.METHODS,
}
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_PAGE = b"<!DOCTYPE html><html lang=en><title>Sorry...</title><p>We're sorry, but the page is not available.</html>"
_ITEMS = ("id", "messageId", "fileId")


@dataclass
class _Attempt:
    """What is known of a call so far; the ledger's entry is made of it however the call ends."""

    verb: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    batch: bool
    body: bytes = b""
    method: Method | None = None
    path_values: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    rule: Rule | None = None
    units: int = 0


def answer(
    world: World, verb: str, target: str, headers: dict[str, str], batch: bool = False, body: bytes = b""
) -> Reply:
    """Answers one call of an API method. `headers` have lower-case names. Takes the world's lock."""
    parts = urlsplit(target)
    pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200)
    attempt = _Attempt(verb, parts.path, pairs, headers, batch, body)
    with world.lock:
        world.catch_up()
        try:
            reply, reason = _perform(world, attempt), ""
        except GoogleError as error:
            api = attempt.method.api if attempt.method else None
            reply, reason = json_reply(error.code, error.body(api)), error.reason
            if error.retry_after is not None:
                reply.headers["Retry-After"] = str(error.retry_after)
        _enter(world, attempt, reply.status, reason)
    return spoil(reply, attempt.rule)


def json_reply(status: int, body: dict[str, Any]) -> Reply:
    """A JSON answer; always compact, whatever `prettyPrint` says."""
    return Reply(status, json.dumps(body, separators=(",", ":")).encode())


def _perform(world: World, attempt: _Attempt) -> Reply:
    method, attempt.path_values = route(attempt.verb, attempt.path)
    attempt.method = method
    person = _authorise(world, attempt, method)
    attempt.units = world.quota.charge(method, person.email, dict(attempt.query), world.now())
    attempt.rule = world.faults.strike(method.id, attempt.path, person)
    if attempt.rule and attempt.rule.kind not in (*TRANSPORT, *DISTORTING):
        raise attempt.rule.as_error(method.id)
    query = read_query(method, attempt.query)
    broken = attempt.rule is not None and attempt.rule.kind in BROKEN
    call = Call(method, attempt.path_values, query, attempt.headers, person, lost=broken)
    call.body = _json_body(attempt)
    _check_alt(call, attempt.batch)
    if method.id not in _METHODS:
        raise GoogleError(501, f"The simulator does not play {method.id}.", "notImplemented", front_door=True)
    if attempt.rule and attempt.rule.kind in ("reset", "timeout"):
        return Reply(0, b"")
    return _answered(world, call, attempt.rule)


def _answered(world: World, call: Call, rule: Rule | None) -> Reply:
    method = call.method
    result = _METHODS[method.id](world, call)
    if isinstance(result, Download):
        return _download(result, call)
    if rule and rule.kind in DISTORTING:
        result = world.faults.distort(rule, result)
    fields = call.text("fields") or drive.DEFAULT_FIELDS.get(method.id, "")
    if fields and method.response:
        result = select(method.api, method.response, fields, result)
    return json_reply(200, result)


def _authorise(world: World, attempt: _Attempt, method: Method) -> Person:
    given = attempt.headers.get("authorization", "")
    kind, _, text = given.partition(" ")
    if not given:
        raise unauthenticated(missing=True)
    token = world.grants.find(text.strip(), world.people, world.now()) if kind.lower() == "bearer" else None
    if token is None:
        raise unauthenticated(missing=False)
    attempt.subject = token.subject
    if not token.scopes & method.scopes:
        raise scope_missing(method.id)
    return world.robot if token.subject == world.robot.email else world.people[token.subject]


def _json_body(attempt: _Attempt) -> dict[str, Any]:
    if not attempt.body.strip():
        return {}
    try:
        found = json.loads(attempt.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = "Invalid JSON payload received. Unexpected token."
        raise bad_value(message, reason="parseError")
    return found


def _check_alt(call: Call, batch: bool) -> None:
    alt = call.query["alt"]
    for name in ("access_token", "oauth_token", "callback"):
        if call.text(name):
            refusal = f"the simulator takes no {name}; send the token in the Authorization header"
            raise bad_value(refusal, name)
    if batch and call.method.id in ("drive.files.export", "drive.links.export"):
        raise bad_value("A batch cannot carry downloads; export files one by one.")
    if alt == "json":
        return
    if alt != "media" or not call.method.downloads or batch:
        refusal = f"Invalid value at 'alt': {alt} is not available for this request"
        raise bad_value(refusal, "alt")


def _download(download: Download, call: Call) -> Reply:
    content, wanted = download.content, call.headers.get("range", "")
    found = _RANGE.fullmatch(wanted) if download.ranges else None
    if not found:
        return Reply(200, content, download.media_type)
    first, last = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
    if first >= len(content):
        return Reply(416, b"", download.media_type, {"Content-Range": f"bytes */{len(content)}"})
    place = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Reply(206, content[first : last + 1], download.media_type, place)


def spoil(reply: Reply, rule: Rule | None) -> Reply:
    """What an injected fault of the transport does to the answer; the server carries out what the socket must do."""
    if rule is None or rule.kind not in TRANSPORT:
        return reply
    if rule.kind == "not_json":
        return Reply(200, _PAGE, "text/html; charset=UTF-8")
    if rule.kind == "wrong_json":
        return Reply(200, b'{"kind":"unexpected","value":[null]}')
    reply.transport = f"{rule.kind}:{rule.seconds}" if rule.kind in ("slow", "timeout") else rule.kind
    if rule.kind == "truncated" and not reply.content_type.startswith("application/json"):
        reply.transport = "reset_body"  # half a file that is whole as HTTP would be another file
    return reply


def _parameters(query: list[tuple[str, str]]) -> dict[str, str]:
    """What was asked, without credentials; a repeated parameter's values are joined by commas."""
    found: dict[str, str] = {}
    for name, text in query:
        if name not in ("access_token", "oauth_token", "key"):
            found[name] = f"{found[name]},{text}" if name in found else text
    return found


def _enter(world: World, attempt: _Attempt, status: int, reason: str) -> None:
    values, method = attempt.path_values, attempt.method
    world.ledger.add(
        Entry(
            seq=0,
            at=world.now().isoformat(),
            api=method.api if method else "",
            method=method.id if method else "",
            verb=attempt.verb,
            path=attempt.path,
            parameters=_parameters(attempt.query),
            subject=attempt.subject,
            user_id=values.get("userId", ""),
            item=next((values[name] for name in reversed(_ITEMS) if name in values), ""),
            status=status,
            reason=reason,
            fault=attempt.rule.kind if attempt.rule else "",
            batch=attempt.batch,
            units=attempt.units,
        )
    )
