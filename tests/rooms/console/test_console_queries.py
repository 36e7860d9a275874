"""A page asks the database the same number of questions whether it shows 3 cases or 30."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.domain.category import Category
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.grouping import group_findings
from monitor.triage.models import Outcome
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import make_contact, make_finding


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
