"""Care-team meetings: what is open, who does what by when; and the list of recipients."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.audit.chain import record
from monitor.audit.tags import Tag
from monitor.console.doors import SignedIn, sees_cases
from monitor.handovers.access import handovers_for, next_steps_for
from monitor.handovers.meetings import NoSuchSchool, NoSuchStep, do_call_meeting, do_finish_step
from monitor.handovers.models import HandoverState, Kind, Meeting
from monitor.handovers.recipients import (
    NotYours,
    do_add_recipient,
    do_remove_recipient,
    recipients_for,
    sites_kept_by,
)
from monitor.lib import clock
from monitor.roster.people import active_sites_of

OPEN_SHOWN = 200
MEETINGS_SHOWN = 20


@require_safe
@sees_cases
def care(request: SignedIn) -> HttpResponse:
    """What the care teams have open: next steps by day, and hand-overs without any. The look is on the audit chain."""
    user, today = request.user, clock.now().date()
    rows = next_steps_for(user).filter(done_at=None).select_related("owner", "handover__case__site")
    steps = list(rows[:OPEN_SHOWN])
    in_hand = next_steps_for(user).filter(done_at=None).values("handover")
    unowned = handovers_for(user).filter(state=HandoverState.RELEASED).exclude(pk__in=in_hand)
    sites = list(active_sites_of(user))
    context = {
        "tab": "care",
        "steps": steps,
        "unowned": unowned.select_related("case__site").defer("fields", "document")[:OPEN_SHOWN],
        "meetings": Meeting.objects.filter(site__in=sites, held_on__gte=today).select_related("site")[:MEETINGS_SHOWN],
        "sites": sites,
        "today": today,
    }
    record(Tag.CARE_VIEWED, actor=user.actor, steps=len(steps))
    return render(request, "console/handovers/care.html", context)


@require_POST
@sees_cases
def meet(request: SignedIn) -> HttpResponse:
    """Call a meeting of a school's care team."""
    site = next((site for site in active_sites_of(request.user) if site.code == request.POST.get("site")), None)
    try:
        held_on = date.fromisoformat(request.POST.get("held_on", ""))
    except ValueError:
        messages.warning(request, _("Choose a day."))
        return redirect("handovers:care")
    if site is None:
        raise Http404
    try:
        do_call_meeting(site, actor=request.user, held_on=held_on)
    except NoSuchSchool:
        raise Http404 from None
    messages.success(request, _("The meeting stands in the list."))
    return redirect("handovers:care")


@require_POST
@sees_cases
def done(request: SignedIn) -> HttpResponse:
    """A next step is done."""
    given = request.POST.get("step", "")
    try:
        step = do_finish_step(int(given) if given.isascii() and given.isdecimal() else 0, actor=request.user)
    except NoSuchStep:
        raise Http404 from None
    messages.success(request, _("Done."))
    back = request.POST.get("back") == "handover"
    return redirect("handovers:show", step.handover.public_id) if back else redirect("handovers:care")


@require_http_methods(["GET", "HEAD", "POST"])
@sees_cases
def recipients(request: SignedIn) -> HttpResponse:
    """Who may be handed something; site administrators add to their schools' lists."""
    kept = sites_kept_by(request.user)
    if request.method == "POST":
        return _add(request)
    context = {
        "tab": "care",
        "recipients": [(one, one.site in kept) for one in recipients_for(request.user).filter(is_active=True)],
        "sites": kept,
        "kinds": Kind.choices,
    }
    return render(request, "console/handovers/recipients.html", context)


def _add(request: SignedIn) -> HttpResponse:
    names = ("site", "kind", "name", "organisation", "reach")
    sent = {name: request.POST.get(name, "").replace("\0", "").strip() for name in names}  # PostgreSQL refuses NUL
    site = next((site for site in active_sites_of(request.user) if site.code == sent["site"]), None)
    if site is None or sent["kind"] not in Kind.values:
        raise Http404
    if not sent["name"]:
        messages.warning(request, _("Give the name of a person or team."))
        return redirect("handovers:recipients")
    try:
        do_add_recipient(
            site,
            actor=request.user,
            kind=Kind(sent["kind"]),
            name=sent["name"],
            organisation=sent["organisation"],
            reach=sent["reach"],
        )
    except NotYours:
        raise Http404 from None
    messages.success(request, _("Added."))
    return redirect("handovers:recipients")


@require_POST
@sees_cases
def remove(request: SignedIn) -> HttpResponse:
    """Offer a recipient no more."""
    given = request.POST.get("recipient", "")
    found = recipients_for(request.user).filter(pk=int(given) if given.isascii() and given.isdecimal() else 0).first()
    try:
        if found is None:
            raise NotYours
        do_remove_recipient(found, actor=request.user)
    except NotYours:
        raise Http404 from None
    messages.success(request, _("Taken from the list. Hand-overs that name them stay as they are."))
    return redirect("handovers:recipients")
