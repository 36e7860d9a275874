"""Counts for everybody who answers for the district; no case, no name, and no small number."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from monitor.console.doors import SignedIn, sees_figures
from monitor.console.insight_pages import sections_of
from monitor.insights.kept import kept
from monitor.insights.overview import overview
from monitor.insights.scope import whole_district

SMALLEST_SHOWN = 10  # below this a count could point at a person
COLUMNS = 5  # accounts watched, cases opened, decided, ending in support, ending as harmless


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """One school's counts, in the order of the columns. None means between 1 and 9."""

    name: str
    counts: tuple[int | None, ...]


@require_safe
@sees_figures
def district_figures(request: SignedIn) -> HttpResponse:
    """The last twelve months by school."""
    rows = kept(overview, whole_district()).figures
    total = SiteCounts(_("Whole district"), tuple(_total(rows, place) for place in range(COLUMNS)))
    shown = [SiteCounts(name, tuple(_hidden(count) for count in counts)) for name, counts in rows]
    context = {
        "tab": "figures",
        "rows": shown,
        "total": total,
        "smallest": SMALLEST_SHOWN,
        "sections": sections_of(request.user),
    }
    return render(request, "console/figures.html", context)


def _total(rows: list[tuple[str, tuple[int, ...]]], place: int) -> int | None:
    """Over the schools whose count is shown: a total of all would give a single hidden count away.

    None where every count that is not 0 is hidden.
    """
    shown = sum(counts[place] for _, counts in rows if counts[place] >= SMALLEST_SHOWN)
    return shown or (None if any(counts[place] for _, counts in rows) else 0)


def _hidden(count: int) -> int | None:
    return count if count == 0 or count >= SMALLEST_SHOWN else None
