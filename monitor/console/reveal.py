"""What a session has unveiled: asked for with a reason, on the audit chain once, readable for half an hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from monitor.lib import clock
from monitor.triage.models import Case
from monitor.triage.passages import FindingView

KEY = "unveiled"
LASTS = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Unveiled:
    """The findings of a case that this session may show until then; one that joined later is not among them."""

    until: datetime
    findings: frozenset[str]
    reason: str


def unveil(session: SessionBase, case: Case, views: Sequence[FindingView], reason: str) -> None:
    """Let this session show again, for `LASTS`, what was just looked at."""
    shown = [view.finding.public_id for view in views]
    session[KEY] = {
        **_live(session),
        case.public_id: {"until": _text(clock.now() + LASTS), "findings": shown, "reason": reason},
    }


def veil(session: SessionBase, case: Case) -> None:
    """Hide the words of `case` again."""
    session[KEY] = {public_id: kept for public_id, kept in _live(session).items() if public_id != case.public_id}


def unveiled(session: SessionBase, case: Case) -> Unveiled | None:
    """What of `case` this session may show now, or None while it is veiled."""
    kept = _live(session).get(case.public_id)
    if kept is None:
        return None
    # A session from before reasons were kept says the commonest one.
    return Unveiled(datetime.fromisoformat(kept["until"]), frozenset(kept["findings"]), kept.get("reason", "triage"))


def _live(session: SessionBase) -> dict[str, dict[str, Any]]:
    """What has not run out, so that the session stays small."""
    now = _text(clock.now())
    kept: dict[str, dict[str, Any]] = session.get(KEY, {})
    return {public_id: entry for public_id, entry in kept.items() if entry["until"] > now}


def _text(instant: datetime) -> str:
    """An instant as text that sorts like time."""
    return instant.isoformat(timespec="microseconds")
