"""The page of a case: why, the words behind a reason, and the trace that a look leaves."""

from datetime import timedelta

import pytest

from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.domain.category import Category
from monitor.lib import clock
from monitor.triage.grouping import group_findings
from tests.rooms.console.conftest import address, open_case, signed_in
from tests.rooms.factories import EXCERPT, MARK, STUDENT_ADDRESS, STUDENT_NAME, make_finding

SECRETS = (STUDENT_NAME, STUDENT_ADDRESS, EXCERPT[MARK[0] : MARK[1]], "Band practice")


def _text(client, case) -> str:
    answer = client.get(address(case))
    assert answer.status_code == 200
    return answer.content.decode()


def _looks() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(tag=Tag.CONTENT_VIEWED.value))


def test_before_a_reason_the_page_says_why_but_not_who_or_what(cast, case):
    text = _text(signed_in(cast.bo), case)
    for secret in SECRETS:
        assert secret not in text
    for words in ("Looks like bullying", "not a diagnosis", "heed-test-1", "2026-11-shipped", "Triage this case"):
        assert words in text
    assert not _looks()


def test_a_reason_unveils_the_words_and_is_recorded_before_they_are_shown(cast, case):
    client = signed_in(cast.bo)
    answer = client.post(address(case, "look"), {"reason": "second_look"})
    assert answer["Location"] == f"{address(case)}#words"
    (look,) = _looks()
    assert (look.actor, look.subject, look.detail["reason"]) == (cast.bo.actor, case.public_id, "second_look")
    text = _text(client, case)
    for secret in SECRETS:
        assert secret in text
    assert f"<mark>{EXCERPT[MARK[0] : MARK[1]]}</mark>" in text
    assert "Your look is recorded" in text


def test_reloading_shows_the_words_again_without_a_second_look(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    for _ in range(3):
        assert STUDENT_NAME in _text(client, case)
    assert len(_looks()) == 1


def test_the_words_hide_again_after_half_an_hour(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    with clock.standing_at(clock.now() + timedelta(minutes=31)):
        assert STUDENT_NAME not in _text(client, case)


def test_the_words_can_be_hidden_at_once(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    client.post(address(case, "look"), {"veil": "yes"})
    assert STUDENT_NAME not in _text(client, case)


def test_a_look_opens_neither_another_case_nor_another_session(cast, case):
    client, other = signed_in(cast.bo), open_case(cast.pine)
    client.post(address(case, "look"), {"reason": "triage"})
    assert EXCERPT[MARK[0] : MARK[1]] not in _text(client, other)
    assert EXCERPT[MARK[0] : MARK[1]] not in _text(signed_in(cast.bo), case)


@pytest.mark.parametrize("reason", ["", "curiosity", "triage "])
def test_a_reason_that_is_not_offered_opens_nothing(cast, case, reason):
    client = signed_in(cast.bo)
    answer = client.post(address(case, "look"), {"reason": reason}, follow=True)
    text = answer.content.decode()
    assert "Choose why you want to read the words." in text
    assert STUDENT_NAME not in text
    assert not _looks()


def test_a_finding_that_joins_after_the_look_stays_hidden_until_the_next(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    make_finding(case.account, category=Category.VIOLENCE, text="another sentence entirely", marks=[[0, 7]])
    group_findings()
    text = _text(client, case)
    assert "1 more finding joined since you looked" in text
    assert "sentence entirely" not in text
    client.post(address(case, "look"), {"reason": "follow_up"})
    assert "sentence entirely" in _text(client, case)
    assert len(_looks()) == 2


def test_words_that_look_like_a_page_are_shown_as_words(cast):
    case = open_case(cast.pine, text="<script>alert(1)</script><b>x</b>", marks=[[0, 8]])
    client = signed_in(cast.bo)
    client.post(address(case, "look"), {"reason": "triage"})
    text = _text(client, case)
    assert "<script>alert" not in text
    assert "<mark>&lt;script&gt;</mark>" in text


def test_the_timeline_tells_what_happened_and_who_did_it(cast, case):
    client = signed_in(cast.bo)
    client.post(address(case, "claim"))
    client.post(address(case, "look"), {"reason": "triage"})
    client.post(address(case, "release"))
    text = _text(client, case)
    steps = ["Case opened with one finding", "Bo Castell took", "Bo Castell read the words", "Bo Castell gave the case"]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_other_cases_of_the_person_are_linked_but_only_from_ones_own_sites(cast, case):
    with clock.standing_at(clock.now() + timedelta(days=30)):
        make_finding(case.account)
        group_findings()
    later = type(case).objects.exclude(pk=case.pk).get()
    assert address(later) in _text(signed_in(cast.bo), case)
    later.site = cast.oak
    later.save()
    assert address(later) not in _text(signed_in(cast.bo), case)


@pytest.mark.parametrize("public_id", ["0123456789ab", "ABC", "x" * 300, "%00"])
def test_an_id_that_names_nothing_is_not_found(cast, public_id):
    assert signed_in(cast.bo).get(f"/cases/{public_id}/").status_code == 404
