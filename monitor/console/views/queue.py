"""The two lists of cases: those that wait and those that are decided."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitor.accounts.models import User
from monitor.accounts.wishes import saved_views
from monitor.alerts.outbox import undeliverable_cases
from monitor.calendars.models import Break
from monitor.console.choosing import page_of, read_choice
from monitor.console.doors import SignedIn, is_refresh_of, sees_cases
from monitor.console.rows import build_rows, with_decisions
from monitor.console.words import SEVERITY_WORDS
from monitor.detection.models import Scoring
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from monitor.triage.access import cases_for, decided_for, queue_for
from monitor.triage.models import Case


@dataclass(frozen=True, slots=True)
class Tile:
    """How many cases of one severity wait."""

    severity: Severity
    word: str
    count: int


@require_safe
@sees_cases
def queue(request: SignedIn) -> HttpResponse:
    """Cases that wait for a decision, most urgent first."""
    now = clock.now()
    choice = read_choice(request)
    waiting = choice.at_site(queue_for(request.user))
    tiles = _tiles(waiting)
    page, cases = page_of(request, choice.of_severity(waiting))
    total = sum(tile.count for tile in tiles)
    rows = build_rows(cases, now)
    context = {
        "tab": "queue",
        "choice": choice,
        "tiles": tiles,
        "total": total,
        "rows": rows,
        "page": page,
        "breaks": _breaks_now(choice.sites),
        "unheard": _unheard(choice.sites, request.user),
        "last_scored_at": Scoring.objects.order_by("-id").values_list("scored_at", flat=True).first(),
        "has_news": request.GET.get("known", str(total)) != str(total),
        "next_case": next((row.case for row in rows if row.holder in {None, request.user}), None),
    }
    if is_refresh_of(request, "queue"):
        return render(request, "console/partials/queue.html", context)
    return render(request, "console/queue.html", {**context, "views": saved_views(request.user)})


@require_safe
@sees_cases
def decided(request: SignedIn) -> HttpResponse:
    """Cases that somebody has decided, latest first."""
    choice = read_choice(request)
    page, cases = page_of(request, choice.of_severity(choice.at_site(decided_for(request.user))))
    rows = with_decisions(build_rows(cases, clock.now()))
    return render(request, "console/decided.html", {"tab": "decided", "choice": choice, "rows": rows, "page": page})


def _tiles(waiting: QuerySet[Case]) -> list[Tile]:
    counts = dict(waiting.order_by().values_list("severity").annotate(Count("id")))
    return [
        Tile(severity, str(SEVERITY_WORDS[severity]), counts.get(severity.value, 0)) for severity in reversed(Severity)
    ]


def _unheard(sites: list[Site], user: User) -> list[tuple[str, int]]:
    """For each school the waiting cases that no contact can be told about: whoever is here now is the only one."""
    cases = undeliverable_cases().filter(site__in=sites, pk__in=cases_for(user).values("pk")).order_by("site__name")
    return list(cases.values_list("site__name").annotate(Count("id")))


def _breaks_now(sites: list[Site]) -> list[Break]:
    """For each sleeping site the break that ends last."""
    now = clock.now()
    running = Break.objects.filter(site__in=sites, starts_at__lte=now, ends_at__gt=now).select_related("site")
    return sorted({row.site_id: row for row in running.order_by("ends_at")}.values(), key=lambda row: row.site.name)
