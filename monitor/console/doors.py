"""Who may open a page: each view stands behind one of these doors."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from monitor.accounts.models import READS_CONTENT, Role, User

READS_HEALTH = frozenset({Role.IT, Role.SITE_ADMINISTRATOR, Role.SAFETY_LEAD})
READS_AUDIT = frozenset({Role.AUDITOR, Role.SAFETY_LEAD})
KEEPS_PEOPLE = frozenset({Role.IT, Role.SAFETY_LEAD})
SEES_WORK = frozenset({Role.IT, Role.SAFETY_LEAD, Role.AUDITOR})
READS_FIGURES = frozenset(set(Role) - {Role.IT})
FIRST_PAGES = {Role.IT: "console:health", Role.AUDITOR: "console:audit", Role.BOARD_VIEWER: "console:district_figures"}
MUST_SET_UP = "must_set_up_second_factor"

P = ParamSpec("P")


class SignedIn(HttpRequest):
    """A request behind a door: its user is a person of this installation."""

    user: User


View = Callable[Concatenate[SignedIn, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


def is_refresh_of(request: HttpRequest, element: str) -> bool:
    """Whether htmx asks for one element of an open page. A redirect that htmx follows asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == element


def sees_cases(view: View[P]) -> OpenView[P]:
    """For roles that may read student text; which cases is asked of `triage.access`."""
    return _door(view, frozenset(READS_CONTENT))


def sees_health(view: View[P]) -> OpenView[P]:
    """For those who keep the installation running."""
    return _door(view, READS_HEALTH)


def sees_audit(view: View[P]) -> OpenView[P]:
    """For those who check what others did."""
    return _door(view, READS_AUDIT)


def keeps_people(view: View[P]) -> OpenView[P]:
    """For those who say who may sign in."""
    return _door(view, KEEPS_PEOPLE)


def sees_work(view: View[P]) -> OpenView[P]:
    """For those whose long work is done by the worker; whose work is asked of `jobs.ask`."""
    return _door(view, SEES_WORK)


def sees_figures(view: View[P]) -> OpenView[P]:
    """For all who may see counts of cases; small ones are hidden there."""
    return _door(view, READS_FIGURES)


def answers_drills(view: View[P]) -> OpenView[P]:
    """For whoever may be told of an alert, in any role; which drills is asked of `alerts.drills`."""
    return _door(view, frozenset(Role))


def own_account(view: View[P]) -> OpenView[P]:
    """For everybody's own pages; open also to a person who must set up a second factor first."""
    return _door(view, frozenset(Role), while_setting_up=True)


def sees_insights(view: View[P]) -> OpenView[P]:
    """For everybody; whose figures, and which, is asked of `insights.scope`."""
    return _door(view, frozenset(Role))


def first_page(user: User) -> str:
    """Where a person lands after signing in."""
    return resolve_url(FIRST_PAGES.get(Role(user.role), "console:queue"))


def _door(view: View[P], roles: frozenset[Role], *, while_setting_up: bool = False) -> OpenView[P]:
    def behind_the_door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User):
            return _to_sign_in(request)
        if request.user.role not in roles:
            raise PermissionDenied
        if request.session.get(MUST_SET_UP) and not while_setting_up:
            return redirect("console:second_factor")
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the user was checked just above

    update_wrapper(behind_the_door, view)
    return behind_the_door


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page redirects; a partial tells htmx to leave, or the sign-in form would land inside the queue."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("console:sign_in")})
    back_to = request.get_full_path() if request.method == "GET" else resolve_url("console:sign_in")
    return redirect_to_login(back_to)
