"""What each kind finds out, against a simulated Workspace; and no address of a student in any result."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.accounts.models import Role
from monitor.detection.models import PolicyChange
from monitor.domain.reading import ReadingSpec
from monitor.domain.source import Source
from monitor.intake.backfill import start_backfill
from monitor.intake.backfill_estimate import Estimate
from monitor.intake.backfill_progress import progress_of
from monitor.intake.models import Backfill, BackfillMailbox, Item, ItemState
from monitor.intake.poll import poll_account
from monitor.intake.scopes import wanted_scopes
from monitor.jobs.ask import ask_for
from monitor.jobs.models import JobKind, JobState
from monitor.jobs.run import run_waiting
from monitor.roster.models import MonitoredAccount
from tests.rooms.factories import make_account, make_finding, make_item, make_site, make_user

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)


@pytest.fixture
def done(db):
    """Asks for something, has it done, and gives the job."""
    ivy = make_user(role=Role.IT)

    def ask(what, **asked):
        job = ask_for(what, asked, actor=ivy)
        run_waiting()
        job.refresh_from_db()
        return job

    return ask


def test_the_checks_of_google_tell_the_client_id_and_no_address(watched, done):
    job = done(JobKind.CHECK_GOOGLE)
    assert job.state == JobState.DONE
    checks = {check["name"]: check for check in job.result["checks"]}
    assert checks["google gmail"]["good"]
    assert checks["google directory users"]["good"]
    assert job.result["client_id"].isdigit()
    watched.control.do("revoke", scope="https://www.googleapis.com/auth/gmail.readonly")
    checks = {check["name"]: check for check in done(JobKind.CHECK_GOOGLE).result["checks"]}
    assert not checks["google gmail"]["good"]
    assert checks["google gmail"]["cause"] == "unauthorized_client"
    assert "gmail.readonly" in checks["google gmail"]["remedy"]
    assert not [address for address in watched.addresses if address in json.dumps(list(checks.values()))]


def test_the_dry_run_of_the_roster_counts_and_changes_nothing(watched, done):
    MonitoredAccount.objects.all().delete()
    result = done(JobKind.TRY_ROSTER).result
    assert result["added"] == result["monitored"] == len(watched.addresses)
    assert result["units_total"] == len(result["units"]) > 0
    assert not MonitoredAccount.objects.exists()
    assert not [address for address in watched.addresses if address in json.dumps(result)]


def test_without_a_district_a_dry_run_says_what_to_do(done):
    job = done(JobKind.TRY_ROSTER)
    assert job.state == JobState.FAILED
    assert "config apply" in job.problem


def test_the_estimate_of_old_mail_is_that_of_the_command(watched, done):
    account = watched.account(0)
    with watched.at(NOON - timedelta(days=3)):
        watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hello", "three days old")
    with watched.at(NOON):
        for number in range(6):
            poll_account(watched.account(number), Source.GMAIL)
        job = done(JobKind.ESTIMATE_BACKFILL, site=account.site.code, since="2026-09-01")
        assert (job.state, job.result["items"], job.result["days"]) == (JobState.DONE, 1, 1)
        watched.put_to_sleep(NOON - timedelta(hours=1), NOON + timedelta(days=1))
        asleep = done(JobKind.ESTIMATE_BACKFILL, site=account.site.code, since="2026-09-02")
    assert asleep.state == JobState.FAILED
    assert "sleeps until" in asleep.problem


def test_a_policy_is_tried_and_not_put_into_force(done, monkeypatch):
    monkeypatch.setattr(
        "monitor.jobs.kinds.get_classifier", lambda: None
    )  # takes seconds, and its thresholds are not asked
    make_finding(make_account(make_site("pine")))
    job = done(JobKind.TRY_POLICY, kind="site", key="pine", toml='[severity.violence]\nat_alert = "low"\n')
    assert job.state == JobState.DONE, job.problem
    assert set(job.result) >= {"alerts_before", "alerts_after", "token", "before", "after"}
    assert not PolicyChange.objects.exists()
    wrong = done(JobKind.TRY_POLICY, kind="site", key="pine", toml="[nonsense]\nx = 1\n")
    assert wrong.state == JobState.FAILED
    assert "nonsense" in wrong.problem


def test_how_far_old_mail_is(db):
    site = make_site("pine")
    accounts = [make_account(site) for _ in range(4)]
    backfill = start_backfill(site, NOON, Estimate(4, 4, 0, 10, 200, None), actor="user:7")
    assert Backfill.objects.get().started_by == "user:7"
    assert progress_of([backfill])[0].percent == 0
    for account in accounts[:2]:
        BackfillMailbox.objects.filter(account=account).update(listed_at=NOON)
    BackfillMailbox.objects.filter(account=accounts[2]).update(error="403")
    for number in range(5):
        state = ItemState.PENDING if number == 4 else ItemState.SCORED
        make_item(accounts[0], state=state, item_key=f"old-{number}")
    Item.objects.update(backfill=backfill)
    found = progress_of([backfill])[0]
    assert (found.mailboxes, found.listed, found.failing, found.found, found.read) == (4, 2, 1, 5, 4)
    assert found.percent == 25 + 20


def test_no_scope_is_asked_for_that_no_switch_needs():
    def names(**switches):
        return {scope.rpartition("/")[2] for scope, _why in wanted_scopes(ReadingSpec(**switches))}

    always = {"admin.directory.user.readonly", "admin.directory.orgunit.readonly"}
    assert names(gmail=False, drive=False) == always
    assert names(drive=False) == always | {"gmail.readonly"}
    assert names(gmail=False, activity_stream=False) == always | {"drive.readonly"}
    assert names() == always | {"gmail.readonly", "drive.readonly", "admin.reports.audit.readonly"}
    assert names(exclude_groups=("a@b",)) - names() == {"admin.directory.group.member.readonly"}
    chat = {"chat.spaces.readonly", "chat.messages.readonly"}
    assert names(gmail=False, drive=False, chat=True) == always | chat | {"admin.reports.audit.readonly"}
    private = wanted_scopes(ReadingSpec(chat=True), has_exempt_addresses=True)
    assert private[-1] == ("https://www.googleapis.com/auth/chat.memberships.readonly", "exemptions")
    assert wanted_scopes(ReadingSpec(), has_exempt_addresses=True) == wanted_scopes(ReadingSpec())
