"""A school with a case about a student."""

import pytest

from monitor.triage.grouping import group_findings
from monitor.triage.models import Case
from tests.rooms.factories import make_district, make_finding
from tests.rooms.triage.conftest import School, make_school
from tests.rooms.workers import shared_database  # noqa: F401 - a fixture


@pytest.fixture
def school(db: None) -> School:
    make_district()
    return make_school()


@pytest.fixture
def case(school) -> Case:
    make_finding(school.account)
    group_findings()
    return Case.objects.get()
