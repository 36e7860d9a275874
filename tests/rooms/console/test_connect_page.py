"""Connecting step by step: the states come from checks, and nothing secret or personal is on the page."""

import re
from pathlib import Path

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from monitor.console.connect_page import StepState, connection
from monitor.jobs.models import Job, JobKind, JobState
from monitor.jobs.run import run_waiting
from monitor.lib import clock
from monitor.roster.models import District
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import make_user

GOOD = [
    ("google key", ""), ("google directory users", ""), ("google directory units", ""), ("google gmail", ""),
    ("google drive", ""),
]  # fmt: skip


def _states():
    return {step.key: step.state.value for step in connection().steps}


def _checked(actor, *bad):
    """As if these checks had run: all are good but `bad`, given as (name, cause)."""
    causes = dict(bad)
    checks = [
        {"name": name, "good": name not in causes, "finding": f"about {name}", "remedy": f"mend {name}",
         "cause": causes.get(name, "")}
        for name, _cause in GOOD
    ]  # fmt: skip
    now = clock.now()
    return Job.objects.create(
        kind=JobKind.CHECK_GOOGLE, asked_by=actor, asked_at=now, ended_at=now, state=JobState.DONE,
        result={"checks": checks, "client_id": "104857600000000000000"},
    )  # fmt: skip


def test_before_anything_was_checked_every_step_is_open_and_the_first_is_next(db):
    found = connection()
    assert {step.state for step in found.steps} == {StepState.OPEN}
    assert [step.is_next for step in found.steps] == [True, *[False] * 6]


@pytest.mark.parametrize(
    ("bad", "step"),
    [
        (("google gmail", "SERVICE_DISABLED"), "project"),
        (("google key", ""), "account"),
        (("google gmail", "unauthorized_client"), "delegation"),
        (("google directory users", "forbidden"), "admin"),
        (("google drive", "domainPolicy"), "test"),
    ],
)
def test_each_finding_is_told_at_the_step_that_mends_it(cast, bad, step):
    _checked(cast.ivy, bad)
    states = _states()
    assert [key for key, state in states.items() if state == "problem"] == [step]
    text = signed_in(cast.ivy).get("/set-up/connect/").content.decode()
    assert f"mend {bad[0]}" in text


def test_when_all_is_good_only_the_roster_is_left_and_a_new_district_file_asks_to_check_again(cast):
    _checked(cast.ivy)
    assert [key for key, state in _states().items() if state != "done"] == ["roster"]
    District.objects.update(roster_synced_at=clock.now(), applied_at=clock.now())
    assert set(_states().values()) == {"done"}
    assert "Check again" in signed_in(cast.ivy).get("/set-up/connect/").content.decode()


def test_the_client_id_and_the_scopes_can_be_copied_and_only_those_that_are_needed(cast):
    _checked(cast.ivy)
    District.objects.update(reading={"drive": False})
    text = signed_in(cast.ivy).get("/set-up/connect/").content.decode()
    assert 'value="104857600000000000000"' in text
    line = re.search(r'<textarea[^>]*id="scopes"[^>]*>([^<]*)<', text)[1]
    assert [scope.rpartition("/")[2] for scope in line.split(",")] == [
        "admin.directory.user.readonly", "admin.directory.orgunit.readonly", "gmail.readonly",
    ]  # fmt: skip


def test_the_whole_way_against_a_workspace_from_a_refusal_to_a_roster(watched):
    ivy = make_user(role="it")
    client = signed_in(ivy)
    District.objects.update(roster_synced_at=None)
    watched.control.do("revoke", scope="https://www.googleapis.com/auth/drive.readonly")
    client.post("/set-up/connect/check/")
    assert 'hx-trigger="every 2s"' in client.get("/set-up/connect/").content.decode()
    run_waiting()
    text = client.get("/set-up/connect/").content.decode()
    assert _states()["delegation"] == "problem"
    assert 'hx-trigger="every 2s"' not in text
    secret = Path(District.objects.get().key_file).read_text(encoding="utf-8")
    assert "PRIVATE KEY" in secret
    for hidden in ["PRIVATE KEY", *watched.addresses]:
        assert hidden not in text
    watched.control.do("revoke", scope="https://www.googleapis.com/auth/drive.readonly", restore=True)
    client.post("/set-up/connect/check/")
    client.post("/set-up/connect/roster/")
    run_waiting()
    assert set(_states().values()) == {"done"}
    refreshed = client.get("/set-up/connect/", headers={"HX-Request": "true", "HX-Target": "connect-live"})
    assert b"<html" not in refreshed.content
    assert b"7 of 7 steps are done" in refreshed.content


def test_the_page_asks_as_much_with_many_checks_as_with_none(cast):
    client, counts = signed_in(cast.ivy), []
    for _ in range(2):
        client.get("/set-up/connect/")
        with CaptureQueriesContext(database) as asked:
            client.get("/set-up/connect/")
        counts.append(len(asked))
        for _ in range(30):
            _checked(cast.ivy)
    assert counts[0] == counts[1] <= 15
