"""The part of `worker.py bench intake` that lets a fifth of all calls fail: what is read then, and what it costs more.

Each kind of fault by itself, then all together. What lasts longer than one call's own tries is tried again, as the next
tick of a worker would.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from monitor.google.chat import Chat
from monitor.google.errors import AccessLost, CursorExpired, TransientError
from monitor.google.gmail import Gmail
from monitor.google.workspace import Workspace
from monitor.simulator.handle import Simulation

T = TypeVar("T")
SHARE = 0.2
TICKS = 60  # how often one thing is tried; one that fails so often counts as not read
KINDS = (
    *("rateLimitExceeded", "userRateLimitExceeded", "429", "500", "503"),
    *("timeout", "slow", "reset", "reset_body", "truncated", "not_json", "wrong_json"),
    *("duplicate", "shuffle", "expired", "revoked", "skew"),
)
SECONDS = 0.02  # of `timeout` and `slow`
MATCH = {"expired": "gmail"}  # Drive's tokens do not expire


@dataclass(frozen=True, slots=True)
class Start:
    """From where on one student's mail, files and conversations are read."""

    address: str
    history_id: str
    page_token: str
    said_after: datetime


def measure_faults(
    simulation: Simulation, opened: Callable[[], Workspace], units: Callable[[], int], start: Start
) -> dict[str, Any]:
    """Whether the same was read, and the share of units on top, for each kind and for all together.

    `units` tells what was spent since it was last asked.
    """
    kinds = {}
    units()
    expected = _read(opened, start)
    usual = units()
    for kind, rules in _plans().items():
        simulation.control.do("faults", clear=True, rules=rules)
        found = _read(opened, start)
        simulation.control.do("faults", clear=True)
        kinds[kind] = {"same_items": found == expected, "overhead": round(units() / usual - 1, 3)}
    return {
        "share_of_calls": SHARE,
        "items": len(expected),
        "same_items": all(figures["same_items"] for figures in kinds.values()),
        "overhead": kinds["all"]["overhead"],
        "kinds": kinds,
    }


def _plans() -> dict[str, list[dict[str, Any]]]:
    def rule(kind: str, share: float) -> dict[str, Any]:
        return {"kind": kind, "probability": share, "seconds": SECONDS, "match": MATCH.get(kind, "")}

    plans = {kind: [rule(kind, SHARE)] for kind in KINDS}
    return plans | {"all": [rule(kind, SHARE / len(KINDS)) for kind in KINDS]}


def _read(opened: Callable[[], Workspace], start: Start) -> dict[str, str]:
    """Digests of every message, document and line of chat since `start`.

    Each thing signs in anew, so that sign-ins fail as well.
    """
    found = {}
    for message_id in _in_a_tick(opened, lambda workspace: _messages(workspace.gmail(start.address), start)):
        found[message_id] = _digest(_in_a_tick(opened, partial(_raw, start.address, message_id)))
    for file_id in _in_a_tick(opened, lambda workspace: _files(workspace, start)):
        found[file_id] = _digest(_in_a_tick(opened, partial(_text, start.address, file_id)))
    for name in _in_a_tick(opened, lambda workspace: _lines(workspace.chat(start.address), start)):
        found[name] = _digest(_in_a_tick(opened, partial(_line, start.address, name)))
    return found


def _messages(gmail: Gmail, start: Start) -> list[str]:
    try:
        refs = [ref for page in gmail.history_pages(start.history_id, 50) for ref in page.added]
    except CursorExpired:
        refs = [ref for page in gmail.list_pages(None, None) for ref in page]
    return sorted({ref.message_id for ref in refs})


def _files(workspace: Workspace, start: Start) -> list[str]:
    pages = workspace.drive(start.address).change_pages(start.page_token, 50)
    return sorted({change.file_id for page in pages for change in page.changes})


def _lines(chat: Chat, start: Start) -> list[str]:
    pages = (page for space in chat.spaces() for page in chat.heads(space.space_id, start.said_after, 50))
    return sorted({head.name for heads, _ in pages for head in heads})


def _line(address: str, name: str, workspace: Workspace) -> bytes:
    return workspace.chat(address).message(name).text.encode()


def _raw(address: str, message_id: str, workspace: Workspace) -> bytes:
    return workspace.gmail(address).fetch(message_id).raw


def _text(address: str, file_id: str, workspace: Workspace) -> bytes:
    drive = workspace.drive(address)
    drive.file(file_id)
    return drive.export(file_id, "text/plain")


def _in_a_tick(opened: Callable[[], Workspace], act: Callable[[Workspace], T]) -> T:
    for _ in range(TICKS - 1):
        try:
            with opened() as workspace:
                return act(workspace)
        except (TransientError, AccessLost):
            continue
    with opened() as workspace:
        return act(workspace)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
