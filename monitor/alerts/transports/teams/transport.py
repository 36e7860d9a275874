"""Alerts into a Microsoft Teams channel, by a workflow's webhook, as an Adaptive Card."""

import json

from monitor.alerts.transports.message import AlertMessage
from monitor.alerts.transports.outside import post


def send(message: AlertMessage) -> str:
    """Post `message` to the channel. Raises `TransportError`."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": message.short, "wrap": True, "weight": "bolder"}],
        "actions": [{"type": "Action.OpenUrl", "title": "Sign in and open it", "url": message.link}],
    }
    body = {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }
    post("Teams", message.to, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return ""
