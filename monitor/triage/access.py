"""Which cases a person may see. Every page asks here; a case of another site does not exist for a stranger."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from monitor.accounts.models import User
from monitor.roster.models import Site, SiteAccess
from monitor.triage.models import Case, CaseState, StaffMatter

PUBLIC_ID = re.compile(r"[0-9a-f]{12}")


class CaseNotFound(Exception):
    """There is no such case for this person; the same answer whether it exists elsewhere or not."""


def cases_for(user: User) -> QuerySet[Case]:
    """The cases of the sites that `user` looks after, of all for the district's lead.

    None for a role that may not read student text. A case about a member of staff is the leads' alone, and never that
    of the very person it is about.
    """
    if not (user.is_active and user.reads_content):
        return Case.objects.none()
    if user.sees_every_site:
        return Case.objects.exclude(pk__in=kept_cases().filter(person=user))
    own = Case.objects.filter(site__in=SiteAccess.objects.filter(user=user).values("site"))
    return own.exclude(pk__in=kept_cases())


def kept_cases() -> QuerySet[StaffMatter, Any]:
    """The keys of the cases about a member of staff, which their schools do not see."""
    return StaffMatter.objects.filter(ended_at=None).values("case")


def access_case(user: User, public_id: str) -> Case:
    """The case `public_id` if `user` may see it. Raises `CaseNotFound` otherwise."""
    # A malformed id never reaches the database: PostgreSQL refuses some characters with an error of its own.
    if PUBLIC_ID.fullmatch(public_id):
        case = cases_for(user).select_related("site", "claimed_by").filter(public_id=public_id).first()
        if case is not None:
            return case
    message = "there is no such case among those you may see"
    raise CaseNotFound(message)


def queue_for(user: User) -> QuerySet[Case]:
    """The cases of `user` that wait for a decision, most urgent first, then those that wait longest."""
    return cases_for(user).exclude(state=CaseState.DECIDED).order_by("-severity_rank", "opened_at", "id")


def decided_for(user: User) -> QuerySet[Case]:
    """The decided cases of `user`, latest decision first."""
    return cases_for(user).filter(state=CaseState.DECIDED).order_by("-decided_at", "-id")


def with_keys(keys: Iterable[int]) -> QuerySet[Case]:
    """The cases with these keys in no order; the keys must come from one of the lists above."""
    return Case.objects.order_by().filter(pk__in=list(keys))


def site_of_case(column: str) -> Subquery:
    """The key of the site of the case that `column` of a row names, for a condition on such rows."""
    return Subquery(Case.objects.filter(pk=OuterRef(column)).values("site")[:1])


def opened_since(sites: Iterable[Site], since: datetime) -> int:
    """How many cases were opened at `sites` from `since` on."""
    return Case.objects.filter(site__in=sites, opened_at__gte=since).count()
