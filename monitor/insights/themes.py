"""What students struggle with, for those who plan help: how many students, by theme and school or grade, without names.

Only finished calendar quarters are offered, never free dates: two periods that overlap could be subtracted from each
other, and so could the same table of yesterday and today. Groups smaller than `HEED_SMALLEST_GROUP` students are hidden
together with whatever would give them away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext

from monitor.domain.category import Category
from monitor.insights.periods import Period, PeriodError, finished_quarters, period_words
from monitor.insights.scope import Scope
from monitor.insights.small_groups import ProtectedCounts, protect
from monitor.insights.tables import Table
from monitor.insights.trends import grade_words, name_words
from monitor.lib import clock
from monitor.triage.models import CaseCategory, Outcome

QUARTERS_OFFERED = 8


class ThemesBy(StrEnum):
    """What the rows of the table are."""

    SITE = "site"
    GRADE = "grade"


@dataclass(frozen=True, slots=True)
class Themes:
    """For each row (a school or a grade) and category: about how many students a case was opened in `quarter`.

    False alarms do not count. A student with two themes counts under both; totals are sums of the cells. A figure that
    is hidden is None.
    """

    quarter: Period
    by: ThemesBy
    names: tuple[str, ...]
    categories: tuple[Category, ...]
    counts: ProtectedCounts
    smallest: int


def quarters_offered() -> list[Period]:
    """The quarters that themes can be asked for, newest first."""
    return finished_quarters(clock.now().date(), QUARTERS_OFFERED)


def themes(scope: Scope, quarter: Period, by: ThemesBy) -> Themes:
    """The themes of `scope` in `quarter`, in one query. Raises `PeriodError` for anything but an offered quarter."""
    if quarter not in quarters_offered():
        message = "themes are told for whole calendar quarters that are over, the last two years of them"
        raise PeriodError(message)
    rows = CaseCategory.objects.filter(site__in=scope.keys, day__range=(quarter.since, quarter.until))
    real = rows.exclude(outcome=Outcome.FALSE_ALARM.value).order_by()
    column = "site_id" if by is ThemesBy.SITE else "grade"
    counted = {
        (row[column], row["category"]): row["students"]
        for row in real.values(column, "category").annotate(students=Count("account", distinct=True))
    }
    keys, names = _rows(scope, by, [key for key, _ in counted])
    categories = tuple(Category)
    cells = [[counted.get((key, one.value), 0) for one in categories] for key in keys]
    smallest = settings.HEED_SMALLEST_GROUP
    return Themes(quarter, by, names, categories, protect(cells, smallest), smallest)


def themes_table(found: Themes) -> Table:
    """The same as a table, with totals; hidden figures are None."""
    rows = [
        (name_words(name), *cells, total)
        for name, cells, total in zip(found.names, found.counts.cells, found.counts.row_totals, strict=True)
    ]
    rows.append((gettext("all"), *found.counts.column_totals, found.counts.total))
    return Table(
        _title(found),
        (found.by.value, *(one.value for one in found.categories), "all"),
        tuple(rows),
        gettext(
            "Figures under {smallest}, and what would give them away, are not shown. "
            "A student with two themes counts under both."
        ).format(smallest=found.smallest),
    )


def _title(found: Themes) -> str:
    if found.by is ThemesBy.SITE:
        words = gettext("Students by theme and site, {period}")
    else:
        words = gettext("Students by theme and grade, {period}")
    return words.format(period=period_words(found.quarter))


def _rows(scope: Scope, by: ThemesBy, found: Sequence[int | None]) -> tuple[list[int | None], tuple[str, ...]]:
    if by is ThemesBy.SITE:
        return list(scope.keys), tuple(site.name for site in scope.sites)
    grades = sorted(set(found), key=lambda grade: (grade is None, grade or 0))
    return list(grades), tuple(grade_words(grade) for grade in grades)
