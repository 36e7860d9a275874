"""`worker.py drill` over a real SMTP server and a real HTTP server: who was told how, and who answered when."""

import re
from argparse import Namespace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alerts.drills import (
    DrillNotFound,
    access_drill,
    do_acknowledge_drill,
    do_end_drill,
    do_start_drill,
    report_of,
)
from monitor.alerts.models import Channel, Delivery, Drill
from monitor.alerts.outbox import prepare_deliveries
from monitor.alerts.send import send_due
from monitor.audit.models import AuditEvent
from monitor.commands import drill as command
from monitor.commands.drill import run
from monitor.domain.severity import Severity
from monitor.lib import clock
from monitor.roster.models import Site
from tests.fakes.smtp import Sink
from tests.fakes.web import Web, web_server
from tests.rooms import factories

TEN = datetime(2026, 11, 24, 16, tzinfo=UTC)  # ten in the morning in Chicago, a Tuesday


@pytest.fixture
def web(settings):
    settings.HEED_INTERNAL_HOSTS, settings.HEED_WEBHOOK_SECRET = frozenset({"127.0.0.1"}), "secret"
    with web_server() as server:
        yield server


@pytest.fixture
def site(db, web: Web) -> Site:
    site = factories.make_site("oak-high", name="Oak High School")
    ada = factories.make_contact(site, email="ada@oak.example", name="Ada")
    Channel.objects.create(contact=ada, kind="webhook", address=web.url + "/heed")
    factories.make_contact(site, email="bo@oak.example", name="Bo", order=2)
    factories.make_contact(None, email="lee@district.example", name="Lee", is_last_responder=True)
    return site


def drill(action: str = "start", **given: object) -> int:
    usual = {"site": "", "severity": "imminent", "wait": 0, "id": "", "user": ""}
    return run(Namespace(action=action, **(usual | given)))


def test_a_drill_goes_the_whole_way_and_says_who_answered(site: Site, web: Web, mailbox: Sink, capsys):
    assert drill(site="oak-high") == 0
    out = capsys.readouterr().out
    assert "step 1: Ada, email: sent" in out
    assert "step 1: Ada, webhook: sent" in out
    assert "Nobody has answered yet." in out
    (mail,) = mailbox.read()
    text = mail.get_body(("plain",)).get_content()
    identity = Drill.objects.get().public_id
    assert mail["Subject"] == "Drill at Oak High School: please answer (imminent)"
    assert "This is a drill. No student is in danger." in text
    assert f"/drills/{identity}/" in text
    assert web.calls[0].json["event"] == "drill"
    person = factories.make_user("ada@oak.example", site)
    assert drill("answer", id=identity, user="Ada@oak.example") == 0
    assert re.search(r"Answered by Ada after \d+\.\d minutes", capsys.readouterr().out)
    assert Drill.objects.get().acknowledged_by == person
    assert [event.tag for event in AuditEvent.objects.all()] == ["alert:drill:start", "alert:drill:acknowledge"]


def test_a_drill_escalates_as_an_alert_does_until_somebody_answers(site: Site, mailbox: Sink):
    with clock.standing_at(TEN):
        row = do_start_drill(site, Severity.IMMINENT, actor="command")
    for minutes in range(0, 80, 11):
        with clock.standing_at(TEN + timedelta(minutes=minutes)):
            prepare_deliveries()
            send_due()
    report = report_of(row)
    assert [(line.step, line.contact) for line in report.lines if line.way == "email"] == [
        (1, "Ada"), (2, "Bo"), (3, "Ada"), (4, "Bo"), (5, "Ada"), (6, "Bo"), (7, "Lee"),
    ]  # fmt: skip
    assert (report.lines[-1].is_last, report.reached, report.seconds_to_answer) == (True, 3, None)
    person = factories.make_user("bo@oak.example", site, name="Bo")
    with clock.standing_at(TEN + timedelta(minutes=90)):
        assert do_acknowledge_drill(row, actor=person)
        assert not do_acknowledge_drill(row, actor=person)
    assert 5399 < report_of(row).seconds_to_answer < 5410


def test_nobody_is_told_any_more_after_an_answer_or_the_end(site: Site, mailbox: Sink):
    with clock.standing_at(TEN):
        rows = [do_start_drill(site, Severity.IMMINENT, actor="command") for _ in range(2)]
        prepare_deliveries()
        do_acknowledge_drill(rows[0], actor=factories.make_user("", site))
        do_end_drill(rows[1], actor="command")
        do_end_drill(rows[1], actor="command")
    before = Delivery.objects.count()
    with clock.standing_at(TEN + timedelta(minutes=30)):
        assert prepare_deliveries() == 0
        send_due()
    assert Delivery.objects.count() == before
    assert AuditEvent.objects.filter(tag="alert:drill:end").count() == 1


def test_a_stranger_cannot_answer(site: Site, capsys):
    row = do_start_drill(site, Severity.SEVERE, actor="command")
    stranger = factories.make_user("cy@x.example", factories.make_site("elm"))
    with pytest.raises(DrillNotFound):
        access_drill(stranger, row.public_id)
    with pytest.raises(DrillNotFound):
        do_acknowledge_drill(row, actor=stranger)
    assert drill("answer", id=row.public_id, user="cy@x.example") == 2
    assert drill("answer", id=row.public_id, user="none@x.example") == 2
    assert "is not a person who looks after oak-high" in capsys.readouterr().err


def test_a_drill_that_reaches_nobody_fails_and_says_why(site: Site, web: Web, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    web.say(500)
    assert drill(site="oak-high") == 1
    out = capsys.readouterr().out
    assert "Ada, email: pending, the mail server 127.0.0.1:1 cannot be reached" in out
    assert "Ada, webhook: pending, the webhook answered 500" in out
    assert drill("report", id=Drill.objects.get().public_id) == 1
    assert drill("end", id=Drill.objects.get().public_id) == 1
    assert Drill.objects.get().ended_at is not None


def test_what_does_not_exist_is_said(db, capsys):
    assert drill(site="oka") == 2
    assert "no site is set up yet" in capsys.readouterr().err
    assert drill("report", id="nothing") == 2
    bare = factories.make_site("bare")
    assert drill(site=bare.code) == 1
    assert "no contact who may be told now" in capsys.readouterr().out


def test_waiting_ends_with_the_answer(site: Site, mailbox: Sink, capsys, monkeypatch: pytest.MonkeyPatch):
    person = factories.make_user("", site, name="Ada")
    monkeypatch.setattr(command.time, "sleep", lambda _: do_acknowledge_drill(Drill.objects.get(), actor=person))
    assert drill(site="oak-high", wait=5) == 0
    assert "Answered by Ada" in capsys.readouterr().out
