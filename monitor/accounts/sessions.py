"""Where a person is signed in, and ending it from elsewhere."""

import re
from collections.abc import Iterable

from django.contrib.sessions.models import Session
from django.db import transaction

from monitor.accounts.models import OpenSession, User, Way
from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.lib import clock

# In this order, because Edge calls itself Chrome, and Chrome calls itself Safari.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"),
            ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
           ("Mac OS X", "Mac"), ("Linux", "Linux"))  # fmt: skip
SESSIONS_LISTED = 50


def browser_name(user_agent: str) -> str:
    """`Chrome on Android` from what a browser says of itself; only words of ours, whatever it says."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in SYSTEMS if re.search(mark, user_agent)), "")
    return f"{browser} on {system}" if system else browser


def note_session(user: User, session_key: str, way: Way, user_agent: str) -> None:
    """Remember that `user` signed in, and put it on the audit chain."""
    with transaction.atomic():
        OpenSession.objects.update_or_create(
            session_key=session_key,
            defaults={"user": user, "way": way, "browser": browser_name(user_agent), "started_at": clock.now()},
        )
        record(Tag.SIGNED_IN, actor=user.actor, way=way.value)


def open_sessions(user: User) -> list[OpenSession]:
    """The sessions of `user` that have not run out, newest first; what ran out is forgotten on the way."""
    rows = OpenSession.objects.filter(user=user)
    live = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows.exclude(session_key__in=live).delete()
    return list(rows[:SESSIONS_LISTED])


def end_session(user: User, key: int, *, actor: User) -> bool:
    """End the session `key` of `user`; whether there was one. Nobody can name another's."""
    return _end(OpenSession.objects.filter(user=user, pk=key).values_list("session_key", flat=True), user, actor.actor)


def end_all_sessions(user: User, *, actor: str, keep: str = "") -> bool:
    """End every session of `user` but the one with the key `keep`; whether there was any."""
    keys = OpenSession.objects.filter(user=user).exclude(session_key=keep).values_list("session_key", flat=True)
    return _end(keys, user, actor)


def forget_session(session_key: str) -> None:
    """The person signed out in this browser."""
    OpenSession.objects.filter(session_key=session_key).delete()


def _end(session_keys: Iterable[str], user: User, actor: str) -> bool:
    keys = list(session_keys)
    if not keys:
        return False
    with transaction.atomic():
        Session.objects.filter(session_key__in=keys).delete()
        OpenSession.objects.filter(session_key__in=keys).delete()
        record(Tag.SESSIONS_ENDED, actor=actor, subject=user.actor, count=len(keys))
    return True
