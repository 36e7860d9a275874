"""For how long a session has unveiled the words of a case: asked for with a reason, kept for half an hour."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

from monitor.lib import clock
from monitor.triage.models import Case

KEY = "unveiled"
LASTS = timedelta(minutes=30)


def unveil(session: SessionBase, case: Case) -> None:
    """Let this session read the words of `case` from now on, for `LASTS`."""
    session[KEY] = {**_live(session), case.public_id: (clock.now() + LASTS).isoformat()}


def veil(session: SessionBase, case: Case) -> None:
    """Hide the words of `case` again."""
    session[KEY] = {public_id: until for public_id, until in _live(session).items() if public_id != case.public_id}


def unveiled_until(session: SessionBase, case: Case) -> datetime | None:
    """When the words of `case` hide again, or None while they are hidden."""
    until = _live(session).get(case.public_id)
    return datetime.fromisoformat(until) if until else None


def _live(session: SessionBase) -> dict[str, str]:
    """What is unveiled and has not run out, so that the session stays small."""
    now = clock.now().isoformat()
    kept: dict[str, str] = session.get(KEY, {})
    return {public_id: until for public_id, until in kept.items() if until > now}
