"""What is asked often reads the few rows that it needs, however many cases were decided long ago."""

import pytest
from django.db import connection

from monitor.accounts.models import Role
from monitor.lib import clock
from monitor.triage.access import decided_for, queue_for
from monitor.triage.models import Case
from tests.rooms import factories


@pytest.fixture
def plan(db):
    """A query's plan; values are bound as in real use, where a partial index is easily missed."""
    if connection.vendor != "sqlite":
        pytest.skip("the planner of PostgreSQL goes by the rows that are there")
    return lambda cases: cases.explain()


@pytest.fixture
def lead(db):
    return factories.make_user("lead@district.example", role=Role.SAFETY_LEAD)


def test_the_queue_reads_the_waiting_cases_alone_and_in_their_order(plan, lead):
    text = plan(queue_for(lead).values_list("pk"))
    assert "cases_waiting" in text
    assert "TEMP B-TREE" not in text


def test_the_queue_of_one_school_reads_its_waiting_cases(plan, lead, school):
    assert "cases_waiting" in plan(queue_for(lead).filter(site=school.site).values_list("pk"))


def test_decided_cases_come_from_the_index_by_decision(plan, lead):
    text = plan(decided_for(lead).values_list("pk"))
    assert "cases_decided" in text
    assert "TEMP B-TREE" not in text


def test_one_school_reads_its_own_decisions(plan, lead, school):
    text = plan(decided_for(lead).filter(site=school.site).values_list("pk"))
    assert "cases_decided_at_site" in text
    assert "TEMP B-TREE" not in text


def test_cases_of_today_are_counted_by_the_index_alone(plan):
    assert "COVERING INDEX cases_by_opening" in plan(
        Case.objects.filter(opened_at__gte=clock.now()).values_list("site")
    )
