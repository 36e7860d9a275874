"""A page asks the database the same number of questions whether it shows 3 cases or 30."""

from datetime import time, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.alerts.models import Shift
from monitor.calendars.models import Break, SchoolHours
from monitor.domain.category import Category
from monitor.lib import clock
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Outcome
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import make_contact, make_finding, make_site, make_user


def _count(client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


@pytest.mark.parametrize("page", ["/", "/decided/", "/health/"])
def test_a_list_asks_as_much_for_thirty_cases_as_for_three(cast, page):
    make_contact(cast.pine)
    client, counts = signed_in(cast.ada), []
    for more in (3, 27):
        for number in range(more):
            case = open_case(cast.pine, category=list(Category)[number % 4])
            if page == "/decided/":
                do_decide_case(case, actor=cast.bo, outcome=Outcome.NO_CONCERN, reason="a play")
            elif number % 2:
                do_claim_case(case, actor=cast.bo)
        counts.append(_count(client, page))
    assert counts[0] == counts[1]
    assert counts[0] <= 25


def test_a_case_asks_as_much_for_thirty_findings_as_for_three(cast, case):
    client, counts = signed_in(cast.bo), []
    for more in (2, 27):
        for _ in range(more):
            make_finding(case.account)
        group_findings()
        client.post(address(case, "look"), {"reason": "triage"})
        counts.append(_count(client, address(case)))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


EVERYWHERE = ["/", "/decided/", "/health/", "/set-up/contacts/", "/set-up/calendars/", "/set-up/calendars/year/",
              "/set-up/units/", "/set-up/connect/", "/set-up/work/", "/people/", "/figures/",
              "/figures/trends/", "/figures/coverage/", "/figures/waits/", "/figures/fairness/", "/figures/themes/",
              "/tips/", "/handovers/", "/handovers/care/", "/handovers/recipients/", "/audit/"]  # fmt: skip


def _school(number: int) -> None:
    """A school with a contact on a shift, school hours, a break, a counselor and a case."""
    site = make_site(f"more-{number}")
    contact = make_contact(site)
    now = clock.now()
    Shift.objects.create(
        contact=contact, starts_at=now, ends_at=now + timedelta(hours=8), time_zone="America/Chicago", is_weekly=True
    )
    SchoolHours.objects.create(site=site, weekday=0, opens=time(8), closes=time(15))
    Break.objects.create(site=site, name="Spring", starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=9))
    make_user("", site)
    open_case(site)


def test_no_page_asks_more_of_the_database_for_thirteen_schools_than_for_five(cast):
    client, counts = signed_in(cast.lea), []
    for numbers in (range(3), range(3, 11)):
        for number in numbers:
            _school(number)
        counts.append({page: _count(client, page) for page in EVERYWHERE})
        cache.clear()
    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= 40
