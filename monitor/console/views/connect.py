"""Connecting a domain: the steps, and the checks that say where each stands."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from monitor.console.connect_page import connection
from monitor.console.doors import SignedIn, is_refresh_of, keeps_people
from monitor.console.work_page import is_slow_to_begin
from monitor.jobs.ask import JobRefused, ask_for
from monitor.jobs.models import JobKind
from monitor.lib import clock

LIVE = "connect-live"


@require_safe
@keeps_people
def connect(request: SignedIn) -> HttpResponse:
    """All steps, with what was found when they were last checked."""
    found = connection()
    context = {
        "tab": "office",
        "name": "connect",
        "may_change": True,
        "found": found,
        "is_slow": any(is_slow_to_begin(job, clock.now()) for job in (found.checked, found.tried)),
    }
    page = "console/partials/connect_live.html" if is_refresh_of(request, LIVE) else "console/office/connect.html"
    return render(request, page, context)


@require_POST
@keeps_people
def check(request: SignedIn) -> HttpResponse:
    """Have everything checked that concerns Google; the worker does it."""
    return _asked(request, JobKind.CHECK_GOOGLE)


@require_POST
@keeps_people
def try_roster(request: SignedIn) -> HttpResponse:
    """Have the Directory asked who would be watched; nothing is changed."""
    return _asked(request, JobKind.TRY_ROSTER)


def _asked(request: SignedIn, kind: JobKind) -> HttpResponse:
    try:
        ask_for(kind, {}, actor=request.user)
    except JobRefused as refused:
        messages.warning(request, str(refused))
    return redirect("office:connect")
