"""Long work is done once, tells how far it is, stops when called off, and survives a dead worker."""

from datetime import timedelta

import pytest

from monitor.accounts.models import Role
from monitor.audit.chain import record
from monitor.audit.models import AuditEvent
from monitor.audit.tags import Tag
from monitor.jobs import run as running
from monitor.jobs.ask import JobRefused, ask_for, cancel, forget_old, jobs_of, latest
from monitor.jobs.audit_file import chosen_events, csv_parts
from monitor.jobs.kinds import JobFailed, file_of
from monitor.jobs.models import Job, JobKind, JobPart, JobState
from monitor.jobs.run import CalledOff, run_waiting
from monitor.lib import clock
from tests.rooms.factories import make_district, make_user


@pytest.fixture
def ivy(db):
    make_district()
    return make_user(role=Role.IT)


@pytest.fixture
def work(monkeypatch):
    """Puts another piece of work in the place of the dry run of the roster."""

    def put(function):
        monkeypatch.setattr(running, "WORK", {JobKind.TRY_ROSTER: function})

    return put


def _ask(actor, kind=JobKind.TRY_ROSTER, **asked):
    return ask_for(kind, asked, actor=actor)


def test_what_is_asked_for_is_done_once_and_its_result_is_kept(ivy, work):
    work(lambda job, _tell: {"asked": job.asked})
    job = _ask(ivy, school="pine")
    assert _ask(ivy, school="pine") == job
    assert run_waiting() == 1
    assert run_waiting() == 0
    job.refresh_from_db()
    assert (job.state, job.result, job.percent) == (JobState.DONE, {"asked": {"school": "pine"}}, 100)
    assert job.ended_at is not None
    assert latest(JobKind.TRY_ROSTER) == job
    assert _ask(ivy, school="pine") != job


def test_it_tells_how_far_it_is(ivy, work):
    seen = []

    def half(job, tell):
        tell(5, 10)
        seen.append(Job.objects.get(pk=job.pk).percent)
        return {}

    work(half)
    _ask(ivy)
    run_waiting()
    assert seen == [50]


def test_called_off_it_stops_at_its_next_step_and_writes_no_result(ivy, work):
    steps = []

    def two_steps(job, tell):
        for step in range(5):
            tell(step, 5)
            steps.append(step)
            if step == 1:
                assert cancel(Job.objects.get(pk=job.pk))
        return {"steps": 5}

    work(two_steps)
    job = _ask(ivy)
    run_waiting()
    job.refresh_from_db()
    assert steps == [0, 1]
    assert (job.state, job.result, job.lease_owner) == (JobState.CANCELLED, {}, "")
    assert not cancel(job)


def test_called_off_in_its_last_step_it_stays_called_off(ivy, work):
    work(lambda job, _tell: {"done": cancel(job)})
    job = _ask(ivy)
    run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.CANCELLED, {})


def test_one_that_waits_is_called_off_before_it_begins(ivy, work):
    work(lambda _job, _tell: pytest.fail("it was called off"))
    cancel(_ask(ivy))
    assert run_waiting() == 0


@pytest.mark.parametrize(("error", "says"), [(JobFailed("No such school."), "No such school."), (KeyError("x"), "log")])
def test_a_failure_is_told_and_holds_up_no_other(ivy, work, error, says):
    def broken(job, _tell):
        if job.asked.get("broken"):
            raise error
        return {"fine": True}

    work(broken)
    first, second = _ask(ivy, broken=True), _ask(ivy)
    assert run_waiting() == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == JobState.FAILED
    assert says in first.problem
    assert second.result == {"fine": True}


def test_a_worker_that_dies_leaves_it_to_the_next_and_after_three_it_fails(ivy, work):
    class Died(BaseException):
        pass

    def die(_job, _tell):
        raise Died

    work(die)
    job = _ask(ivy)
    now = clock.now()
    for attempt in range(3):
        with clock.standing_at(now + attempt * timedelta(hours=1)), pytest.raises(Died):
            run_waiting()
    work(lambda _job, _tell: pytest.fail("three are enough"))
    with clock.standing_at(now + timedelta(hours=4)):
        run_waiting()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "three times" in job.problem


def test_who_lost_the_lease_is_told_to_stop(ivy, work):
    def slow(job, tell):
        Job.objects.filter(pk=job.pk).update(lease_owner="another")
        with pytest.raises(CalledOff):
            tell(1, 2)
        raise CalledOff

    work(slow)
    job = _ask(ivy)
    with clock.standing_at(clock.now()):
        Job.objects.filter(pk=job.pk).update(attempts=0)
        running._run(job, running.claim(Job.objects, job.pk))
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == (JobState.RUNNING, "another")


def test_nobody_piles_up_work_without_end(ivy):
    for number in range(20):
        _ask(ivy, number=number)
    with pytest.raises(JobRefused, match="waiting already"):
        _ask(ivy, number=20)


def test_who_sees_whose_work(ivy):
    lead, auditor = make_user(role=Role.SAFETY_LEAD), make_user(role=Role.AUDITOR)
    mine, theirs = _ask(ivy), ask_for(JobKind.EXPORT_AUDIT, {}, actor=auditor)
    assert set(jobs_of(lead)) == {mine, theirs}
    assert set(jobs_of(ivy)) == {mine}
    assert set(jobs_of(auditor)) == {theirs}


def test_the_events_leave_in_parts_with_one_head_and_none_lost_while_others_happen(ivy):
    for number in range(7):
        record(Tag.SIGNED_IN, actor=ivy.actor, subject=f"event-{number}")
    parts = csv_parts(chosen_events({}), batch=3)
    first = next(parts)
    record(Tag.SIGNED_IN, actor=ivy.actor, subject="late")
    texts = [first, *parts]
    whole = "".join(text for _count, text in texts)
    assert [count for count, _text in texts] == [3, 3, 1]
    assert whole.count("at,who,actor") == 1
    assert all(f"event-{number}" in whole for number in range(7))
    assert "late" not in whole


def test_a_file_is_made_and_let_go_after_a_day_and_the_job_after_thirty(ivy):
    record(Tag.SIGNED_IN, actor=ivy.actor, subject="=cmd()")
    job = ask_for(JobKind.EXPORT_AUDIT, {"tag": Tag.SIGNED_IN.value}, actor=ivy)
    run_waiting()
    job.refresh_from_db()
    assert job.result == {"count": 1}
    text = "".join(file_of(job))
    assert ivy.name in text
    assert "'=cmd()" in text
    assert AuditEvent.objects.filter(tag=Tag.AUDIT_EXPORTED.value, actor=ivy.actor).exists()
    with clock.standing_at(clock.now() + timedelta(days=2)):
        forget_old()
        assert not JobPart.objects.exists()
        assert Job.objects.exists()
    with clock.standing_at(clock.now() + timedelta(days=31)):
        forget_old()
        assert not Job.objects.exists()
