"""What one line of a list of cases shows, gathered for a whole page at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from monitor.accounts.models import User
from monitor.console.tip_rows import TipLine, tip_lines
from monitor.console.words import CATEGORY_WORDS, SOURCE_WORDS, join_words
from monitor.domain.category import Category
from monitor.domain.source import Source
from monitor.triage.models import Case, CaseFinding, CaseState, Decision


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list. Nothing in it is sealed: the student is a reference, the words stay where they are."""

    case: Case
    title: str
    sources: str
    findings: int
    holder: User | None
    decision: Decision | None = None


def unsealed_nothing(cases: QuerySet[Case]) -> QuerySet[Case]:
    """`cases` with what a list needs of site, account and holder, leaving everything sealed in the database."""
    joined = cases.select_related("site", "account", "claimed_by")
    return joined.defer("account__address", "account__full_name")


def build_rows(cases: Sequence[Case], now: datetime) -> list[Row]:
    """The lines of `cases`, in their order, with one query for all findings."""
    categories: dict[int, dict[str, int]] = {case.pk: {} for case in cases}
    sources: dict[int, set[str]] = {case.pk: set() for case in cases}
    counted = (
        CaseFinding.objects.filter(case__in=cases)
        .values_list("case_id", "finding__category", "finding__source")
        .annotate(findings=Count("id"))
    )
    for case_id, category, source, findings in counted:
        categories[case_id][category] = categories[case_id].get(category, 0) + findings
        sources[case_id].add(source)
    tips = tip_lines(cases)
    return [
        _tip_row(case, tips[case.pk], now)
        if case.pk in tips
        else Row(
            case=case,
            title=title_of(categories[case.pk]),
            sources=", ".join(SOURCE_WORDS[source] for source in Source if source.value in sources[case.pk]),
            findings=sum(categories[case.pk].values()),
            holder=holder_of(case, now),
        )
        for case in cases
    ]


def _tip_row(case: Case, line: TipLine, now: datetime) -> Row:
    """A case that a tip opened; `findings` counts the reporter's messages."""
    harms = title_of(line.flags) if line.flags else ""
    title = tip_title(harms)
    return Row(case=case, title=title, sources=line.channel, findings=line.messages, holder=holder_of(case, now))


def with_decisions(rows: Iterable[Row]) -> list[Row]:
    """`rows` with the latest decision of each, in one query; the sealed reasons stay unread."""
    rows = list(rows)
    decisions = Decision.objects.filter(case__in=[row.case for row in rows]).select_related("actor").defer("reason")
    latest = {decision.case_id: decision for decision in decisions.order_by("at")}
    return [Row(row.case, row.title, row.sources, row.findings, row.holder, latest.get(row.case.pk)) for row in rows]


def title_of(categories: Iterable[str]) -> str:
    """The harms of a case in plain words, in the order of the field's list."""
    present = set(categories)
    order = (Category.SELF_HARM, Category.VIOLENCE, Category.GROOMING, Category.BULLYING)
    return join_words([CATEGORY_WORDS[category] for category in order if category.value in present]) or gettext("Case")


def tip_title(harms: str) -> str:
    """The title of a tip in which the classifiers flagged `harms`, or nothing."""
    return gettext("Tip: {harms}").format(harms=harms[:1].lower() + harms[1:]) if harms else gettext("Tip")


def holder_of(case: Case, now: datetime) -> User | None:
    """Who has the case at `now`; a claim that ran out is nobody's."""
    if case.state != CaseState.CLAIMED or case.claimed_until is None or case.claimed_until <= now:
        return None
    return case.claimed_by
