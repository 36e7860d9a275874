"""How long cases wait: for the first look, for somebody to have them, for a decision."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from django.db.models import Count, Q

from monitor.domain.severity import Severity
from monitor.roster.models import Site
from monitor.triage.models import Case

MINUTE, HOUR, DAY = 60, 3600, 86_400
EDGES = (5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY)
"""Seconds; a wait is counted under the first edge that it does not exceed."""

WAITS = {"look": "seconds_to_look", "acknowledge": "seconds_to_acknowledge", "close": "seconds_to_close"}


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the cases of one severity waited for one thing.

    `within` says for each of `EDGES` how many were done by then; `done` is how many were done at all, `cases` how many
    there are. `half` and `most` are the first edges by which half and nine tenths of *all* cases were done, in seconds;
    None where so many are not done yet, or took longer than the last edge.
    """

    what: str  # look, acknowledge or close
    severity: Severity
    within: tuple[int, ...]
    done: int
    cases: int
    half: int | None
    most: int | None


def waiting_times(sites: Collection[Site], since: date, until: date) -> list[Waits]:
    """The waits of cases opened in [since, until] at `sites`, by severity, most urgent first. One query."""
    cases = Case.objects.filter(site__in=[site.pk for site in sites], opened_on__range=(since, until)).order_by()
    counts = {
        f"{what}_{edge}": Count("id", filter=Q(**{f"{column}__lte": edge}))
        for what, column in WAITS.items()
        for edge in EDGES
    }
    done = {f"{what}_done": Count(column) for what, column in WAITS.items()}
    rows = cases.values("severity_rank").annotate(cases=Count("id"), **counts, **done).order_by("-severity_rank")
    return [_waits(what, row) for row in rows for what in WAITS]


def _waits(what: str, row: Mapping[str, Any]) -> Waits:
    within = tuple(row[f"{what}_{edge}"] for edge in EDGES)
    severity, cases = list(Severity)[row["severity_rank"]], row["cases"]
    half, most = (_first_edge(within, cases * share) for share in (0.5, 0.9))
    return Waits(what, severity, within, row[f"{what}_done"], cases, half, most)


def _first_edge(within: tuple[int, ...], wanted: float) -> int | None:
    reached = zip(EDGES, accumulate(within, max), strict=True)
    return next((edge for edge, count in reached if count >= wanted and count), None)
