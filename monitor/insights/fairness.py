"""Are some schools or grades flagged more often, or wrongly more often, than others?

A difference of rates alone says little: a school with more distress has more cases. A higher share of *false alarms*
means that Heed serves that group worse, and that is what `stands_out` marks: the 95 % interval of its false alarms lies
wholly above that of all others together.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext

from monitor.domain.grade import student_grade
from monitor.insights.periods import Period
from monitor.insights.scope import Scope
from monitor.insights.small_groups import protect
from monitor.insights.tables import Table
from monitor.insights.trends import grade_words, name_words
from monitor.lib import clock
from monitor.lib.intervals import Share, share
from monitor.roster.models import AccountState, MonitoredAccount
from monitor.triage.models import CaseCategory, Outcome


@dataclass(frozen=True, slots=True)
class Group:
    """One school or grade. Everything but the name is None where the group is too small to be shown.

    `flagged` is the share of its watched students about whom a case was opened, `false` the share of its judgements
    that were false alarms. A student who changed groups in the period counts in both.
    """

    name: str
    watched: int | None
    flagged: Share | None
    false: Share | None
    stands_out: bool


@dataclass(frozen=True, slots=True)
class Fairness:
    """The groups of a scope over a period, by site and by grade."""

    period: Period
    sites: tuple[Group, ...]
    grades: tuple[Group, ...]
    smallest: int


def fairness(scope: Scope, period: Period) -> Fairness:
    """The figures of each group, in four queries."""
    watched_at, watched_in = _watched(scope)
    rows = CaseCategory.objects.filter(site__in=scope.keys, day__range=(period.since, period.until)).order_by()
    counts = {
        "students": Count("account", distinct=True),
        "judged": Count("judgement", distinct=True),
        "false": Count("judgement", distinct=True, filter=Q(outcome=Outcome.FALSE_ALARM.value)),
    }
    by_site = {row["site_id"]: row for row in rows.values("site_id").annotate(**counts)}
    by_grade = {row["grade"]: row for row in rows.values("grade").annotate(**counts)}
    smallest = settings.HEED_SMALLEST_GROUP
    grades = sorted({*watched_in, *by_grade}, key=lambda grade: (grade is None, grade or 0))
    return Fairness(
        period=period,
        sites=_groups([(site.name, watched_at[site.pk], by_site.get(site.pk)) for site in scope.sites], smallest),
        grades=_groups([(grade_words(grade), watched_in[grade], by_grade.get(grade)) for grade in grades], smallest),
        smallest=smallest,
    )


def fairness_tables(found: Fairness) -> list[Table]:
    """The same as tables."""
    return [
        _table(gettext("Fairness by site"), "site", found.sites, found.smallest),
        _table(gettext("Fairness by grade"), "grade", found.grades, found.smallest),
    ]


def _watched(scope: Scope) -> tuple[Counter[int | None], Counter[int | None]]:
    """How many students are watched, by site and by grade, from one query: there are few grades and units."""
    today = clock.now().date()
    accounts = MonitoredAccount.objects.filter(site__in=scope.keys, state=AccountState.ACTIVE).order_by()
    sites: Counter[int | None] = Counter()
    grades: Counter[int | None] = Counter()
    for site, words, path, count in accounts.values_list("site_id", "grade", "org_unit_path").annotate(Count("id")):
        sites[site] += count
        grades[student_grade(words, path, today)] += count
    return sites, grades


def _groups(rows: Sequence[tuple[str, int, Mapping[str, Any] | None]], smallest: int) -> tuple[Group, ...]:
    shown = protect([[watched for _, watched, _ in rows]], smallest).cells[0] if rows else ()
    judged = sum(row["judged"] for _, _, row in rows if row)
    false = sum(row["false"] for _, _, row in rows if row)
    return tuple(_group(name, row, watched, judged, false) for (name, _, row), watched in zip(rows, shown, strict=True))


def _group(name: str, row: Mapping[str, Any] | None, watched: int | None, judged: int, false: int) -> Group:
    if watched is None:
        return Group(name, None, None, None, stands_out=False)
    found = row or {"students": 0, "judged": 0, "false": 0}
    own = share(found["false"], found["judged"])
    others = share(false - own.part, judged - own.whole)
    # Students who left the group since are counted among the flagged, so there may be more of them than are watched.
    flagged = share(min(found["students"], watched), watched)
    return Group(name, watched, flagged, own, stands_out=bool(others.whole and own.whole and own.low > others.high))


def _table(title: str, what: str, groups: Sequence[Group], smallest: int) -> Table:
    columns = ("watched", "flagged", "flagged low", "flagged high", "judgements", "false", "false low", "false high")
    return Table(
        title,
        (what, *columns, "stands out"),
        tuple(
            (
                name_words(group.name),
                group.watched,
                *_parts(group.flagged),
                group.false.whole if group.false else None,
                *_parts(group.false),
                gettext("yes") if group.stands_out else "",
            )
            for group in groups
        ),
        gettext("Groups of fewer than {smallest} students, and what would give them away, are not shown.").format(
            smallest=smallest
        ),
    )


def _parts(found: Share | None) -> tuple[float | None, float | None, float | None]:
    return (found.point, found.low, found.high) if found else (None, None, None)
