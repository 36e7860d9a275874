"""Gmail's word that a mailbox changed, pulled from a Pub/Sub subscription in the service account's own name."""

import json
from dataclasses import dataclass
from typing import Any

from monitor.google import fields
from monitor.google.calls import Caller
from monitor.google.errors import PermanentError

MOST_PULLED = 1_000


@dataclass(frozen=True, slots=True)
class Pushed:
    """One message. `address` is of the mailbox that changed; empty for a message that is not Gmail's."""

    ack_id: str
    address: str


class Push:
    """A pull subscription, `projects/…/subscriptions/…`. Methods raise `GoogleError` or what the meter raises."""

    def __init__(self, caller: Caller, subscription: str) -> None:
        self._caller = caller
        self._subscription = subscription

    def pull(self) -> list[Pushed]:
        """Up to 1,000 messages; each comes again unless it is acknowledged within the subscription's deadline."""
        answer = self._caller.read(
            "pubsub.projects.subscriptions.pull",
            subscription=self._subscription,
            body={"maxMessages": MOST_PULLED, "returnImmediately": True},
        )
        return [_pushed(entry) for entry in fields.entries(answer, "receivedMessages")]

    def acknowledge(self, pushed: list[Pushed]) -> None:
        """Say that these were dealt with."""
        self._caller.read(
            "pubsub.projects.subscriptions.acknowledge",
            subscription=self._subscription,
            body={"ackIds": [one.ack_id for one in pushed]},
        )

    def topic(self) -> str:
        """The topic that the subscription is of. Raises NotFound, AccessLost."""
        answer = self._caller.read("pubsub.projects.subscriptions.get", subscription=self._subscription)
        return fields.text(answer, "topic")


def _pushed(entry: dict[str, Any]) -> Pushed:
    message = entry.get("message")
    return Pushed(fields.text(entry, "ackId"), _address(message if isinstance(message, dict) else {}))


def _address(message: dict[str, Any]) -> str:
    """Anybody who may publish to the topic could send anything; what is not Gmail's names nobody."""
    try:
        told = json.loads(fields.base64url(message, "data"))
    except (ValueError, PermanentError):
        return ""
    address = told.get("emailAddress") if isinstance(told, dict) else None
    return address.lower() if isinstance(address, str) else ""
