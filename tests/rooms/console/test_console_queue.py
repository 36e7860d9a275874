"""The list of waiting cases and the list of decided ones."""

from datetime import timedelta

import pytest

from monitor.calendars.models import Break
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import SiteAccess
from monitor.triage.actions import do_claim_case, do_decide_case
from monitor.triage.models import Outcome
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import EXCERPT, STUDENT_ADDRESS, STUDENT_NAME, make_contact, make_finding

REFRESH = {"HX-Request": "true", "HX-Target": "queue"}


def _text(client, page: str = "/", **headers: str) -> str:
    answer = client.get(page, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_queue_shows_only_cases_of_ones_own_sites(cast, case):
    elsewhere = open_case(cast.oak)
    text = _text(signed_in(cast.bo))
    assert case.public_id in text
    assert elsewhere.public_id not in text


def test_the_most_urgent_case_stands_first_and_then_the_oldest(cast):
    now = clock.now()
    calm = open_case(cast.pine, severity=Severity.LOW)
    younger = open_case(cast.pine, severity=Severity.SEVERE)
    older = open_case(cast.pine, severity=Severity.SEVERE)
    type(older).objects.filter(pk=older.pk).update(opened_at=now - timedelta(hours=2))
    urgent = open_case(cast.pine, severity=Severity.IMMINENT)
    text = _text(signed_in(cast.bo))
    places = [text.index(address(shown)) for shown in (urgent, older, younger, calm)]
    assert places == sorted(places)


def test_the_queue_holds_nothing_of_the_student_or_the_words(cast, case):
    text = _text(signed_in(cast.bo))
    for secret in (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT, "Band practice", case.account.reference):
        assert secret not in text
    assert case.account.reference[:6] in text


def test_a_row_says_severity_harm_site_age_findings_and_owner_in_words(cast, case):
    make_finding(case.account, category=Category.SELF_HARM)
    type(case).objects.filter(pk=case.pk).update(opened_at=clock.now() - timedelta(minutes=12))
    text = _text(signed_in(cast.bo))
    for words in ("Severe", "Bullying", "Pine School", "12 min", "1 finding", "Nobody has it"):
        assert words in text


def test_a_row_says_who_has_the_case(cast, case):
    do_claim_case(case, actor=cast.ada)
    assert "Ada Byrne has it" in _text(signed_in(cast.bo))
    assert "You have it" in _text(signed_in(cast.ada))
    with clock.standing_at(clock.now() + timedelta(hours=2)):
        assert "Nobody has it" in _text(signed_in(cast.bo))


@pytest.mark.parametrize(
    ("query", "shown"), [("?severity=severe", True), ("?severity=low", False), ("?site=pine", True)]
)
def test_the_query_string_filters(cast, case, query, shown):
    assert (case.public_id in _text(signed_in(cast.bo), f"/{query}")) is shown


@pytest.mark.parametrize("query", ["?severity=%00", "?site=oak", "?page=999", "?page=x", "?known=%27"])
def test_a_filter_that_makes_no_sense_is_left_out(cast, case, query):
    assert case.public_id in _text(signed_in(cast.bo), f"/{query}")


def test_two_sites_can_be_told_apart_by_the_filter(cast, case):
    SiteAccess.objects.create(user=cast.bo, site=cast.oak)
    elsewhere = open_case(cast.oak)
    text = _text(signed_in(cast.bo), "/?site=oak")
    assert elsewhere.public_id in text
    assert case.public_id not in text


def test_an_empty_queue_says_so(cast):
    assert "Nothing needs you now." in _text(signed_in(cast.bo))


def test_a_sleeping_site_says_until_which_day_in_its_own_time(cast):
    now = clock.now()
    ends_at = (now + timedelta(days=3)).replace(hour=3, minute=0)  # still the evening before in Chicago
    for name, end in (("Short break", now + timedelta(days=1)), ("Long break", ends_at)):
        Break.objects.create(site=cast.pine, name=name, starts_at=now - timedelta(hours=len(name)), ends_at=end)
    text = _text(signed_in(cast.bo))
    evening_before = ends_at - timedelta(days=1)
    assert "Pine School is asleep until" in text
    assert f"{evening_before:%A} {evening_before.day} {evening_before:%B}" in text
    assert "Short break" not in text
    assert "asleep" not in _text(signed_in(cast.cy))


def test_a_refresh_is_the_queue_alone_and_tells_of_news_once(cast, case):
    client = signed_in(cast.bo)
    same = _text(client, "/?known=1", **REFRESH)
    assert "<html" not in same
    assert case.public_id in same
    assert "queue-news" not in same
    open_case(cast.pine)
    news = _text(client, "/?known=1", **REFRESH)
    assert "2 cases waiting now." in news
    assert "known=2" in news


def test_a_decided_case_moves_to_its_own_list_without_its_reason(cast, case):
    do_decide_case(case, actor=cast.bo, outcome=Outcome.NO_CONCERN, reason="a rehearsal of the school play")
    client = signed_in(cast.bo)
    assert case.public_id not in _text(client)
    text = _text(client, "/decided/")
    assert case.public_id in text
    assert "Looked at: no concern" in text
    assert "school play" not in text
    assert "No decided case here yet." in _text(signed_in(cast.cy), "/decided/")


def test_a_long_queue_has_pages(cast):
    for _ in range(51):
        open_case(cast.pine, severity=Severity.LOW)
    client = signed_in(cast.bo)
    assert "Page 1 of 2" in _text(client)
    assert _text(client, "/?page=2").count('class="row ') == 1


def test_a_school_where_nobody_can_be_told_says_so_until_there_is_a_contact(cast, case):
    assert "Nobody at Pine School can be told about 1 case." in _text(signed_in(cast.bo))
    assert "Nobody at Pine" not in _text(signed_in(cast.cy))
    make_contact(cast.pine)
    assert "Nobody at Pine" not in _text(signed_in(cast.bo))


def test_the_lead_of_the_district_may_filter_by_every_school(cast, case):
    text = _text(signed_in(cast.lea), "/?site=pine")
    assert case.public_id in text
    assert "Oak School" in text
