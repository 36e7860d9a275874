"""How readily each category raises a finding: chosen on a form, tried against the last 30 days, then put into force."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from monitor.console.doors import KEEPS_PEOPLE, SignedIn, sees_health
from monitor.console.levels_page import LevelsForm, build_levels_page, places, scope_of
from monitor.console.views.work import take_on
from monitor.detection.effective import Scope, current_changes
from monitor.detection.levels import with_levels
from monitor.domain.policy import PolicyError
from monitor.jobs.models import JobKind
from monitor.lib.toml_text import toml_text


@require_http_methods(["GET", "HEAD", "POST"])
@sees_health
def levels(request: SignedIn) -> HttpResponse:
    """The levels of one scope; what is chosen is tried first, as every change of policy is.

    A site administrator sees those of the district and of their schools, and changes none.
    """
    if request.method == "POST" and request.user.role not in KEEPS_PEOPLE:
        raise PermissionDenied
    given = request.POST if request.method == "POST" else request.GET
    try:
        scope = scope_of(given.get("place", "")[:300], request.user)
        if scope is None:
            raise Http404
        return _choose(request, scope) if request.method == "POST" else _page(request, scope)
    except PolicyError as error:
        return render(request, "console/office/levels.html", {**_shared(request), "problem": str(error)})


def _choose(request: SignedIn, scope: Scope) -> HttpResponse:
    form = LevelsForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose one level for each category."))
        return _page(request, scope, status=422)
    document, change = with_levels(scope, form.levels()), current_changes().get(scope)
    if document == (dict(change.document) if change else {}):
        messages.warning(request, _("This is what holds already; there is nothing to try."))
        return _page(request, scope, status=422)
    return take_on(request, JobKind.TRY_POLICY, {"kind": scope.kind, "key": scope.key, "toml": toml_text(document)})


def _page(request: SignedIn, scope: Scope, status: int = 200) -> HttpResponse:
    chosen = {name: str(value) for name, value in request.POST.items()} if request.method == "POST" else None
    context = {
        **_shared(request),
        "groups": places(request.user),
        "page": build_levels_page(scope, request.user, chosen),
    }
    return render(request, "console/office/levels.html", context, status=status)


def _shared(request: SignedIn) -> dict[str, object]:
    return {"tab": "office", "name": "policy", "may_change": request.user.role in KEEPS_PEOPLE}
