"""Changes to the set-up that a person may make here: what is exempt, and calendars put in as files."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitor.calendars.apply import retire_feed
from monitor.calendars.by_hand import CalendarProblem, DraftStale, do_confirm_draft, put_in
from monitor.calendars.ical import CalendarBroken
from monitor.calendars.models import CalendarFeed
from monitor.console.doors import SignedIn, keeps_people
from monitor.console.office_forms import CalendarFileForm, ExemptionForm
from monitor.console.sudo import needs_proof
from monitor.console.views.office import calendars_page, units_page
from monitor.domain.origin import Origin
from monitor.domain.reading import ExemptionSpec
from monitor.roster.exemptions import ExemptionProblem, do_add_exemption, do_end_exemption
from monitor.roster.models import Exemption, Site


@require_POST
@keeps_people
@needs_proof
def exempt(request: SignedIn) -> HttpResponse:
    """Leave an address or a label unread from now on."""
    form = ExemptionForm(request.POST)
    if not form.is_valid():
        return units_page(request, form, 422)
    try:
        do_add_exemption(ExemptionSpec(**form.cleaned_data), actor=request.user.actor)
    except ExemptionProblem as problem:
        form.add_error(problem.field, str(problem))
        return units_page(request, form, 422)
    messages.success(request, _("It is not read any more. What was found before stays where it is."))
    return redirect("office:units")


@require_POST
@keeps_people
@needs_proof
def end_exemption(request: SignedIn, key: int) -> HttpResponse:
    """Read again what was exempt."""
    row = Exemption.objects.filter(pk=key, is_active=True).first()
    if row is None:
        raise Http404
    try:
        do_end_exemption(row, actor=request.user.actor)
    except ExemptionProblem as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, _("It is read again from now on. What was left out stays unread."))
    return redirect("office:units")


@require_POST
@keeps_people
def put_in_calendar(request: SignedIn) -> HttpResponse:
    """Take an .ics file and show what it would change; nothing is in force yet."""
    form = CalendarFileForm(request.POST, request.FILES, sites=Site.objects.filter(is_active=True))
    if not form.is_valid():
        return calendars_page(request, form=form, status=422)
    given = form.cleaned_data
    try:
        feed, found = put_in(given["name"], given["file"].read(), list(given["site"]))
    except CalendarProblem as problem:
        form.add_error("name", str(problem))
    except CalendarBroken as broken:
        form.add_error("file", _("This file cannot be used: %(why)s.") % {"why": broken})
    else:
        return calendars_page(request, feed, found, accept="office:accept_calendar")
    return calendars_page(request, form=form, status=422)


@require_POST
@keeps_people
@needs_proof
def accept_calendar(request: SignedIn, key: int) -> HttpResponse:
    """Put into force the very change that the person saw."""
    feed = CalendarFeed.objects.filter(pk=key, origin=Origin.CONSOLE, draft__isnull=False).first()
    if feed is None:
        raise Http404
    try:
        do_confirm_draft(feed, request.POST.get("digest", ""), actor=request.user.actor)
    except (CalendarBroken, DraftStale):
        messages.error(request, _("What would change is not what you saw. Nothing was changed; put the file in again."))
    else:
        messages.success(request, _("What %(name)s says is in force now.") % {"name": feed.name})
    return redirect("office:calendars")


@require_POST
@keeps_people
@needs_proof
def retire_calendar(request: SignedIn, key: int) -> HttpResponse:
    """Take a calendar out again; a break under way stays."""
    feed = CalendarFeed.objects.filter(pk=key, is_active=True).first()
    if feed is None:
        raise Http404
    if feed.origin == Origin.FILE:
        messages.warning(request, _("This calendar stands in the district file. Take it out there and apply the file."))
    else:
        retire_feed(feed, actor=request.user.actor)
        messages.success(request, _("Its breaks to come are gone. A break under way lasts until its end."))
    return redirect("office:calendars")
