"""Which door a request goes to: the token endpoint, a batch, the control door or an API method."""

import json
from urllib.parse import parse_qsl, urlsplit

from monitor.simulator.api import answer, json_reply, spoil
from monitor.simulator.batch import PATHS, answer_batch
from monitor.simulator.call import Reply
from monitor.simulator.control import ControlError, act
from monitor.simulator.errors import no_such_path
from monitor.simulator.faults import TRANSPORT
from monitor.simulator.ledger import Entry
from monitor.simulator.oauth import TokenRefusedError, claimed_subject, refused_token
from monitor.simulator.world import World

_TOKEN_PATHS = {"/token": "token", "/v1/token": "sts"}


def handle(world: World, verb: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
    """Answers any request. `headers` have lower-case names."""
    path = urlsplit(target).path
    if path.startswith("/control/"):
        return _control(world, verb, path.removeprefix("/control/"), headers, body)
    if path in _TOKEN_PATHS and verb == "POST":
        return _token(world, path, headers, body)
    if path in PATHS and verb == "POST":
        return answer_batch(world, path, headers, body)
    if path in (*_TOKEN_PATHS, *PATHS):
        return json_reply(404, no_such_path(f"{verb} {path}").body(None))
    return answer(world, verb, target, headers, body=body)


def _token(world: World, path: str, headers: dict[str, str], body: bytes) -> Reply:
    method = _TOKEN_PATHS[path]
    with world.lock:
        subject, reason = "", ""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=50))
        claimed = world.people.get(claimed_subject(form), world.robot)
        rule = world.faults.strike(method, path, claimed)
        try:
            if rule and rule.kind not in TRANSPORT:
                raise refused_token(rule.kind, rule.as_error())
            if headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
                raise TokenRefusedError(400, "invalid_request", "Bad Request: form-encoded parameters are needed")
            if method == "sts":
                content = world.grants.federate(form, world.now())
            else:
                content, subject = world.grants.exchange(form, world.people, world.wall(), world.now())
            reply = json_reply(200, content)
        except TokenRefusedError as refusal:
            reply, reason = json_reply(refusal.code, refusal.body), str(refusal.body["error"])
        now, fault = world.now().isoformat(), rule.kind if rule else ""
        entry = Entry(0, now, "oauth", method, "POST", path, {}, subject, "", "", reply.status, reason, fault, False)
        world.ledger.add(entry)
    return spoil(reply, rule)


def _control(world: World, verb: str, name: str, headers: dict[str, str], body: bytes) -> Reply:
    # A page in somebody's browser can reach loopback too; it cannot send JSON without this header.
    if headers.get("origin") or headers.get("content-type", "").partition(";")[0] != "application/json":
        return json_reply(403, {"error": "the control door takes JSON from programs, not from web pages"})
    if verb != "POST":
        return json_reply(405, {"error": "the control door takes POST"})
    try:
        content = json.loads(body or b"{}")
        return json_reply(200, act(world, name, content))
    except (ControlError, UnicodeDecodeError, json.JSONDecodeError) as error:
        return json_reply(400, {"error": str(error)})
