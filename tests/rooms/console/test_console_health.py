"""The page for those who keep the installation running: all of the machinery, nothing of a student."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitor.alerts.models import Delivery, DeliveryState
from monitor.calendars.models import Break
from monitor.intake.models import Cursor, ItemState, UnitUsage
from monitor.lib import clock
from monitor.roster.models import District
from tests.rooms.console.conftest import open_case, signed_in
from tests.rooms.factories import (
    EXCERPT,
    STUDENT_ADDRESS,
    STUDENT_NAME,
    make_account,
    make_contact,
    make_item,
    make_scoring,
    make_site,
)


@pytest.fixture
def trouble(cast):
    """One of everything that the page shows, at Pine."""
    account, now = make_account(cast.pine), clock.now()
    for number in range(3):
        make_item(account, state=ItemState.PARKED, reason="the PDF is encrypted", item_key=f"locked-{number}")
    make_scoring(make_item(account))
    for state, key in [(ItemState.GONE, "gone"), (ItemState.LEFT_OUT, "spam"), (ItemState.ASLEEP, "asleep")]:
        make_item(account, state=state, finished_at=now, item_key=key)
    make_item(account, state=ItemState.SCORED, is_confidential=True, item_key="locked-by-gmail")
    make_item(account, state=ItemState.GONE, finished_at=now - timedelta(days=31), item_key="gone-long-ago")
    Cursor.objects.create(
        account=account, source="drive", error=f"403 for {STUDENT_ADDRESS}@district.example", failures=4
    )
    case, contact = open_case(cast.pine), make_contact(cast.pine, name="Nurse Faraday")
    Delivery.objects.create(
        case=case, contact=contact, step=1, severity=case.severity, state=DeliveryState.FAILED, message_id="<1@heed>",
        created_at=now, not_before=now, attempts=8, last_error="550 no such box nurse@district.example",
    )  # fmt: skip
    in_nine_days = now + timedelta(days=9)
    Break.objects.create(site=cast.pine, name="Spring break", starts_at=in_nine_days, ends_at=now + timedelta(days=14))
    UnitUsage.objects.create(day=now.date(), api="gmail", method="gmail.users.history.list", calls=12, units=12_345)
    UnitUsage.objects.create(day=now.date() - timedelta(days=1), api="drive", method="drive.changes.list", units=98_765)
    return account


def _page(user) -> str:
    return signed_in(user).get("/health/").content.decode()


@pytest.mark.parametrize("who", ["ivy", "ada"])
def test_the_page_shows_what_is_stuck_and_where(cast, trouble, who):
    text = _page(getattr(cast, who))
    for words in (
        "Something needs you", "the PDF is encrypted", trouble.reference, "403 for [address]",
        "550 no such box [address]",
        "Nurse Faraday", "Spring break", "12,345", "Somebody was not told", "3 could not be read",
    ):  # fmt: skip
        assert words in text, words
    assert "98,765" not in text


@pytest.mark.parametrize("who", ["ivy", "ada"])
def test_the_page_names_no_student_and_shows_no_words(cast, trouble, who):
    text = _page(getattr(cast, who))
    for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT):
        assert secret not in text


def test_an_administrator_sees_only_their_own_schools(cast, trouble):
    elsewhere = make_account(make_site("elm", name="Elm School"))
    make_item(elsewhere, state=ItemState.PARKED, reason="a drawing")
    assert "a drawing" not in _page(cast.ada)
    assert "a drawing" in _page(cast.ivy)


def test_a_case_that_nobody_can_be_told_about_is_shown_by_its_school(cast, case):
    text = _page(cast.ivy)
    assert "Cases that no contact can be told about" in text
    assert "Pine School" in text


def test_a_roster_error_is_shown_without_addresses(cast):
    District.objects.update(roster_error="the Directory refused admin@district.example")
    text = _page(cast.ivy)
    assert "Last sync failed" in text
    assert "the Directory refused [address]" in text


def test_all_is_well_when_nothing_is_stuck(cast):
    assert "All is well" in _page(cast.ivy)


def test_without_a_district_the_page_says_what_to_do(cast):
    District.objects.all().delete()
    text = _page(cast.ivy)
    assert "worker.py config apply FILE" in text
    assert "Something needs you" in text


def test_the_page_counts_what_was_not_read(cast, trouble):
    text = " ".join(_page(cast.ivy).split())
    for words in (
        "Removed before they were read", "Google keeps the text back", "Left out by rule", "Written in a break",
    ):  # fmt: skip
        row = text.split(words, 1)[1].split("</tr>")[0]
        assert '<td class="number">1</td>' in row, words


def test_no_count_of_one_school_begins_at_its_accounts_or_cases(cast, trouble):
    """With 100,000 accounts that took a second: everything that each of them ever had was looked through."""
    client = signed_in(cast.ada)
    with CaptureQueriesContext(connection) as asked:
        client.get("/health/")
    counted = [
        one["sql"]
        for one in asked
        if re.match(r"SELECT (?:(?! FROM ).)* FROM .(intake_item|intake_cursor|alerts_delivery)", one["sql"])
    ]
    of_school = [sql for sql in counted if '."site_id"' in sql]
    assert len(of_school) >= 9
    plans = {}
    for sql in of_school:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans[sql] = [row[-1] for row in cursor.fetchall() if row[-1].startswith(("SEARCH", "SCAN"))]
    wrong = {sql: plan for sql, plan in plans.items() if not re.match(r"\w+ (intake_|alerts_)", plan[0])}
    assert wrong == {}
