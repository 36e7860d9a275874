"""What signing in does to a session, whichever way somebody came."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from monitor.accounts.models import User, Way
from monitor.accounts.second_factor import has_second_factor
from monitor.accounts.sessions import note_session
from monitor.console import sudo
from monitor.console.doors import MUST_SET_UP, first_page
from monitor.lib import clock

WAITING = "password_given_by"  # who gave the right password and owes the code
WAITS = timedelta(minutes=5)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def open_session(request: HttpRequest, user: User, way: Way) -> None:
    """Sign `user` in: a fresh session key, a row that the person can see and end, an audit event."""
    login(request, user, backend=BACKEND)
    request.session.save()
    note_session(user, request.session.session_key or "", way, request.headers.get("User-Agent", ""))
    if way == Way.PASSWORD and settings.HEED_REQUIRE_SECOND_FACTOR and not has_second_factor(user):
        request.session[MUST_SET_UP] = True
    sudo.grant(request, noted=False)  # type: ignore[arg-type]  # login() put the user there


def wait_for_code(request: HttpRequest, user: User, onward: str) -> None:
    """The password was right; the code is still owed. The session is nobody's until it is given."""
    request.session.cycle_key()
    request.session[WAITING] = {"user": user.pk, "until": (clock.now() + WAITS).isoformat(), "next": onward}


def waiting_for_code(request: HttpRequest) -> tuple[User, str] | None:
    """Who owes a code in this session, and where they want to go; None where nobody does or the time is up."""
    kept = request.session.get(WAITING)
    if not kept or datetime.fromisoformat(kept["until"]) <= clock.now():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    return (user, str(kept["next"])) if user else None


def onward(request: HttpRequest, user: User, wanted: str) -> str:
    """The page that was asked for before signing in, if it is ours; else the role's first page."""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return first_page(user)
