"""Long work on pages: whose it is, its progress, calling it off, and what may follow from it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from monitor.audit.chain import record
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.console.views import audit as audit_view
from monitor.detection.models import PolicyChange
from monitor.intake.backfill import start_backfill
from monitor.intake.backfill_estimate import Estimate
from monitor.intake.models import Backfill
from monitor.jobs.ask import ask_for
from monitor.jobs.models import Job, JobKind, JobState
from monitor.jobs.run import run_waiting
from monitor.lib import clock
from tests.rooms.console.conftest import signed_in
from tests.rooms.factories import STUDENT_ADDRESS, STUDENT_NAME, make_account

EVERYBODY = ["ada", "bo", "cy", "ivy", "lea", "ulf", "bea"]
TOML = '[severity.violence]\nat_alert = "low"\n'
ESTIMATE = {
    "start": "", "days": 1, "accounts": 1, "counted": 1, "failed": 0, "items": 40, "units": 900, "units_a_day": None,
}  # fmt: skip


def _proved(user):
    client = signed_in(user)
    session = client.session
    session["proved_until"] = (clock.now() + timedelta(minutes=5)).isoformat()
    session.save()
    return client


def _done(user, kind, result, **asked):
    now = clock.now()
    return Job.objects.create(
        kind=kind, asked=asked, result=result, asked_by=user, asked_at=now, ended_at=now, state=JobState.DONE
    )


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_role_sees_exactly_its_work(cast, who):
    client = signed_in(getattr(cast, who))
    theirs = ask_for(JobKind.EXPORT_AUDIT, {}, actor=cast.lea)
    shared = ask_for(JobKind.TRY_ROSTER, {}, actor=cast.lea)
    assert client.get("/set-up/work/").status_code == (200 if who in {"ivy", "lea", "ulf"} else 403)
    seen = {"lea": (200, 200), "ivy": (404, 200), "ulf": (404, 404)}.get(who, (403, 403))
    assert tuple(client.get(f"/set-up/work/{job.public_id}/").status_code for job in (theirs, shared)) == seen
    cancelled = client.post(f"/set-up/work/{theirs.public_id}/cancel/")
    assert cancelled.status_code == (302 if who == "lea" else seen[0])


def test_a_stranger_gets_nowhere_and_no_address_is_forgotten_here(cast):
    acts = ["old-mail/", "old-mail/1/cancel/", "policy/", "x/cancel/", "x/start/", "x/apply/"]
    pages = ["", "x/", "x/file/"]
    for page in pages:
        assert Client().get(f"/set-up/work/{page}")["Location"].startswith("/sign-in/")
    for act in acts:
        assert Client().post(f"/set-up/work/{act}")["Location"].startswith("/sign-in/")
        assert signed_in(cast.bo).post(f"/set-up/work/{act}").status_code == 403
        assert signed_in(cast.ivy).get(f"/set-up/work/{act}").status_code in {404, 405}
    assert len(get_resolver("monitor.console.job_urls").url_patterns) == len(acts) + len(pages)


def test_what_runs_renews_itself_and_what_ended_does_not(cast):
    client, job = signed_in(cast.ivy), ask_for(JobKind.TRY_ROSTER, {}, actor=cast.ivy)
    Job.objects.update(state=JobState.RUNNING, done=30, total=60)
    for page in ("/set-up/work/", f"/set-up/work/{job.public_id}/"):
        text = client.get(page).content.decode()
        assert 'value="50"' in text
        assert 'hx-trigger="every' in text
    part = client.get("/set-up/work/", headers={"HX-Request": "true", "HX-Target": "work-live"}).content.decode()
    assert part.startswith('<div class="work" id="work-live"')
    client.post(f"/set-up/work/{job.public_id}/cancel/")
    text = client.get("/set-up/work/").content.decode()
    assert "Cancelled" in text
    assert 'hx-trigger="every' not in text


def test_where_no_worker_takes_it_the_page_says_so(cast):
    ask_for(JobKind.TRY_ROSTER, {}, actor=cast.ivy)
    assert "Nobody took what waits" not in signed_in(cast.ivy).get("/set-up/work/").content.decode()
    Job.objects.update(asked_at=clock.now() - timedelta(minutes=5))
    assert "Nobody took what waits" in signed_in(cast.ivy).get("/set-up/work/").content.decode()


def test_many_events_become_a_file_of_the_worker_for_whoever_asked_alone(cast, monkeypatch):
    monkeypatch.setattr(audit_view, "AT_ONCE", 3)
    for _ in range(5):
        record(Tag.SIGNED_IN, actor=cast.ulf.actor)
    client = _proved(cast.ulf)
    asked = client.get(f"/audit/export/?tag={Tag.SIGNED_IN.value}")
    job = Job.objects.get()
    assert asked["Location"] == f"/set-up/work/{job.public_id}/"
    file = f"{asked['Location']}file/"
    assert client.get(file).status_code == 404
    run_waiting()
    lines = client.get(file).content.decode().splitlines()
    assert len(lines) == 6
    assert "Ulf Grant" in lines[1]
    assert _proved(cast.lea).get(file).status_code == 404
    assert "/account/confirm/" in signed_in(cast.ulf).get(file)["Location"]
    with clock.standing_at(clock.now() + timedelta(days=2)):
        assert _proved(cast.ulf).get(file).status_code == 404


def test_few_events_are_still_a_file_at_once(cast):
    record(Tag.SIGNED_IN, actor=cast.ulf.actor)
    answer = _proved(cast.ulf).get("/audit/export/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert not Job.objects.exists()
    assert AuditEvent.objects.filter(tag=Tag.AUDIT_EXPORTED.value).count() == 1


@pytest.mark.parametrize(
    ("page", "given", "says"),
    [
        ("policy", {"kind": "site", "key": "pine", "toml": "a = ="}, "This is not TOML"),
        ("policy", {"kind": "site", "key": "", "toml": TOML}, "Name the age band"),
        ("old-mail", {"site": "pine", "since": "2099-01-01"}, "Choose a day in the past"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(cast, page, given, says):
    answer = signed_in(cast.ivy).post(f"/set-up/work/{page}/", given)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert says in text
    assert 'aria-invalid="true"' in text
    assert not Job.objects.exists()


def test_old_mail_is_started_from_its_estimate_shown_and_cancelled(cast):
    make_account(cast.pine)
    client = _proved(cast.ivy)
    job = _done(cast.ivy, JobKind.ESTIMATE_BACKFILL, ESTIMATE, site="pine", since="2026-01-05")
    assert "40" in client.get(f"/set-up/work/{job.public_id}/").content.decode()
    assert not Backfill.objects.exists()
    client.post(f"/set-up/work/{job.public_id}/start/")
    backfill = Backfill.objects.get()
    assert (backfill.started_by, backfill.estimated_items) == (cast.ivy.actor, 40)
    text = client.get("/set-up/work/").content.decode()
    assert "Ivy Ellison" in text
    assert "Pine School" in text
    for secret in (STUDENT_NAME, STUDENT_ADDRESS):
        assert secret not in text
    client.post(f"/set-up/work/old-mail/{backfill.pk}/cancel/")
    backfill.refresh_from_db()
    assert backfill.state == "cancelled"
    assert AuditEvent.objects.filter(tag=Tag.BACKFILL_CANCELLED.value, actor=cast.ivy.actor).exists()
    assert client.post(f"/set-up/work/old-mail/{backfill.pk}/cancel/", follow=True).status_code == 200


def test_an_old_estimate_starts_nothing(cast):
    job = _done(cast.ivy, JobKind.ESTIMATE_BACKFILL, ESTIMATE, site="pine", since="2026-01-05")
    Job.objects.update(ended_at=clock.now() - timedelta(days=2))
    answer = _proved(cast.ivy).post(f"/set-up/work/{job.public_id}/start/", follow=True)
    assert "older than a day" in answer.content.decode()
    assert not Backfill.objects.exists()


def test_a_policy_that_was_tried_comes_into_force_with_a_reason_and_proof_only(cast, monkeypatch):
    monkeypatch.setattr("monitor.jobs.kinds.get_classifier", lambda: None)  # no thresholds are asked of it here
    job = ask_for(JobKind.TRY_POLICY, {"kind": "site", "key": "pine", "toml": TOML}, actor=cast.ivy)
    run_waiting()
    apply = f"/set-up/work/{job.public_id}/apply/"
    assert "/account/confirm/" in signed_in(cast.ivy).post(apply, {"reason": "asked by the school"})["Location"]
    client = _proved(cast.ivy)
    assert "This would have been 0 alerts, not 0" in client.get(f"/set-up/work/{job.public_id}/").content.decode()
    client.post(apply, {"reason": " "})
    assert not PolicyChange.objects.exists()
    client.post(apply, {"reason": "asked by the school"})
    assert PolicyChange.objects.get().actor == cast.ivy.actor
    stale = client.post(apply, {"reason": "once more"}, follow=True).content.decode()
    assert "changed since this dry run" in stale
    assert PolicyChange.objects.count() == 1


def test_the_list_asks_as_much_for_many_as_for_few(cast):
    client, counts = signed_in(cast.lea), []
    for number in (2, 18):
        for _ in range(number):
            _done(cast.ivy, JobKind.TRY_ROSTER, {})
            backfill = start_backfill(cast.pine, clock.now(), Estimate(0, 0, 0, 0, 0, None), actor=cast.ivy.actor)
            Backfill.objects.filter(pk=backfill.pk).update(state="done")
        with CaptureQueriesContext(connection) as asked:
            client.get("/set-up/work/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15
