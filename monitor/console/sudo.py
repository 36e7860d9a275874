"""Proving again who one is before something that must not happen at a desk that was left unlocked."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import update_wrapper
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.doors import SignedIn
from monitor.lib import clock

KEY = "proved_until"
LASTS = timedelta(minutes=10)

P = ParamSpec("P")
View = Callable[Concatenate[SignedIn, P], HttpResponse]


def grant(request: SignedIn, *, noted: bool = True) -> None:
    """Let this session do what needs proof, for `LASTS`. Signing in grants it too, and is noted by itself."""
    request.session[KEY] = (clock.now() + LASTS).isoformat()
    if noted:
        record(Tag.SUDO_GRANTED, actor=request.user.actor)


def is_granted(session: SessionBase) -> bool:
    """Whether this session proved recently who sits there."""
    until: str = session.get(KEY, "")
    return bool(until) and datetime.fromisoformat(until) > clock.now()


def needs_proof(view: View[P]) -> View[P]:
    """Sends to the page of proof first. What was posted is not kept: the person comes back to the page and presses
    again, now knowingly."""

    def proved(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if is_granted(request.session):
            return view(request, *args, **kwargs)
        back_to = request.get_full_path() if request.method in {"GET", "HEAD"} else resolve_url("console:account")
        return ask_for_proof(back_to)

    update_wrapper(proved, view)
    return proved


def ask_for_proof(back_to: str) -> HttpResponse:
    """To the page of proof, and from there to `back_to`, a path of the console."""
    return redirect(f"{resolve_url('console:confirm')}?{urlencode({'next': back_to})}")
