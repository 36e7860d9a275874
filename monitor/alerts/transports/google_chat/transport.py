"""Alerts into a Google Chat space, by its incoming webhook. All alerts of one case stand in one thread."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import post

JSON = {"Content-Type": "application/json; charset=UTF-8"}


def send(message: AlertMessage) -> str:
    """Post `message` to the space. Raises `TransportError`."""
    body = {"text": f"{message.short}\n{message.link}", "thread": {"threadKey": message.thread_id.strip("<>")}}
    post("Google Chat", _threaded(message.to), json.dumps(body).encode(), JSON)
    return ""


def _threaded(url: str) -> str:
    """Without this option Chat ignores the thread."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query["messageReplyOption"] = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
    return urlunsplit(parts._replace(query=urlencode(query)))
