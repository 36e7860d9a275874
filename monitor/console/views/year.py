"""The calendar of a year: when a school, or the whole district, sleeps."""

from datetime import date
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitor.calendars.year import school_year_of, year_of
from monitor.console.doors import KEEPS_PEOPLE, SignedIn, sees_health
from monitor.console.figures import sites_in_sight
from monitor.console.year_page import counts_of, lines_of, month_grids, title_of, weekday_heads
from monitor.lib import clock
from monitor.roster.models import Site

DISTRICT = "all"
YEARS = range(2000, 2200)


@require_safe
@sees_health
def year(request: SignedIn) -> HttpResponse:
    """Twelve months of one of the person's schools, or of all of them together, and the list that says the same."""
    sites = list(sites_in_sight(request.user).order_by("name").distinct())
    chosen = _chosen(sites, request.GET.get("site", ""))
    zone = ZoneInfo(chosen[0].time_zone if chosen else "UTC")
    now = clock.now().astimezone(zone)
    first = _first(request.GET.get("from", ""), now.date())
    found = year_of(chosen, first)
    is_district = len(chosen) > 1
    context = {
        "tab": "office",
        "name": "calendars",
        "may_change": request.user.role in KEEPS_PEOPLE,
        "sites": sites if len(sites) > 1 else (),
        "site": chosen[0] if len(chosen) == 1 else None,
        "site_code": chosen[0].code if len(chosen) == 1 else DISTRICT,
        "title": title_of(found),
        "first": first,
        "before": first.replace(year=first.year - 1),
        "after": first.replace(year=first.year + 1),
        "this": school_year_of(now.date()),
        "months": month_grids(found, now.date()),
        "weekdays": weekday_heads(),
        "lines": lines_of(found, now.replace(tzinfo=None)),
        "counts": counts_of(found, is_district=is_district),
        "is_district": is_district,
    }
    return render(request, "console/office/year.html", context)


def _chosen(sites: list[Site], code: str) -> list[Site]:
    """The school that is asked for, or all. Raises `Http404` for one that is not the person's."""
    if code in {"", DISTRICT}:
        return sites
    found = [site for site in sites if site.code == code]
    if not found:
        raise Http404
    return found


def _first(words: str, today: date) -> date:
    """The first of the month that is asked for; what makes no sense is this school year."""
    year, _dash, month = words.partition("-")
    if year.isascii() and year.isdigit() and month.isascii() and month.isdigit():
        number, place = int(year[:5]), int(month[:3])
        if number in YEARS and 1 <= place <= 12:
            return date(number, place, 1)
    return school_year_of(today)
