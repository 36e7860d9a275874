"""What the worker counts ahead is what a page would count, is used while fresh, and cannot be forged."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.insights.ahead import count_ahead
from monitor.insights.kept import ROWS_HOLD, kept
from monitor.insights.models import KeptFigures
from monitor.insights.overview import overview
from monitor.insights.periods import last_days
from monitor.insights.readings import district_zone
from monitor.insights.scope import Scope, whole_district
from monitor.insights.trends import trends
from monitor.lib import clock
from monitor.triage.grouping import group_findings
from tests.rooms.factories import make_account, make_district, make_finding, make_site


@pytest.fixture
def two_schools(db):
    make_district()
    for code in ("pine", "oak"):
        make_finding(make_account(make_site(code)))
    group_findings()


def _year():
    return last_days(clock.now().astimezone(district_zone()).date(), 365)


def _asked(ask, *arguments):
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        found = kept(ask, *arguments)
    return found, len(asked)


def test_a_first_look_reads_one_row_and_gets_what_it_would_count(two_schools):
    scope = whole_district()
    wanted, many = _asked(trends, scope, _year())
    assert count_ahead() == KeptFigures.objects.count()
    found, few = _asked(trends, scope, _year())
    assert found.figures == wanted.figures
    assert (few, many > few) == (1, True)
    assert _asked(overview, scope)[1] == 1


def test_another_school_or_days_get_their_own(two_schools):
    count_ahead()
    scope = whole_district()
    one = Scope(scope.sites[:1])
    assert sum(map(sum, _asked(trends, one, _year())[0].figures.categories.values())) == 1
    assert sum(map(sum, _asked(trends, scope, _year())[0].figures.categories.values())) == 2


def test_an_old_row_and_one_that_was_tampered_with_are_not_used(two_schools):
    count_ahead()
    scope = whole_district()
    KeptFigures.objects.update(as_of=clock.now() - ROWS_HOLD - timedelta(seconds=1))
    assert _asked(trends, scope, _year())[1] > 1
    count_ahead()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE insights_keptfigures SET figures = %s", [b"gAAAAA-forged"])
    found, queries = _asked(trends, scope, _year())
    assert queries > 1
    assert sum(map(sum, found.figures.categories.values())) == 2


def test_rows_that_nobody_reads_any_more_go(two_schools):
    count_ahead()
    with clock.standing_at(clock.now() + timedelta(days=2)):
        count_ahead()
        assert not KeptFigures.objects.filter(as_of__lt=clock.now() - ROWS_HOLD).exists()
