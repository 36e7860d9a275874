"""Set-up, as it is in force: who is told, when schools sleep, what policy holds for whom, and who is read."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from monitor.calendars.feeds import CalendarUnreachable, FeedPreview, preview_feed, sync_feed
from monitor.calendars.ical import CalendarBroken
from monitor.calendars.models import CalendarFeed
from monitor.console import office_pages
from monitor.console.doors import KEEPS_PEOPLE, SignedIn, keeps_people, sees_health
from monitor.console.office_forms import CalendarFileForm, ExemptionForm
from monitor.console.sudo import needs_proof
from monitor.domain.policy import PolicyError
from monitor.lib import clock
from monitor.roster.models import MonitoredAccount, Site
from monitor.sealed.keys import blind_index


@require_safe
@sees_health
def contacts(request: SignedIn) -> HttpResponse:
    """Who would be told now, where nobody is on duty this week, and the ways to everybody."""
    context = {
        "covers": office_pages.covers(request.user, clock.now()),
        "contacts": office_pages.contacts_of(request.user),
    }
    return _page(request, "contacts", context)


@require_safe
@sees_health
def calendars(request: SignedIn) -> HttpResponse:
    """Breaks to come, the calendars they are from, and what families are told."""
    return calendars_page(request)


@require_POST
@keeps_people
def preview(request: SignedIn, key: int) -> HttpResponse:
    """What reading a calendar now would change; nothing is changed."""
    feed = _feed(key)
    try:
        found = preview_feed(feed)
    except (CalendarBroken, CalendarUnreachable) as error:
        messages.error(
            request,
            _("{calendar}: {error}. Nothing was changed; the last good reading holds.").format(
                calendar=feed.name, error=error
            ),
        )
        return redirect("office:calendars")
    return calendars_page(request, feed, found)


@require_POST
@keeps_people
@needs_proof
def confirm(request: SignedIn, key: int) -> HttpResponse:
    """Put into force the very change that the person saw."""
    feed = _feed(key)
    digest = request.POST.get("digest", "")
    found = sync_feed(feed, actor=request.user.actor, confirmed=digest)
    if found is None:
        messages.error(
            request,
            _("{calendar} cannot be read now. Nothing was changed; the last good reading holds.").format(
                calendar=feed.name
            ),
        )
    elif found.hold and found.digest != digest:
        messages.error(
            request,
            _("{calendar} says something else by now. Nothing was changed; look at it again.").format(
                calendar=feed.name
            ),
        )
    else:
        messages.success(request, _("What {calendar} says is in force now.").format(calendar=feed.name))
    return redirect("office:calendars")


@require_http_methods(["GET", "HEAD", "POST"])
@keeps_people
def policy(request: SignedIn) -> HttpResponse:
    """What holds for an account or a unit, and where each value comes from.

    An address is posted, so that it stands in no history or log, and answered by the account's reference.
    """
    if request.method == "POST":
        return _by_address(request)
    account, unit = request.GET.get("account", ""), request.GET.get("unit", "").replace("\0", "")
    context: dict[str, object] = {"units": office_pages.all_units(), "unit": unit, "account": account}
    try:
        found = office_pages.policy_of_account(account.replace("\0", "")) if account else None
        found = office_pages.policy_of_unit(unit or "/") if not account else found
    except PolicyError as error:
        return _page(request, "policy", {**context, "problem": str(error)})
    if found is None:
        raise Http404
    return _page(request, "policy", {**context, "found": found, "values": office_pages.changed_first(found)})


@require_safe
@keeps_people
def units(request: SignedIn) -> HttpResponse:
    """Which units are read for which school and why, and what is left unread by rule."""
    return units_page(request, ExemptionForm(), 200)


def units_page(request: SignedIn, form: ExemptionForm, status: int) -> HttpResponse:
    """Units and rules, with the form for one more rule."""
    context = {"units": office_pages.all_units(), "rules": office_pages.rules_in_force(), "form": form}
    return _page(request, "units", context, status)


def _by_address(request: SignedIn) -> HttpResponse:
    address = request.POST.get("address", "").strip().lower()
    found = MonitoredAccount.objects.filter(address_index=blind_index(address)).first() if address else None
    if found is None:
        messages.error(request, _("No watched account has this address. Is it spelled as in the Directory?"))
        return redirect("office:policy")
    return redirect(f"{reverse('office:policy')}?account={found.reference}")


def calendars_page(
    request: SignedIn,
    previewed: CalendarFeed | None = None,
    found: FeedPreview | None = None,
    form: CalendarFileForm | None = None,
    status: int = 200,
    accept: str = "office:confirm",
) -> HttpResponse:
    """Breaks and calendars, with what a reading or a file would change, and the form for a file.

    `accept` is the address that puts the change shown into force.
    """
    now = clock.now()
    breaks = list(office_pages.breaks_ahead(request.user, now))
    context = {
        "now": now,
        "breaks": breaks,
        "feeds": office_pages.feeds(),
        "notice": office_pages.next_notice(breaks, now),
        "zones": dict(Site.objects.values_list("code", "time_zone")),
        "previewed": previewed,
        "found": found,
        "accept": accept,
        "most": office_pages.CHANGES_SHOWN,
        "form": form or CalendarFileForm(sites=Site.objects.none()),
        "sites": Site.objects.filter(is_active=True).order_by("name"),
        "chosen_sites": request.POST.getlist("site"),
    }
    return _page(request, "calendars", context, status)


def _feed(key: int) -> CalendarFeed:
    found = CalendarFeed.objects.filter(pk=key, is_active=True).first()
    if found is None:
        raise Http404
    return found


def _page(request: SignedIn, name: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    shared = {"tab": "office", "name": name, "may_change": request.user.role in KEEPS_PEOPLE}
    return render(request, f"console/office/{name}.html", {**shared, **context}, status=status)
