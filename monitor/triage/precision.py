"""How often it was right to call a person: running precision by category and site, from people's own decisions.

What is counted is *judgements*: all cases that one act decided count once, or thirty copies of a play would be thirty
opinions. A case is counted by the day on which it was opened, with its last decision; one under review is not counted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from monitor.domain.category import Category
from monitor.lib.intervals import Share, share
from monitor.roster.models import Site
from monitor.triage.models import CaseCategory, Outcome
from monitor.triage.reasons import REAL


@dataclass(frozen=True, slots=True)
class Precision:
    """One category at one site, or at all of them together (`site_id` None).

    `useful` is the share of judgements in which support was given or the case handed over; `not_false` is the share
    in which the words were not harmless, whether or not there was danger. `cases` is how many cases were judged.
    """

    category: Category
    site_id: int | None
    useful: Share
    not_false: Share
    cases: int


def running_precision(sites: Collection[Site], since: date, until: date, *, by_site: bool = False) -> list[Precision]:
    """The precision of each category with judgements on cases opened in [since, until], in one query.

    `by_site` gives one row for each site besides.
    """
    keys = [site.pk for site in sites]
    judged = CaseCategory.objects.filter(site__in=keys, day__range=(since, until)).exclude(outcome="").order_by()
    by = ("site_id", "category", "outcome") if by_site else ("category", "outcome")
    counted = judged.values(*by).annotate(judgements=Count("judgement", distinct=True), cases=Count("id"))
    return precision_of(counted)


def precision_of(counted: Iterable[Mapping[str, Any]]) -> list[Precision]:
    """The rows of a count by category, outcome and perhaps site, as precision; in the order of site and category."""
    groups: dict[tuple[int | None, str], dict[str, tuple[int, int]]] = {}
    for row in counted:
        group = groups.setdefault((row.get("site_id"), row["category"]), {})
        group[row["outcome"]] = (row["judgements"], row["cases"])
    ordered = sorted(groups.items(), key=lambda entry: (entry[0][0] or 0, list(Category).index(Category(entry[0][1]))))
    return [_precision(Category(category), site, outcomes) for (site, category), outcomes in ordered]


def _precision(category: Category, site: int | None, outcomes: Mapping[str, tuple[int, int]]) -> Precision:
    judgements = sum(count for count, _ in outcomes.values())
    real = sum(count for outcome, (count, _) in outcomes.items() if outcome in REAL)
    false, _ = outcomes.get(Outcome.FALSE_ALARM.value, (0, 0))
    cases = sum(count for _, count in outcomes.values())
    return Precision(category, site, share(real, judgements), share(judgements - false, judgements), cases)
