"""Mistakes in what is read of a Workspace, planted one at a time: `doctor` finds each and says what to do."""

import json
from datetime import timedelta

import pytest

from monitor.domain.reading import ExemptionSpec
from monitor.domain.source import Source
from monitor.intake.activity import read_activity
from monitor.intake.models import Item, QuotaDay
from monitor.intake.poll import poll_account
from monitor.intake.quota import google_day
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, MonitoredAccount
from monitor.simulator.pubsub_state import SUBSCRIPTION, TOPIC
from tests.rooms.commands.test_doctor import bad
from tests.rooms.factories import make_item

AUTH = "https://www.googleapis.com/auth/"


@pytest.fixture
def well(watched, mailbox):
    """A district in which nothing is wrong and every account was read once."""
    for account in MonitoredAccount.objects.select_related("site"):
        poll_account(account, Source.GMAIL)
    assert bad() == {}
    return watched


def reading(**switches) -> None:
    District.objects.update(reading=switches)


def test_the_reports_scope_is_missing(well):
    well.control.do("revoke", scope=f"{AUTH}admin.reports.audit.readonly")
    found = bad()
    assert set(found) == {"google activity"}
    assert "admin.reports.audit.readonly" in found["google activity"].remedy


def test_a_source_that_is_switched_off_asks_for_no_scope(well):
    reading(drive=False)
    well.control.do("revoke", scope=f"{AUTH}drive.readonly")
    well.control.do("revoke", scope=f"{AUTH}admin.reports.audit.readonly")
    assert bad() == {}


def test_the_stream_fails_while_polling(well):
    well.control.do("faults", rules=[{"kind": "500", "match": "reports.activities.list"}])
    read_activity()
    well.control.do("faults", clear=True)
    assert "swept account by account" in bad()["activity stream"].remedy


def test_an_excluded_unit_that_does_not_exist(well):
    reading(exclude_units=["/Students/Oka High"])
    assert "exclude_units" in bad()["reading"].remedy


def test_an_excluded_group_that_does_not_exist(well):
    reading(exclude_groups=["press@cedarvalley.example"])
    assert set(bad()) == {"google group press@cedarvalley.example"}


def test_a_grade_field_that_nobody_has(well):
    reading(grade_field="Nothing.Here")
    assert "grade_field" in bad()["grade field"].remedy


def fail(well, numbers) -> None:
    for number in numbers:
        account = well.account(number)
        poll_account(account, Source.GMAIL)


def test_access_lost_for_one_account_for_a_unit_and_for_the_domain_are_told_apart(well):
    unit = well.account(0).org_unit_path
    numbers = range(len(well.addresses))
    inside = [n for n in numbers if well.account(n).org_unit_path == unit]
    outside = [n for n in numbers if n not in inside]
    assert len(inside) > 1
    assert outside

    well.control.do("revoke", subject=well.addresses[inside[0]])
    fail(well, inside[:1])
    assert "1 of" in bad()["accounts"].finding

    well.control.do("revoke", org_unit=unit)
    fail(well, inside)
    assert f"the unit {unit}" in bad()["accounts"].finding

    well.control.do("revoke", domain=True)
    fail(well, numbers)
    assert "whole domain" in bad()["accounts"].finding

    well.control.do("revoke", domain=True, restore=True)
    well.control.do("revoke", org_unit=unit, restore=True)
    well.control.do("revoke", subject=well.addresses[inside[0]], restore=True)
    fail(well, numbers)
    assert bad() == {}


def test_a_quota_that_is_used_up(well):
    day, _ = QuotaDay.objects.get_or_create(day=google_day(clock.now()), api="gmail")
    QuotaDay.objects.filter(pk=day.pk).update(units=79_000_000)
    assert "poll less often" in bad()["quota gmail"].remedy


def test_messages_in_confidential_mode(well):
    item = make_item(well.account(0))
    Item.objects.filter(pk=item.pk).update(is_confidential=True)
    assert "Confidential mode: Disable" in bad()["confidential mode"].remedy


def test_a_roster_that_was_not_synced_for_long(well):
    District.objects.update(roster_synced_at=clock.now() - timedelta(hours=9))
    assert "9 hours" in bad()["roster"].finding


def test_a_credential_without_a_key_whose_proof_is_not_taken(well):
    keyless = well.simulation.key_file.with_name("workload-identity.json")
    District.objects.update(key_file=str(keyless))
    assert bad() == {}
    source = json.loads(keyless.read_text())["credential_source"]["file"]
    well.simulation.key_file.with_name(source.rpartition("/")[2]).write_text("wrong")
    keyless.touch()
    found = bad()
    assert "Workload Identity Federation" in found["google gmail"].remedy


def test_each_scope_of_chat_and_its_app_are_looked_for_where_chat_is_on(well):
    well.control.do("revoke", scope=f"{AUTH}chat.memberships.readonly")
    well.control.do("revoke", scope=f"{AUTH}chat.messages.readonly")
    assert bad() == {}
    reading(chat=True)
    assert set(bad()) == {"google chat messages"}
    apply_exemptions([ExemptionSpec("address", "nurse@oak.example", "Health")], actor="command")
    found = bad()
    assert set(found) == {"google chat messages", "google chat members"}
    assert "chat.memberships.readonly" in found["google chat members"].remedy
    well.control.do("revoke", scope=f"{AUTH}chat.spaces.readonly")
    assert "chat.spaces.readonly" in bad()["google chat spaces"].remedy


def test_a_project_without_a_chat_app(well):
    reading(chat=True)
    rule = {"kind": "status", "match": "chat.spaces.list", "status": 404, "reason": "notFound", "message": "No app."}
    well.control.do("faults", rules=[rule])
    found = bad()
    well.control.do("faults", clear=True)
    assert "Configuration" in found["google chat spaces"].remedy


def test_a_subscription_that_is_missing_or_of_another_topic(well, settings):
    settings.HEED_GMAIL_TOPIC, settings.HEED_GMAIL_SUBSCRIPTION = TOPIC, SUBSCRIPTION
    assert bad() == {}
    settings.HEED_GMAIL_TOPIC = TOPIC + "-two"
    assert "belong together" in bad()["google gmail push"].remedy
    settings.HEED_GMAIL_SUBSCRIPTION = SUBSCRIPTION + "-two"
    assert "google gmail push" in bad()
