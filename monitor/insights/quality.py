"""How right the alerts were, and how fast people came: the district's own running figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from monitor.insights.periods import Period
from monitor.insights.scope import Scope
from monitor.insights.tables import Table
from monitor.triage.precision import Precision, running_precision
from monitor.triage.times import DAY, EDGES, HOUR, MINUTE, Waits, waiting_times


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision of the whole scope and of each site, and the waits of cases opened in `period`."""

    period: Period
    overall: tuple[Precision, ...]
    by_site: tuple[Precision, ...]
    waits: tuple[Waits, ...]
    site_names: dict[int, str]


def quality(scope: Scope, period: Period) -> Quality:
    """The running figures of `scope` over `period`, in three queries."""
    return Quality(
        period=period,
        overall=tuple(running_precision(scope.sites, period.since, period.until)),
        by_site=tuple(running_precision(scope.sites, period.since, period.until, by_site=True)),
        waits=tuple(waiting_times(scope.sites, period.since, period.until)),
        site_names={site.pk: site.name for site in scope.sites},
    )


def quality_tables(found: Quality) -> list[Table]:
    """The same figures as tables."""
    return [
        precision_table(gettext("Running precision"), found.overall, {}),
        precision_table(gettext("Running precision by site"), found.by_site, found.site_names),
        waits_table(found.waits),
    ]


def precision_table(title: str, rows: Sequence[Precision], names: dict[int, str]) -> Table:
    """Shares from 0 to 1 with their 95 % intervals."""
    shares = ("useful", "useful low", "useful high", "not false", "not false low", "not false high")
    return Table(
        title,
        ("category", "site", "judgements", "cases", *shares),
        tuple(
            (
                row.category.value,
                names.get(row.site_id or 0, gettext("all")),
                row.useful.whole,
                row.cases,
                row.useful.point,
                row.useful.low,
                row.useful.high,
                row.not_false.point,
                row.not_false.low,
                row.not_false.high,
            )
            for row in rows
        ),
        gettext("All cases that one act decided are one judgement. Intervals are Wilson's, 95 %."),
    )


def waits_table(waits: Sequence[Waits]) -> Table:
    """How many cases were looked at, taken and closed within each time."""
    return Table(
        gettext("Time to first look, to acknowledge, to close"),
        (
            "severity",
            "what",
            "cases",
            "done",
            *(gettext("within {time}").format(time=edge_words(edge)) for edge in EDGES),
            "half",
            "nine tenths",
        ),
        tuple(
            (
                wait.severity.value,
                wait.what,
                wait.cases,
                wait.done,
                *wait.within,
                edge_words(wait.half),
                edge_words(wait.most),
            )
            for wait in waits
        ),
        gettext(
            "Counted from the opening of a case. "
            "Half and nine tenths are of all cases, those that still wait among them."
        ),
    )


def edge_words(seconds: int | None) -> str:
    """A time as people say it; what was not reached is `not yet`."""
    if seconds is None:
        return gettext("not yet")
    for unit, word in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds // unit} {word}"
    return f"{seconds} s"
