"""What a running level is made of adds up to it, for those who may see it and for nobody else."""

import pytest

from monitor.domain.severity import Severity
from monitor.triage.actions import do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Case, Outcome
from monitor.triage.running_level import level_parts, running_levels
from tests.rooms import factories
from tests.rooms.triage.conftest import School


def test_the_parts_add_up_to_the_level(school: School):
    factories.make_finding(school.account, severity=Severity.SEVERE)
    group_findings()
    first = Case.objects.get()
    do_decide_case(first, actor=school.counselor, outcome=Outcome.NO_CONCERN, reason="a play")
    factories.make_finding(school.account, severity=Severity.CONCERN)
    group_findings()
    parts = level_parts(school.counselor, school.account)
    level = running_levels(school.counselor, [school.account])[school.account.pk]
    assert [part.case.severity for part in parts] == ["concern", "severe"]
    assert sum(part.adds for part in parts) == pytest.approx(level.value, abs=0.001)


def test_a_stranger_sees_no_part_and_it_staff_neither(school: School):
    factories.make_finding(school.account)
    group_findings()
    assert level_parts(school.stranger, school.account) == []
    assert level_parts(school.it, school.account) == []
