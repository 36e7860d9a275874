"""Which cases belong to one story: each follows the decision of the one before it."""

from dataclasses import dataclass

from django.utils.translation import gettext

from monitor.accounts.models import User
from monitor.triage.access import cases_for
from monitor.triage.models import Case, Decision

STORY_LENGTH = 20  # cases looked back through


@dataclass(frozen=True, slots=True)
class Chapter:
    """One case of a story and what was last decided about it; the sealed reason is not read."""

    case: Case
    decision: Decision | None


def story_of(case: Case, user: User) -> list[Chapter]:
    """The cases that `case` follows, newest first, as far as `user` may see them. Two queries.

    Only cases about the same person at the same site follow each other, so whoever sees one sees all.
    """
    same = cases_for(user).filter(account=case.account_id, site=case.site_id, pk__lt=case.pk)
    earlier = {row.pk: row for row in same.select_related("site").order_by("-id")[: STORY_LENGTH * 5]}
    chain: list[Case] = []
    follows = case.follows_id
    while follows in earlier and len(chain) < STORY_LENGTH:
        chain.append(earlier[follows])
        follows = chain[-1].follows_id
    rows = Decision.objects.filter(case__in=chain).select_related("actor").defer("reason").order_by("at", "id")
    last = {decision.case_id: decision for decision in rows}
    return [Chapter(row, last.get(row.pk)) for row in chain]


def severity_note(case: Case) -> str:
    """Why `case` is more urgent than its findings, in a sentence; empty where it is not raised."""
    if not case.is_raised:
        return ""
    return gettext(
        "Up to one step more urgent than its findings: it follows a case in which somebody found the danger real. "
        "That alone makes nothing imminent."
    )
