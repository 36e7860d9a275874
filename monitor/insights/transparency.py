"""What the public may know: counts of the whole district over a finished quarter, and nothing about anybody.

Everything here is made of counts alone, at the size of the district, for quarters that are over: the page of today and
that of yesterday are the same, so nothing follows from comparing them. Counts of students or cases under
`HEED_SMALLEST_GROUP` are hidden with whatever would give them away; shares are shown only where enough was judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from monitor.alerts.models import Delivery, DeliveryState
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.insights.coverage import Coverage, coverage
from monitor.insights.periods import Period, PeriodError, period_words
from monitor.insights.readings import district_zone
from monitor.insights.scope import Scope, whole_district
from monitor.insights.small_groups import protect
from monitor.insights.tables import Table
from monitor.insights.themes import quarters_offered
from monitor.lib.intervals import share
from monitor.triage.models import Case, CaseCategory, Outcome, SetAside
from monitor.triage.reasons import REAL

LEAST_JUDGEMENTS = 30  # a share of fewer says nothing, and might say who

Named = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Transparency:
    """Figures of one finished quarter. None is a figure that is hidden, or that too little is known for.

    Shares are whole percents with their 95 % interval: (point, low, high).
    """

    quarter: Period
    schools: int
    accounts_watched: int
    items_read: int
    items_parked: int
    hours_asleep: float  # of the average school
    cases: int | None
    students_by_category: Named
    decisions: Named
    useful: tuple[int, int, int] | None
    false_alarms: tuple[int, int, int] | None
    put_aside: int | None
    alerts_sent: int | None
    looks_at_words: int | None
    smallest: int


def transparency(quarter: Period) -> Transparency:
    """The public figures of `quarter`, in a fixed number of queries. Raises `PeriodError` unless it is offered."""
    if quarter not in quarters_offered():
        message = "public figures are told for whole calendar quarters that are over, the last two years of them"
        raise PeriodError(message)
    scope, smallest = whole_district(), settings.HEED_SMALLEST_GROUP
    read, instants = coverage(scope, quarter), quarter.bounds(district_zone())
    outcomes = _outcomes(scope, quarter)
    judged = sum(outcomes.values())
    real = sum(count for outcome, count in outcomes.items() if outcome in REAL)
    return Transparency(
        quarter=quarter,
        schools=len(scope.sites),
        accounts_watched=sum(row.watched for row in read.sites),
        items_read=sum(row.scored for row in read.sites),
        items_parked=sum(row.parked for row in read.sites),
        hours_asleep=_mean_hours(read),
        cases=_shown(_opened(scope, quarter), smallest),
        students_by_category=_students(scope, quarter, smallest),
        decisions=_protected([(one.value, outcomes.get(one.value, 0)) for one in Outcome], smallest),
        useful=_percents(real, judged),
        false_alarms=_percents(outcomes.get(Outcome.FALSE_ALARM.value, 0), judged),
        put_aside=_shown(_between(SetAside.objects.filter(restored_at=None), "at", instants), smallest),
        alerts_sent=_shown(_between(Delivery.objects.filter(state=DeliveryState.SENT), "sent_at", instants), smallest),
        looks_at_words=_shown(
            _between(AuditEvent.objects.filter(tag=Tag.CONTENT_VIEWED.value), "at", instants), smallest
        ),
        smallest=smallest,
    )


def transparency_table(found: Transparency) -> Table:
    """The same as a table of two columns; a hidden figure reads `fewer than N, or not shown`."""
    hidden = gettext("fewer than {smallest}, or not shown").format(smallest=found.smallest)
    about, decided = gettext("Students with a case about {harm}"), gettext("Decided: {outcome}")
    rows: list[tuple[str, str | int | float]] = [
        (gettext("Schools"), found.schools),
        (gettext("Student accounts watched"), found.accounts_watched),
        (gettext("Messages and files read"), found.items_read),
        (gettext("Messages and files that could not be read"), found.items_parked),
        (gettext("Hours asleep at the average school"), round(found.hours_asleep)),
        (gettext("Cases opened"), _words(found.cases, hidden)),
        *((about.format(harm=name), _words(count, hidden)) for name, count in found.students_by_category),
        *((decided.format(outcome=Outcome(name).label), _words(count, hidden)) for name, count in found.decisions),
        (gettext("Alerts that somebody was needed for"), _interval_words(found.useful)),
        (gettext("Alerts that were false alarms"), _interval_words(found.false_alarms)),
        (gettext("Copies of harmless texts put aside"), _words(found.put_aside, hidden)),
        (gettext("Alerts sent to staff"), _words(found.alerts_sent, hidden)),
        (
            gettext("Times that somebody read a student's words, each with a reason on record"),
            _words(found.looks_at_words, hidden),
        ),
    ]
    return Table(
        gettext("What Heed did, {period}").format(period=period_words(found.quarter)),
        ("figure", "value"),
        tuple(rows),
        gettext("Counts of the whole district."),
    )


def _students(scope: Scope, quarter: Period, smallest: int) -> Named:
    rows = CaseCategory.objects.filter(site__in=scope.keys, day__range=(quarter.since, quarter.until)).order_by()
    counted = dict(rows.values_list("category").annotate(students=Count("account", distinct=True)))
    return _protected([(one.value, counted.get(one.value, 0)) for one in Category], smallest)


def _outcomes(scope: Scope, quarter: Period) -> dict[str, int]:
    """Judgements by outcome: what one act decided counts once."""
    rows = CaseCategory.objects.filter(site__in=scope.keys, day__range=(quarter.since, quarter.until)).order_by()
    judged = rows.exclude(outcome="").values_list("outcome")
    return dict(judged.annotate(judgements=Count("judgement", distinct=True)))


def _opened(scope: Scope, quarter: Period) -> int:
    return Case.objects.filter(site__in=scope.keys, opened_on__range=(quarter.since, quarter.until)).count()


def _between(rows: QuerySet[Any], column: str, instants: tuple[datetime, datetime]) -> int:
    start, end = instants
    found: int = rows.filter(**{f"{column}__gte": start, f"{column}__lt": end}).count()
    return found


def _protected(rows: Sequence[tuple[str, int]], smallest: int) -> Named:
    shown = protect([[count for _, count in rows]], smallest).cells[0]
    return tuple((name, count) for (name, _), count in zip(rows, shown, strict=True))


def _shown(count: int, smallest: int) -> int | None:
    return None if 0 < count < smallest else count


def _mean_hours(read: Coverage) -> float:
    return sum(row.hours_asleep for row in read.sites) / len(read.sites) if read.sites else 0.0


def _percents(part: int, whole: int) -> tuple[int, int, int] | None:
    if whole < LEAST_JUDGEMENTS:
        return None
    found = share(part, whole)
    return round(100 * part / whole), int(100 * found.low), -int(-100 * found.high // 1)


def _words(count: int | None, hidden: str) -> str | int:
    return hidden if count is None else count


def _interval_words(percents: tuple[int, int, int] | None) -> str:
    if percents is None:
        return gettext("too few were judged to say")
    point, low, high = percents
    return gettext("{point} % (between {low} % and {high} %)").format(point=point, low=low, high=high)
