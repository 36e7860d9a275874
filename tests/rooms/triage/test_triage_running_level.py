"""A running level fades, says when it will fall, and is shown to few."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.accounts.models import Role
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Outcome
from monitor.triage.running_level import SEES_LEVELS, LevelBand, running_levels, sees_levels, weight
from tests.rooms import factories
from tests.rooms.triage.conftest import School

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HALF = timedelta(days=60)  # config/policy.toml


def level(school: School, at: datetime = NOON, user=None):
    with clock.standing_at(at):
        return running_levels(user or school.counselor, [school.account])[school.account.pk]


def found(school: School, severity: Severity, at: datetime = NOON) -> Case:
    with clock.standing_at(at):
        factories.make_finding(school.account, severity=severity, found_at=at)
        group_findings()
    return Case.objects.latest("id")


@pytest.mark.parametrize(
    ("severity", "band"),
    [
        (Severity.LOW, LevelBand.QUIET),
        (Severity.CONCERN, LevelBand.SOME),
        (Severity.SEVERE, LevelBand.RAISED),
        (Severity.IMMINENT, LevelBand.HIGH),
    ],
)
def test_one_case_makes_a_band_of_its_own(school: School, severity: Severity, band: LevelBand):
    assert level(school).band is LevelBand.QUIET
    found(school, severity)
    assert level(school).band is band


def test_it_halves_and_the_day_on_which_it_falls_is_true(school: School):
    found(school, Severity.IMMINENT)
    now, later = level(school), level(school, NOON + HALF)
    assert later.value == pytest.approx(now.value / 2, rel=1e-3)
    falls_on = now.falls_on
    assert level(school, falls_on - timedelta(hours=1)).band is LevelBand.HIGH
    assert level(school, falls_on + timedelta(hours=1)).band is LevelBand.RAISED
    assert level(school, NOON + HALF * 7).value == 0


@pytest.mark.parametrize(
    ("outcome", "share"),
    [(Outcome.SUPPORT, 1), (Outcome.HANDED_OVER, 1), (Outcome.NO_CONCERN, 0.25), (Outcome.FALSE_ALARM, 0)],
)
def test_what_people_concluded_counts(school: School, outcome: Outcome, share: float):
    before = found(school, Severity.SEVERE) and level(school).value
    do_decide_case(Case.objects.get(), actor=school.counselor, outcome=outcome, reason="Looked at it.")
    assert level(school).value == pytest.approx(before * share, rel=1e-3)


def test_only_the_roles_on_the_list_see_it_whatever_roles_there_are(school: School):
    """A role that is added later, a teacher's for instance, sees nothing until somebody puts it on the list."""
    found(school, Severity.SEVERE)
    assert frozenset({Role.SITE_ADMINISTRATOR, Role.COUNSELOR}) == SEES_LEVELS
    for role in Role:
        person = factories.make_user("", school.site, role=role)
        assert bool(running_levels(person, [school.account])) is sees_levels(person) is (role in SEES_LEVELS)
    teacher = factories.make_user("", school.site)
    teacher.role = "teacher"
    assert running_levels(teacher, [school.account]) == {}


def test_cases_of_another_site_do_not_count(school: School):
    found(school, Severity.SEVERE)
    assert level(school, user=school.stranger).cases == 0


def test_a_page_of_students_costs_one_query(school: School):
    accounts = [factories.make_account(school.site) for _ in range(20)]
    for account in accounts:
        factories.make_finding(account)
    group_findings()
    with CaptureQueriesContext(connection) as asked:
        levels = running_levels(school.counselor, accounts)
    assert (len(asked), {one.cases for one in levels.values()}) == (1, {1})


def test_what_is_dated_after_now_weighs_as_if_of_now():
    assert weight(Severity.CONCERN, "", -HALF, HALF) == weight(Severity.CONCERN, "", timedelta(0), HALF) == 1
