"""Where an item was found and what the monitored account had to do with it."""

from collections.abc import Mapping
from enum import StrEnum


class Source(StrEnum):
    """A Google product that Heed reads."""

    GMAIL = "gmail"
    DRIVE = "drive"
    CHAT = "chat"


CHANNELS: Mapping[str, str] = {Source.GMAIL: "mail", Source.DRIVE: "document", Source.CHAT: "chat"}
"""Whose thresholds of the classifiers hold for a source."""


class Direction(StrEnum):
    """Who speaks: the monitored account itself, or somebody to it."""

    WRITTEN = "written"
    RECEIVED = "received"
    SHARED = "shared"
