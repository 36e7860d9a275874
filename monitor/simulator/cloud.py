"""Methods that the service account calls as itself: Pub/Sub pull and IAM Credentials, the way to go without a key."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from monitor.simulator.call import Call
from monitor.simulator.errors import GoogleError, bad_value, not_found
from monitor.simulator.oauth import LIFETIME, MANAGED_KEY_ID
from monitor.simulator.people import CLIENT_EMAIL
from monitor.simulator.pubsub_state import Subscription
from monitor.simulator.world import World

_MOST_PULLED = 1_000
_MOST_SECONDS = 600


def pull(world: World, call: Call) -> dict[str, Any]:
    """`subscriptions.pull`. Answers at once, also when nothing waits (Google would wait a while first)."""
    subscription, most = _subscription(world, call), call.body.get("maxMessages")
    if not isinstance(most, int) or most < 1:
        message = "You have passed an invalid argument to the service (argument=max_messages)."
        raise bad_value(message)
    found = world.pubsub.pull(subscription, min(most, _MOST_PULLED), world.now())
    if not found:
        return {}
    return {
        "receivedMessages": [
            {
                "ackId": waiting.ack,
                "message": {"data": waiting.data, "messageId": waiting.id, "publishTime": _stamp(waiting.published)},
            }
            for waiting in found
        ]
    }


def acknowledge(world: World, call: Call) -> dict[str, Any]:
    """`subscriptions.acknowledge`."""
    subscription = _subscription(world, call)
    world.pubsub.acknowledge(subscription, _acks(call))
    return {}


def modify_deadline(world: World, call: Call) -> dict[str, Any]:
    """`subscriptions.modifyAckDeadline`; 0 seconds gives the messages back at once."""
    subscription, seconds = _subscription(world, call), call.body.get("ackDeadlineSeconds", 0)
    if not isinstance(seconds, int) or not 0 <= seconds <= _MOST_SECONDS:
        message = "You have passed an invalid argument to the service (argument=ack_deadline_seconds)."
        raise bad_value(message)
    acks = _acks(call)
    for waiting in subscription.waiting:
        if waiting.ack in acks:
            waiting.until = world.now() + timedelta(seconds=seconds)
    return {}


def get_subscription(world: World, call: Call) -> dict[str, Any]:
    """`subscriptions.get`."""
    subscription = _subscription(world, call)
    return {
        "name": call.path["subscription"],
        "topic": subscription.topic,
        "pushConfig": {},
        "ackDeadlineSeconds": int(subscription.deadline.total_seconds()),
        "messageRetentionDuration": "604800s",
        "state": "ACTIVE",
    }


def sign_jwt(world: World, call: Call) -> dict[str, Any]:
    """`serviceAccounts.signJwt`: signs the claims with the key that Google keeps and nobody can read."""
    _own_account(call)
    try:
        claims = json.loads(str(call.body.get("payload") or ""))
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        message = "Invalid JWT payload: the payload must be a JSON object of claims."
        raise bad_value(message)
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires > world.wall().timestamp() + 12 * 3600:
        message = "The expiration of the JWT (exp) must not be more than 12 hours in the future."
        raise bad_value(message)
    head = {"alg": "RS256", "kid": MANAGED_KEY_ID, "typ": "JWT"}
    signed = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    signature = world.managed_key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {"keyId": MANAGED_KEY_ID, "signedJwt": f"{signed}.{_encode(signature)}"}


def generate_access_token(world: World, call: Call) -> dict[str, Any]:
    """`serviceAccounts.generateAccessToken`: a token of the service account itself."""
    _own_account(call)
    scopes = call.body.get("scope")
    if not isinstance(scopes, list) or not scopes:
        message = "Scope required."
        raise bad_value(message)
    text = world.grants.grant(CLIENT_EMAIL, frozenset(str(scope) for scope in scopes), world.now())
    return {"accessToken": text, "expireTime": (world.now() + LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")}


METHODS: dict[str, Callable[[World, Call], dict[str, Any]]] = {
    "pubsub.projects.subscriptions.pull": pull,
    "pubsub.projects.subscriptions.acknowledge": acknowledge,
    "pubsub.projects.subscriptions.modifyAckDeadline": modify_deadline,
    "pubsub.projects.subscriptions.get": get_subscription,
    "iamcredentials.projects.serviceAccounts.signJwt": sign_jwt,
    "iamcredentials.projects.serviceAccounts.generateAccessToken": generate_access_token,
}


def _subscription(world: World, call: Call) -> Subscription:
    _robot_only(call)
    name = call.path["subscription"]
    if name not in world.pubsub.subscriptions:
        refusal = f"Resource not found (resource={name.rpartition('/')[2]})."
        raise not_found(refusal)
    return world.pubsub.subscriptions[name]


def _acks(call: Call) -> set[str]:
    acks = call.body.get("ackIds")
    if not isinstance(acks, list) or not acks:
        message = "You have passed an invalid argument to the service (argument=ack_ids)."
        raise bad_value(message)
    return {str(ack) for ack in acks}


def _own_account(call: Call) -> None:
    _robot_only(call)
    if call.path["name"].rpartition("/")[2] not in (CLIENT_EMAIL, call.subject.id):
        message = "Permission 'iam.serviceAccounts.signJwt' denied on resource (or it may not exist)."
        raise GoogleError(403, message, "forbidden")


def _robot_only(call: Call) -> None:
    if call.subject.email != CLIENT_EMAIL:
        message = "The caller does not have permission"
        raise GoogleError(403, message, "forbidden")


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
