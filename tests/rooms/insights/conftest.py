"""Two schools with people who may see their figures, and a way to write many cases at once."""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from monitor.accounts.models import Role, User
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.roster.models import MonitoredAccount, Site
from monitor.triage.models import Case, CaseCategory, CaseState
from tests.rooms import factories

DAY = date(2026, 11, 24)
_judgements = itertools.count(1)


@dataclass
class Cast:
    """`administrator` looks after both schools, `counselor` after `oak`, `it` after none."""

    oak: Site
    elm: Site
    administrator: User
    counselor: User
    it: User


@pytest.fixture
def cast(db: None) -> Cast:
    factories.make_district()
    oak, elm = factories.make_site("oak-high"), factories.make_site("elm-school")
    return Cast(
        oak=oak,
        elm=elm,
        administrator=factories.make_user("", oak, elm, role=Role.SITE_ADMINISTRATOR),
        counselor=factories.make_user("", oak),
        it=factories.make_user("", role=Role.IT),
    )


def case_of(
    account: MonitoredAccount,
    *categories: Category,
    day: date = DAY,
    outcome: str = "",
    severity: Severity = Severity.CONCERN,
    **fields,
) -> Case:
    """A case with its figures, as grouping and deciding would leave them."""
    at = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    case = Case.objects.create(
        account=account, site=account.site, severity=severity.value, severity_rank=severity.rank, opened_at=at,
        last_finding_at=at, is_current=False, outcome=outcome, state=CaseState.DECIDED if outcome else CaseState.OPEN,
    )  # fmt: skip
    given = {"hour": 12, "weekday": day.weekday(), "grade": 9, "judgement": next(_judgements) if outcome else None}
    for category in categories or (Category.BULLYING,):
        CaseCategory.objects.create(
            case=case, site=account.site, account=account, category=category.value, severity_rank=severity.rank,
            day=day, outcome=outcome, **(given | fields),
        )  # fmt: skip
    return case


def cases_at(site: Site, number: int, *categories: Category, **fields) -> None:
    """One case for each of `number` different students of `site`."""
    for _ in range(number):
        case_of(factories.make_account(site), *categories, **fields)
