"""Which messages of a tip a session has unveiled: asked for with a reason, readable for half an hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from monitor.console.reveal import LASTS
from monitor.lib import clock
from monitor.tips.models import Tip

KEY = "unveiled_tips"


def unveil_tip(session: SessionBase, tip: Tip, messages: Sequence[int]) -> None:
    """Let this session show again, for `LASTS`, the messages with these keys."""
    until = (clock.now() + LASTS).isoformat(timespec="microseconds")
    session[KEY] = {**_live(session), tip.public_id: {"until": until, "messages": list(messages)}}


def veil_tip(session: SessionBase, tip: Tip) -> None:
    """Hide the words of `tip` again."""
    session[KEY] = {public_id: kept for public_id, kept in _live(session).items() if public_id != tip.public_id}


def unveiled_tip(session: SessionBase, tip: Tip) -> tuple[datetime, list[int]] | None:
    """Until when and which messages this session may show, or None while the tip is veiled."""
    kept = _live(session).get(tip.public_id)
    return (datetime.fromisoformat(kept["until"]), list(kept["messages"])) if kept else None


def _live(session: SessionBase) -> dict[str, dict[str, Any]]:
    now = clock.now().isoformat(timespec="microseconds")
    kept: dict[str, dict[str, Any]] = session.get(KEY, {})
    return {public_id: entry for public_id, entry in kept.items() if entry["until"] > now}
