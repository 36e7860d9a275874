"""The pages of figures, their export, and what the public may know."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from monitor.accounts.models import Role
from monitor.console.doors import SignedIn, sees_insights
from monitor.console.insight_pages import SECTIONS, Answer, Question, Section, periods_for, sections_of
from monitor.console.insight_words import worded
from monitor.insights.kept import kept
from monitor.insights.periods import Period, month_words
from monitor.insights.readings import district_zone
from monitor.insights.scope import SEES_FIGURES, NoFigures, Scope, whole_district
from monitor.insights.tables import csv_lines
from monitor.insights.themes import ThemesBy, quarters_offered
from monitor.insights.transparency import Transparency, transparency, transparency_table
from monitor.lib import clock
from monitor.roster.models import District


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and what stands in the form that asks it."""

    section: Section
    scope: Scope
    question: Question
    periods: dict[str, tuple[str, Period]]
    period: str
    site: str


@require_safe
@sees_insights
def section(request: SignedIn, name: str) -> HttpResponse:
    """One page of figures: charts, and for each the table that says the same."""
    asked = _asked(request, name)
    answer = asked.section.answer(asked.question)
    context = {
        "tab": "office" if request.user.role == Role.IT else "figures",
        "name": name,
        "section": asked.section,
        "sections": sections_of(request.user),
        "periods": [(key, words) for key, (words, _) in asked.periods.items()],
        "period": asked.period,
        "sites": asked.scope.sites if asked.section.by_site and len(asked.scope.sites) > 1 else (),
        "site": asked.site,
        "by": asked.question.by.value,
        "answer": answer,
        "zone": district_zone().key,
    }
    return render(request, "console/insights.html", context)


@require_safe
@sees_insights
def export(request: SignedIn, name: str) -> HttpResponse:
    """The tables of a page as CSV, as they were counted for the page."""
    asked = _asked(request, name)
    with translation.override("en"):  # for programs: the same names whoever asks
        answer: Answer = asked.section.answer(asked.question)
    response = HttpResponse("".join(csv_lines(answer.tables)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="heed-{name}-{asked.period}.csv"'
    return response


@require_safe
def public(request: HttpRequest) -> HttpResponse:
    """Counts of the whole district for anybody; there is no such page unless `HEED_PUBLIC_FIGURES` is on."""
    if not settings.HEED_PUBLIC_FIGURES:
        raise Http404
    quarters = {f"{one.since:%Y-%m}": one for one in quarters_offered()}
    asked = request.GET.get("quarter", "")
    chosen = asked if asked in quarters else next(iter(quarters))
    found = kept(_public_figures, whole_district(), quarters[chosen])
    context = {
        "district": District.objects.first(),
        "table": worded(transparency_table(found.figures)),
        "quarter": chosen,
        "quarters": [(key, month_words(one)) for key, one in quarters.items()],
    }
    return render(request, "console/transparency.html", context)


def _asked(request: SignedIn, name: str) -> _Asked:
    """Raises `Http404` for no such page or school, `PermissionDenied` for a page that is not theirs."""
    if name not in SECTIONS:
        raise Http404
    found = SECTIONS[name]
    try:
        scope = found.scope(request.user)
    except NoFigures:
        raise PermissionDenied from None
    site = request.GET.get("site", "") if found.by_site else ""
    try:
        narrowed = scope.only(site) if site else scope
    except NoFigures:
        raise Http404 from None
    periods = periods_for(found, request.user, clock.now().astimezone(district_zone()).date())
    given = request.GET.get("period", "")
    period = given if given in periods else next(iter(periods))
    by = ThemesBy.GRADE if request.GET.get("by") == ThemesBy.GRADE else ThemesBy.SITE
    sees_small = request.user.role in SEES_FIGURES
    return _Asked(found, scope, Question(narrowed, periods[period][1], by, sees_small), periods, period, site)


def _public_figures(_scope: Scope, quarter: Period) -> Transparency:
    return transparency(quarter)
