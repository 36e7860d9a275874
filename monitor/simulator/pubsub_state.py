"""Pub/Sub as far as Gmail's push needs it: topics, pull subscriptions, watches, messages until they are acknowledged.

Bounds: 100,000 waiting messages a subscription (the oldest go), one event a second and mailbox, as Gmail sends them.
"""

import base64
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.simulator.people import PROJECT

TOPIC_NAME = re.compile(r"projects/[^/]+/topics/[^/]+")
TOPIC = f"projects/{PROJECT}/topics/gmail"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/heed"
WATCHED = timedelta(days=7)
_MOST_WAITING = 100_000
_BETWEEN = timedelta(seconds=1)


@dataclass
class Watch:
    """One mailbox's watch; with `exclude` the labels are those that do not count."""

    topic: str
    labels: frozenset[str]
    exclude: bool
    since: datetime
    told: datetime | None = None

    def cares(self, labels: tuple[str, ...]) -> bool:
        """Whether a change of a message with these labels is told."""
        return not self.labels or bool(self.labels & set(labels)) != self.exclude


@dataclass
class Waiting:
    """One message of a subscription; `ack` names its newest delivery, `until` ends that delivery's deadline."""

    id: str
    data: str
    published: datetime
    until: datetime | None = None
    ack: str = ""
    attempts: int = 0


@dataclass
class Subscription:
    """A pull subscription of a topic."""

    topic: str
    deadline: timedelta = timedelta(seconds=60)
    waiting: deque[Waiting] = field(default_factory=deque)


class PubSub:
    """The project's topics (with whether Gmail may publish to them) and subscriptions."""

    def __init__(self) -> None:
        self.project = PROJECT
        self.topics: dict[str, bool] = {TOPIC: True}
        self.subscriptions: dict[str, Subscription] = {SUBSCRIPTION: Subscription(TOPIC)}
        self.watches: dict[str, Watch] = {}
        self._count = 0

    def why_not(self, topic: str) -> str:
        """Why Gmail cannot publish to a topic, empty when it can."""
        if topic not in self.topics:
            return f"Resource not found (resource={topic.rpartition('/')[2]})."
        return "" if self.topics[topic] else "User not authorized to perform this action."

    def watch(self, email: str, watch: Watch) -> datetime:
        """Sets a mailbox's watch; returns when it ends."""
        self.watches[email] = watch
        return watch.since + WATCHED

    def tell(self, email: str, history_id: int, labels: tuple[str, ...], now: datetime) -> None:
        """Publishes that a mailbox changed, when it is watched and its last event is a second old."""
        watch = self.watches.get(email)
        if watch is None or now >= watch.since + WATCHED or not watch.cares(labels):
            return
        if watch.told is not None and timedelta(0) <= now - watch.told < _BETWEEN:
            return
        watch.told = now
        data = base64.b64encode(json.dumps({"emailAddress": email, "historyId": history_id}).encode()).decode()
        for subscription in self.subscriptions.values():
            if subscription.topic == watch.topic:
                self._count += 1
                subscription.waiting.append(Waiting(str(7_000_000_000 + self._count), data, now))
                if len(subscription.waiting) > _MOST_WAITING:
                    subscription.waiting.popleft()

    def pull(self, subscription: Subscription, most: int, now: datetime) -> list[Waiting]:
        """Up to `most` messages whose deadline is over or that were never delivered."""
        found: list[Waiting] = []
        for message in subscription.waiting:
            if message.until is not None and now < message.until:
                continue
            message.attempts += 1
            message.ack, message.until = f"ack-{message.id}-{message.attempts}", now + subscription.deadline
            found.append(message)
            if len(found) == most:
                break
        return found

    @staticmethod
    def acknowledge(subscription: Subscription, acks: set[str]) -> None:
        """Drops what was dealt with; an old or unknown id is ignored, as Google ignores it."""
        subscription.waiting = deque(message for message in subscription.waiting if message.ack not in acks)
