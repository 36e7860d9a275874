"""A tip about a member of staff: keeping it from the school, and giving it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitor.accounts.models import User
from monitor.console.doors import SignedIn, sees_cases
from monitor.console.tip_reveal import veil_tip
from monitor.console.views.tips import get_tip
from monitor.tips.access import tips_for
from monitor.triage.staff import NobodyToAsk, NotYours, do_give_back, do_keep_from_school, people_of


@require_POST
@sees_cases
def keep(request: SignedIn, public_id: str) -> HttpResponse:
    """Say that a tip is about a member of staff; whoever is no safety lead sees it no longer."""
    tip = get_tip(request, public_id)
    chosen = request.POST.get("person", "")
    person: User | None = None
    if chosen and chosen != "other":
        person = next((one for one in people_of(tip.site) if str(one.pk) == chosen), None)
    if not chosen or (person is None and chosen != "other"):
        messages.warning(request, _("Choose whom it is about, or that the person does not sign in here."))
        return redirect("tips:show", tip.public_id)
    try:
        do_keep_from_school(tip.case, actor=request.user, person=person)
    except NobodyToAsk:
        messages.warning(
            request, _("No other safety lead could read it. Nothing was changed; tell the superintendent.")
        )
        return redirect("tips:show", tip.public_id)
    messages.success(request, _("The tip is kept from the school. The safety lead of the district is told."))
    if tips_for(request.user).filter(pk=tip.pk).exists():
        return redirect("tips:show", tip.public_id)
    veil_tip(request.session, tip)
    return redirect("tips:list")


@require_POST
@sees_cases
def give_back(request: SignedIn, public_id: str) -> HttpResponse:
    """Say that it is not about a member of staff: the school sees it again."""
    tip = get_tip(request, public_id)
    try:
        given = do_give_back(tip.case, actor=request.user)
    except NotYours:
        given = False
    if given:
        messages.success(request, _("The school sees the tip again, and its contacts are told."))
    else:
        messages.warning(request, _("It is not kept from the school."))
    return redirect("tips:show", tip.public_id)
