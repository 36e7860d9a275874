"""What happens when another worker acts between a read and a write; only PostgreSQL lets it in at that point."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from monitor.detection.models import Finding
from monitor.triage import grouping
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, CaseState, Outcome
from tests.rooms import factories
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import together

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def shared_school(shared_database: None) -> School:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time: nobody can act in between")
    return make_school()


def between(monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> None:
    """Let another worker do `other` once, just after this one has judged the current case."""
    judge, waiting = grouping._belongs, [other]

    def judge_then_wait(*args: object) -> bool:
        belongs = judge(*args)
        if waiting:
            together(waiting.pop())
        return belongs

    monkeypatch.setattr(grouping, "_belongs", judge_then_wait)


def sizes() -> list[int]:
    return [case.case_findings.count() for case in Case.objects.order_by("id")]


def test_a_case_that_another_worker_just_opened_is_joined_not_replaced(
    shared_school: School, monkeypatch: pytest.MonkeyPatch
):
    factories.make_finding(shared_school.account, found_at=NOON)
    group_findings()
    ours = factories.make_finding(shared_school.account, found_at=NOON + timedelta(days=9))

    def other() -> None:
        theirs = factories.make_finding(shared_school.account, found_at=NOON + timedelta(days=9))
        assert grouping._place(Finding.objects.get(pk=theirs.pk), grouping.current_policy())

    between(monkeypatch, other)
    group_findings()
    assert sizes() == [1, 2]
    assert ours.case_finding.case.is_current


def test_a_case_that_was_decided_meanwhile_takes_nothing_more(shared_school: School, monkeypatch: pytest.MonkeyPatch):
    factories.make_finding(shared_school.account, found_at=NOON)
    group_findings()
    case = Case.objects.get()
    factories.make_finding(shared_school.account, found_at=NOON)
    between(
        monkeypatch,
        lambda: do_decide_case(case, actor=shared_school.counselor, outcome=Outcome.SUPPORT, reason="Spoke with them."),
    )
    group_findings()
    assert sizes() == [1, 1]
    assert [case.state for case in Case.objects.order_by("id")] == [CaseState.DECIDED, CaseState.OPEN]


def test_a_finding_that_another_worker_placed_meanwhile_is_not_counted_twice(
    shared_school: School, monkeypatch: pytest.MonkeyPatch
):
    factories.make_finding(shared_school.account, found_at=NOON)
    group_findings()
    factories.make_finding(shared_school.account, found_at=NOON + timedelta(days=9))
    between(monkeypatch, group_findings)
    assert group_findings() == 0
    assert sizes() == [1, 1]
