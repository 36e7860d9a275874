"""Who may sign in: a list, invitations by role and school, and taking people out again."""

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from monitor.accounts.google_sign_in import google_client
from monitor.accounts.models import Role, User
from monitor.console.doors import SignedIn, keeps_people
from monitor.console.forms import InvitationForm
from monitor.console.sudo import needs_proof
from monitor.roster.models import Site, SiteAccess
from monitor.roster.people import UserProblem, add_user, remove_user

PEOPLE_SHOWN = 1000
ROLE_HINTS = {
    Role.SITE_ADMINISTRATOR: _("Cases and health of the schools chosen."),
    Role.COUNSELOR: _("Cases of the schools chosen."),
    Role.SAFETY_LEAD: _("Everything of every school, the audit trail and people."),
    Role.IT: _("Health, people and set-up. Never a student's name, address or words."),
    Role.AUDITOR: _("Who did what and when; no student's name, address or words."),
    Role.BOARD_VIEWER: _("Counts only."),
}


@require_safe
@keeps_people
def people(request: SignedIn) -> HttpResponse:
    """Everybody who may sign in."""
    return _page(request, _form(), 200)


@require_POST
@keeps_people
@needs_proof
def invite(request: SignedIn) -> HttpResponse:
    """Let somebody sign in with their Google account; nothing secret is sent, so nothing can be caught on the way."""
    form = _form(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    given = form.cleaned_data
    role = Role(given["role"])
    if role == Role.SAFETY_LEAD and request.user.role != Role.SAFETY_LEAD:
        form.add_error("role", _("Only a district safety lead, or the command worker.py user, adds another one."))
        return _page(request, form, 422)
    try:
        add_user(given["email"], given["name"], role, given["site"], None, actor=request.user.actor)
    except UserProblem as problem:
        form.add_error("email", f"{str(problem)[:1].upper()}{str(problem)[1:]}.")
        return _page(request, form, 422)
    messages.success(request, gettext("{name} may sign in with Google now.").format(name=given["name"]))
    return redirect("console:people")


@require_POST
@keeps_people
@needs_proof
def remove(request: SignedIn, key: int) -> HttpResponse:
    """Take somebody's sign-in away at once, in every browser."""
    user = User.objects.filter(pk=key, is_active=True).first()
    if user is None:
        message = "there is no such person"
        raise Http404(message)
    if user == request.user:
        messages.warning(request, _("You cannot remove yourself. Ask somebody else to."))
    elif user.role == Role.SAFETY_LEAD and request.user.role != Role.SAFETY_LEAD:
        messages.warning(request, _("Only a district safety lead removes another one."))
    else:
        remove_user(user, actor=request.user.actor)
        messages.success(request, gettext("{name} can no longer sign in.").format(name=user.name))
    return redirect("console:people")


def _form(data: object = None) -> InvitationForm:
    return InvitationForm(data, sites=Site.objects.filter(is_active=True))


def _page(request: SignedIn, form: InvitationForm, status: int) -> HttpResponse:
    everybody = list(
        User.objects.filter(is_active=True).annotate(seen_at=Max("open_sessions__started_at")).order_by("name", "pk")
    )[:PEOPLE_SHOWN]
    sites: dict[int, list[str]] = {}
    for user_id, name in SiteAccess.objects.order_by("site__name").values_list("user_id", "site__name"):
        sites.setdefault(user_id, []).append(name)
    context = {
        "tab": "people",
        "form": form,
        "people": [(person, sites.get(person.pk, [])) for person in everybody],
        "roles": [(role.value, str(role.label), str(ROLE_HINTS[role])) for role in Role],
        "sites": list(Site.objects.filter(is_active=True)),
        "chosen_sites": form["site"].value() or [],
        "with_google": google_client("") is not None,
    }
    return render(request, "console/people.html", context, status=status)
