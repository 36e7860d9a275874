"""How many cases, of what, when, where and in which grade. Four queries, whatever the period and however many cases."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.insights.periods import Period
from monitor.insights.scope import Scope
from monitor.insights.tables import Cell, Table
from monitor.triage.models import CaseCategory

BY_DAY_UP_TO, BY_WEEK_UP_TO = 31, 200  # days; a longer period is shown by month
NOTE = gettext_lazy("A case about two harms counts under both. Days are those of the site.")
NOT_KNOWN = gettext_noop("not known")


@dataclass(frozen=True, slots=True)
class Trends:
    """Counts of cases opened in `period`; every series has one figure for each of `starts`.

    `starts` are the first days of the stretches, each a `step` (day, week or month) long. `hours` is 7 rows from Monday
    of 24 counts, of when the words were written. `grades` names None for students of whom the roster knows no grade.
    """

    period: Period
    step: str
    starts: tuple[date, ...]
    categories: Mapping[Category, tuple[int, ...]]
    severities: Mapping[Severity, tuple[int, ...]]
    sites: tuple[tuple[str, Mapping[Category, int]], ...]
    grades: tuple[tuple[int | None, Mapping[Category, int]], ...]
    hours: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(sum(series) for series in self.categories.values())


def trends(scope: Scope, period: Period) -> Trends:
    """The trends of the cases of `scope` that were opened in `period`."""
    rows = CaseCategory.objects.filter(site__in=scope.keys, day__range=(period.since, period.until)).order_by()
    step = "day" if period.days <= BY_DAY_UP_TO else "week" if period.days <= BY_WEEK_UP_TO else "month"
    starts = _starts(period, step)
    by_day = list(rows.values("day", "category", "severity_rank").annotate(cases=Count("id")))
    return Trends(
        period=period,
        step=step,
        starts=starts,
        categories={one: _series(by_day, "category", one.value, step, starts) for one in Category},
        severities={one: _series(by_day, "severity_rank", one.rank, step, starts) for one in reversed(Severity)},
        sites=_by_site(rows, scope),
        grades=_by_grade(rows),
        hours=_by_hour(rows),
    )


def trend_tables(found: Trends) -> list[Table]:
    """The same figures as tables, for beside a chart and for export."""
    return [
        _over_time(
            gettext("Cases by category"), found, {one.value: series for one, series in found.categories.items()}
        ),
        _over_time(
            gettext("Cases by severity"), found, {one.value: series for one, series in found.severities.items()}
        ),
        _by_category(gettext("Cases by site"), "site", found.sites),
        _by_category(
            gettext("Cases by grade"),
            "grade",
            [(name_words(grade_words(grade)), counts) for grade, counts in found.grades],
        ),
        Table(
            gettext("Cases by weekday and hour"),
            ("weekday", *(f"{hour:02d}" for hour in range(24))),
            tuple((str(WEEKDAYS[number]), *counts) for number, counts in enumerate(found.hours)),
            gettext("When the words were written, by the site's own clock."),
        ),
    ]


def grade_words(grade: int | None) -> str:
    """A grade as people say it. Figures are kept for everybody, so `NOT_KNOWN` is left to `name_words`."""
    if grade is None:
        return NOT_KNOWN
    return "K" if grade == 0 else str(grade)


def name_words(name: str) -> str:
    """The name of a row in the language of whoever reads it."""
    return gettext(NOT_KNOWN) if name == NOT_KNOWN else name


def start_of(day: date, step: str) -> date:
    """The first day of the stretch in which `day` lies; weeks begin on Monday."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _starts(period: Period, step: str) -> tuple[date, ...]:
    days = (period.since + timedelta(days=number) for number in range(period.days))
    return tuple(dict.fromkeys(start_of(day, step) for day in days))


def _series(
    rows: Iterable[Mapping[str, Any]], column: str, value: object, step: str, starts: tuple[date, ...]
) -> tuple[int, ...]:
    counts: Counter[date] = Counter()
    for row in rows:
        if row[column] == value:
            counts[start_of(row["day"], step)] += row["cases"]
    return tuple(counts[start] for start in starts)


def _by_site(rows: QuerySet[CaseCategory], scope: Scope) -> tuple[tuple[str, Mapping[Category, int]], ...]:
    counted = {
        (row["site_id"], row["category"]): row["cases"]
        for row in rows.values("site_id", "category").annotate(cases=Count("id"))
    }
    return tuple((site.name, {one: counted.get((site.pk, one.value), 0) for one in Category}) for site in scope.sites)


def _by_grade(rows: QuerySet[CaseCategory]) -> tuple[tuple[int | None, Mapping[Category, int]], ...]:
    counted = {
        (row["grade"], row["category"]): row["cases"]
        for row in rows.values("grade", "category").annotate(cases=Count("id"))
    }
    grades = sorted({grade for grade, _ in counted}, key=lambda grade: (grade is None, grade or 0))
    return tuple((grade, {one: counted.get((grade, one.value), 0) for one in Category}) for grade in grades)


def _by_hour(rows: QuerySet[CaseCategory]) -> tuple[tuple[int, ...], ...]:
    counted = {
        (row["weekday"], row["hour"]): row["cases"]
        for row in rows.values("weekday", "hour").annotate(cases=Count("id"))
    }
    return tuple(tuple(counted.get((day, hour), 0) for hour in range(24)) for day in range(7))


def _over_time(title: str, found: Trends, series: Mapping[str, tuple[int, ...]]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (start.isoformat(), *(counts[number] for counts in series.values()))
        for number, start in enumerate(found.starts)
    ]
    return Table(title, (found.step, *series), tuple(rows), str(NOTE))


def _by_category(title: str, what: str, rows: Iterable[tuple[str, Mapping[Category, int]]]) -> Table:
    body: list[tuple[Cell, ...]] = [(name, *(counts[one] for one in Category)) for name, counts in rows]
    return Table(title, (what, *(one.value for one in Category)), tuple(body), str(NOTE))
