"""Alerts into a Slack channel, by its incoming webhook."""

import json

from monitor.alerts.transports.errors import TransportError
from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import post


def send(message: AlertMessage) -> str:
    """Post `message` to the channel. Raises `TransportError`."""
    body = {"text": f"{_plain(message.short)}\n{message.link}", "unfurl_links": False}
    answer = post("Slack", message.to, json.dumps(body).encode(), {"Content-Type": "application/json"})
    if answer.body.strip() not in {b"ok", b""}:
        raise TransportError("Slack did not answer ok", permanent=False)
    return ""


def _plain(text: str) -> str:
    """Slack reads &, < and > as marks of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
