"""Findings about one person close together in time become one case."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from monitor.detection.models import Finding
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseFinding, CaseState
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WINDOW = timedelta(hours=72)  # config/policy.toml


def cases_of(school: School) -> list[Case]:
    return list(Case.objects.filter(account=school.account).order_by("id"))


@pytest.mark.parametrize(
    ("gap", "cases"),
    [
        (timedelta(0), 1),
        (timedelta(hours=1), 1),
        (WINDOW, 1),
        (WINDOW + timedelta(seconds=1), 2),
        (-timedelta(hours=1), 1),
        (-WINDOW - timedelta(days=9), 1),  # picked up late: it belongs to what is open, it does not replace it
    ],
)
def test_a_finding_joins_the_case_when_it_came_within_the_window(school: School, gap: timedelta, cases: int):
    factories.make_finding(school.account, found_at=NOON)
    assert group_findings() == 1
    factories.make_finding(school.account, found_at=NOON + gap)
    assert group_findings() == 1
    assert len(cases_of(school)) == cases
    assert [case.is_current for case in cases_of(school)] == [False] * (cases - 1) + [True]


def test_the_window_runs_from_the_last_finding_and_never_backwards(school: School):
    for hours in (0, 70, 10, 140):
        factories.make_finding(school.account, found_at=NOON + timedelta(hours=hours))
        group_findings()
    (case,) = cases_of(school)
    assert case.last_finding_at == NOON + timedelta(hours=140)
    assert case.case_findings.count() == 4


def test_a_chain_of_findings_is_one_case_as_long_as_no_gap_is_too_long(school: School):
    for day in (0, 2, 4, 8):
        factories.make_finding(school.account, found_at=NOON + timedelta(days=day))
    assert group_findings() == 4
    assert [case.case_findings.count() for case in cases_of(school)] == [3, 1]


def test_the_oldest_findings_come_first_and_the_limit_holds(school: School):
    late = factories.make_finding(school.account, found_at=NOON + timedelta(minutes=5))
    early = factories.make_finding(school.account, found_at=NOON)
    assert group_findings(limit=1) == 1
    assert CaseFinding.objects.get().finding_id == early.pk
    assert group_findings(limit=1) == 1
    assert CaseFinding.objects.latest("id").finding_id == late.pk


def test_grouping_again_changes_nothing(school: School):
    factories.make_finding(school.account)
    assert group_findings() == 1
    before = Case.objects.values().get()
    assert group_findings() == 0
    assert Case.objects.values().get() == before


def test_a_decided_case_takes_nothing_more(school: School):
    factories.make_finding(school.account, found_at=NOON)
    group_findings()
    Case.objects.update(state=CaseState.DECIDED, decided_at=clock.now())
    factories.make_finding(school.account, found_at=NOON + timedelta(minutes=1))
    group_findings()
    first, second = cases_of(school)
    assert (first.is_current, first.case_findings.count()) == (False, 1)
    assert (second.is_current, second.state, second.case_findings.count()) == (True, CaseState.OPEN, 1)


def test_a_claimed_case_still_takes_new_findings(school: School):
    factories.make_finding(school.account, found_at=NOON)
    group_findings()
    Case.objects.update(state=CaseState.CLAIMED, claimed_by=school.counselor, claimed_until=clock.now())
    factories.make_finding(school.account, found_at=NOON)
    group_findings()
    (case,) = cases_of(school)
    assert (case.state, case.claimed_by, case.case_findings.count()) == (CaseState.CLAIMED, school.counselor, 2)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([Severity.LOW], Severity.LOW),
        ([Severity.CONCERN, Severity.IMMINENT], Severity.IMMINENT),
        ([Severity.SEVERE, Severity.LOW], Severity.SEVERE),
        ([Severity.LOW, Severity.SEVERE, Severity.CONCERN], Severity.SEVERE),
    ],
)
def test_a_case_is_as_urgent_as_its_most_urgent_finding(school: School, severities: list[Severity], expected: Severity):
    for minute, severity in enumerate(severities):
        factories.make_finding(school.account, severity=severity, found_at=NOON + timedelta(minutes=minute))
    group_findings()
    (case,) = cases_of(school)
    assert (case.severity, case.severity_rank) == (expected.value, expected.rank)


def test_people_and_sites_are_kept_apart(school: School):
    other_site = factories.make_site("elm-school")
    factories.make_finding(school.account)
    factories.make_finding(school.account, site=other_site)  # the student changed schools in between
    factories.make_finding(factories.make_account(school.site))
    assert group_findings() == 3
    placed = {(case.account_id, case.site_id) for case in Case.objects.all()}
    assert len(placed) == Case.objects.count() == 3
    for row in CaseFinding.objects.select_related("case", "finding"):
        assert (row.case.site_id, row.case.account_id) == (row.finding.site_id, row.finding.account_id)


def test_a_step_that_breaks_off_leaves_nothing_half_done(school: School, monkeypatch: pytest.MonkeyPatch):
    factories.make_finding(school.account, found_at=NOON)
    group_findings()
    before = Case.objects.values().get()
    factories.make_finding(school.account, found_at=NOON + WINDOW * 2, severity=Severity.IMMINENT)
    with monkeypatch.context() as patch:
        patch.setattr(CaseFinding.objects, "create", killed)
        with pytest.raises(KeyboardInterrupt):
            group_findings()
    assert Case.objects.values().get() == before
    assert group_findings() == 1
    assert Case.objects.count() == 2


def killed(**_: object) -> None:
    raise KeyboardInterrupt


def test_the_database_itself_refuses_a_second_current_case(school: School):
    factories.make_finding(school.account)
    group_findings()
    case = Case.objects.get()
    with pytest.raises(IntegrityError):
        Case.objects.create(
            account=case.account, site=case.site, severity="low", severity_rank=0, opened_at=NOON, last_finding_at=NOON
        )


def test_workers_at_once_place_every_finding_exactly_once(shared_database: None):
    school = make_school()
    others = [factories.make_account(school.site) for _ in range(3)]
    for minute in range(8):
        for account in (school.account, *others):
            factories.make_finding(account, found_at=NOON + timedelta(minutes=minute))
    placed = together(*[group_findings] * 4)
    assert sum(placed) == Finding.objects.count() == CaseFinding.objects.count() == 32
    assert Case.objects.count() == 4
    assert group_findings() == 0


def test_workers_at_once_open_one_case_when_the_current_one_is_too_old(shared_database: None):
    school = make_school()
    factories.make_finding(school.account, found_at=NOON)
    group_findings()
    for minute in range(12):
        factories.make_finding(school.account, found_at=NOON + WINDOW * 3 + timedelta(minutes=minute))
    assert sum(together(*[group_findings] * 4)) == 12
    assert [case.case_findings.count() for case in cases_of(school)] == [1, 12]
