"""The page that the messages of a drill link to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from monitor.alerts.drills import do_end_drill, do_start_drill
from monitor.alerts.models import Delivery, Drill
from monitor.alerts.outbox import prepare_deliveries
from monitor.audit.models import AuditEvent
from monitor.domain.severity import Severity
from monitor.lib import clock
from tests.rooms.console.conftest import Cast, signed_in
from tests.rooms.factories import make_contact

TEN = datetime(2026, 11, 24, 16, tzinfo=UTC)  # ten in the morning in Chicago, a Tuesday


@pytest.fixture
def drill(cast: Cast) -> Drill:
    make_contact(cast.pine, name="Ada Byrne", email="ada@district.example")
    with clock.standing_at(TEN):
        row = do_start_drill(cast.pine, Severity.IMMINENT, actor="command")
        prepare_deliveries()
    return row


def page(drill: Drill) -> str:
    return f"/drills/{drill.public_id}/"


def test_the_page_says_that_nobody_is_in_danger_and_who_was_told(cast, drill):
    text = signed_in(cast.bo).get(page(drill)).content.decode()
    assert "Drill at Pine School" in text
    assert "No student is in danger" in text
    assert "Ada Byrne" in text
    assert "E-mail: waiting to be sent" in text
    assert "I got this message" in text


@pytest.mark.parametrize("who", ["ada", "bo", "lea"])
def test_whoever_looks_after_the_school_answers_once(cast, drill, who):
    person = getattr(cast, who)
    client = signed_in(person)
    with clock.standing_at(TEN + timedelta(minutes=7)):
        answer = client.post(page(drill) + "answer/", follow=True)
    text = answer.content.decode()
    assert "Your answer is recorded" in text
    assert f"<strong>{person.name}</strong>" in text
    assert "after 7 minutes" in text
    assert "I got this message" not in text
    again = signed_in(cast.ada).post(page(drill) + "answer/", follow=True).content.decode()
    assert "answered or ended before" in again
    drill.refresh_from_db()
    assert drill.acknowledged_by == person
    assert AuditEvent.objects.filter(tag="alert:drill:acknowledge").count() == 1


def test_a_drill_that_was_ended_takes_no_answer(cast, drill):
    do_end_drill(drill, actor="command")
    client = signed_in(cast.bo)
    assert "Ended without an answer" in client.get(page(drill)).content.decode()
    client.post(page(drill) + "answer/")
    drill.refresh_from_db()
    assert drill.acknowledged_at is None


def test_why_a_message_failed_is_said_without_an_address(cast, drill):
    Delivery.objects.update(state="failed", last_error="<ada@district.example>: mailbox unavailable")
    text = signed_in(cast.bo).get(page(drill)).content.decode()
    assert "mailbox unavailable" in text
    assert "ada@district.example" not in text


@pytest.mark.parametrize("who", ["cy", "ivy", "ulf", "bea"])
def test_a_stranger_sees_and_answers_nothing(cast, drill, who):
    client = signed_in(getattr(cast, who))
    theirs, nobodys = client.get(page(drill)), client.get("/drills/0123456789ab/")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content
    assert client.post(page(drill) + "answer/").status_code == 404
    drill.refresh_from_db()
    assert drill.acknowledged_at is None


def test_signing_in_leads_back_to_the_drill_and_a_link_never_answers(cast, drill):
    answer = Client().get(page(drill))
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={page(drill)}"
    assert Client().post(page(drill) + "answer/").status_code == 302
    assert signed_in(cast.bo).get(page(drill) + "answer/").status_code == 405
    drill.refresh_from_db()
    assert drill.acknowledged_at is None
