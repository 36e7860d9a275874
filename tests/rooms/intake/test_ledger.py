"""Every Google call stands in the ledger: content calls before they are made, all calls with their price."""

import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from monitor.domain.source import Source
from monitor.google.meter import GoogleCall
from monitor.intake.ledger import AccountMeter, Asleep, UsageTally, units_spent
from monitor.intake.models import ContentCall, UnitUsage
from monitor.intake.poll import poll_account
from monitor.intake.workspace import open_drive, open_gmail, sync_district_roster
from monitor.roster.models import District
from tests.rooms.detection.marker import score_all

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
GET = "gmail.users.messages.get"


def message(watched) -> str:
    copies = watched.control.mail("pal@elsewhere.example", watched.addresses[0], "Hi", "At three.")["copies"]
    return copies[0]["id"]


def test_a_content_call_is_written_down_before_it_is_made_and_its_end_is_noted(watched):
    meter = AccountMeter(watched.account(0), UsageTally())
    call = GoogleCall("gmail", GET, watched.addresses[0], 20, is_content=True, target="m1")
    meter.before(call)
    row = ContentCall.objects.get()
    assert (row.outcome, row.target, row.units) == ("begun", "m1", 20)
    meter.after(call, "timeout")
    assert ContentCall.objects.get().outcome == "timeout"


def test_a_call_whose_connection_breaks_stays_on_record_beside_its_second_attempt(watched):
    key = message(watched)
    watched.control.do("faults", rules=[{"kind": "reset", "match": GET, "count": 1}])
    tally = UsageTally()
    open_gmail(watched.account(0), tally).fetch(key)
    rows = list(ContentCall.objects.order_by("id").values_list("method", "target", "outcome"))
    assert rows == [(GET, key, "connectionLost"), (GET, key, "ok")]
    tally.flush()
    assert UnitUsage.objects.get(method=GET).calls == 2


def test_a_call_without_content_leaves_no_row_of_its_own(watched):
    open_gmail(watched.account(0), UsageTally()).profile()
    assert not ContentCall.objects.exists()


def test_while_an_account_sleeps_no_request_of_any_kind_reaches_google(watched):
    account, key = watched.account(0), message(watched)
    watched.put_to_sleep(NOON, NOON + HOUR)
    watched.control.calls(reset=True)
    with watched.at(NOON + HOUR / 2):
        for call in (
            lambda: open_gmail(account, UsageTally()).fetch(key),
            lambda: open_gmail(account, UsageTally()).profile(),
            lambda: open_drive(account, UsageTally()).start_page_token(),
        ):
            with pytest.raises(Asleep):
                call()
    assert watched.control.calls() == []
    assert not ContentCall.objects.exists()


def test_the_refusal_of_a_sleeping_account_names_no_address(watched):
    account = watched.account(0)
    account.state = "suspended"
    with pytest.raises(Asleep) as caught:
        open_gmail(account, UsageTally()).profile()
    assert account.address not in str(caught.value)


def test_the_usage_rows_are_what_google_saw_at_the_prices_of_the_quota_file(watched):
    District.objects.update(reading={"comments": False})
    UnitUsage.objects.all().delete()  # the roster was synced before the test
    watched.control.calls(reset=True)
    sync_district_roster()
    accounts = [watched.account(number) for number in range(3)]
    for account in accounts:
        for source in Source:
            poll_account(account, source)
    watched.control.do("faults", rules=[{"kind": "reset", "match": GET, "count": 1}])
    message(watched)
    watched.control.write_file(watched.addresses[1], "Essay", "Chess.")
    watched.control.write_file(watched.addresses[2], "notes.txt", "Chess.", mime_type="text/plain")
    for account in accounts:
        for source in Source:
            poll_account(account, source)
    assert score_all().scored == 3
    prices = tomllib.loads(settings.HEED_QUOTA_FILE.read_text())["prices"]
    seen = Counter(_priced(call) for call in watched.control.calls() if call["api"] != "oauth")
    assert {row.method: (row.calls, row.units) for row in UnitUsage.objects.all()} == {
        method: (count, count * prices[method]) for method, count in seen.items()
    }
    assert units_spent()["drive"] == sum(count * prices[name] for name, count in seen.items() if "drive" in name)


def _priced(call: dict) -> str:
    """The name in the quota file: Google has one for a file's particulars and its bytes, at two prices."""
    is_media = call["method"] == "drive.files.get" and call["parameters"].get("alt") == "media"
    return "drive.files.get_media" if is_media else call["method"]
