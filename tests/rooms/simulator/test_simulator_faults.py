"""Injected trouble reaches the client as Google or the network would bring it."""

import http.client
import json
import time

import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from monitor.simulator.faults import Faults, read_spec
from monitor.simulator.people import newcomer, service_account


@pytest.fixture
def faulty(office):
    """Sets rules for one test and clears them afterwards."""
    yield lambda *rules: office.control.do("faults", rules=list(rules), clear=True)
    office.control.do("faults", clear=True)


def _profile(office):
    return office.client("gmail", office.students[0]).users().getProfile(userId="me")


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        ("rateLimitExceeded", 403, "rateLimitExceeded"),
        ("userRateLimitExceeded", 403, "userRateLimitExceeded"),
        ("dailyLimitExceeded", 403, "dailyLimitExceeded"),
        ("429", 429, "rateLimitExceeded"),
        ("500", 500, "backendError"),
        ("503", 503, "backendError"),
    ],
)
def test_a_fault_strikes_as_often_as_it_was_told(office, faulty, kind, status, reason):
    faulty({"kind": kind, "match": "getProfile", "count": 1, "seconds": 7})
    with pytest.raises(HttpError) as refused:
        _profile(office).execute()
    assert (refused.value.status_code, refused.value.error_details[0]["reason"]) == (status, reason)
    assert refused.value.resp.get("retry-after") == ("7" if kind == "429" else None)
    assert office.control.calls()[-1]["fault"] == kind
    assert _profile(office).execute()["emailAddress"] == office.students[0]


@pytest.mark.parametrize("kind", ["rateLimitExceeded", "429"])
def test_chat_refuses_for_quota_in_the_way_of_newer_apis(office, faulty, kind):
    faulty({"kind": kind, "match": "chat.spaces.list", "count": 1})
    with pytest.raises(HttpError) as refused:
        office.client("spaces", office.students[0]).spaces().list().execute()
    assert refused.value.status_code == 429
    assert refused.value.error_details[0]["reason"] == "RATE_LIMIT_EXCEEDED"


def test_a_fault_can_be_for_one_subject_and_one_path(office, faulty):
    faulty({"kind": "503", "match": "^/gmail/", "subject": office.students[1]})
    assert _profile(office).execute()
    with pytest.raises(HttpError):
        office.client("gmail", office.students[1]).users().getProfile(userId="me").execute()
    assert office.client("drive", office.students[1]).changes().getStartPageToken().execute()


def test_any_other_refusal_can_be_written_out(office, faulty):
    faulty(
        {
            "kind": "status",
            "match": "getProfile",
            "status": 403,
            "reason": "domainPolicy",
            "message": "The domain administrators said no",
        }
    )
    with pytest.raises(HttpError, match="administrators") as refused:
        _profile(office).execute()
    assert refused.value.error_details[0]["reason"] == "domainPolicy"


def test_a_reset_breaks_the_connection(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "reset", "count": 1})
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        office.fetch("/gmail/v1/users/me/profile", token)
    assert office.control.calls()[-1]["fault"] == "reset"


def test_a_truncated_answer_is_whole_http_and_broken_json(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "truncated", "count": 1})
    status, body, _ = office.fetch("/gmail/v1/users/me/profile", token)
    assert status == 200
    assert isinstance(body, bytes)
    assert body.startswith(b"{")


def test_an_answer_can_break_off_in_its_middle(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "reset_body", "count": 1})
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        office.fetch("/gmail/v1/users/me/profile", token)
    assert office.fetch("/gmail/v1/users/me/profile", token)[0] == 200


def test_no_answer_comes_until_patience_ends(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "timeout", "seconds": 0.3, "count": 1})
    began = time.monotonic()
    with pytest.raises((ConnectionResetError, http.client.RemoteDisconnected)):
        office.fetch("/gmail/v1/users/me/profile", token)
    assert time.monotonic() - began >= 0.3


def test_an_answer_can_be_a_page_or_another_object(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "not_json", "count": 1}, {"kind": "wrong_json", "count": 1})
    status, body, headers = office.fetch("/gmail/v1/users/me/profile", token)
    assert (status, body[:9], headers["Content-Type"][:9]) == (200, b"<!DOCTYPE", "text/html")
    assert office.fetch("/gmail/v1/users/me/profile", token)[:2] == (200, {"kind": "unexpected", "value": [None]})


def test_history_can_come_twice_or_out_of_order(office, faulty):
    email = office.students[2]
    users = office.client("gmail", email).users()
    start = users.getProfile(userId="me").execute()["historyId"]
    for number in range(6):
        office.control.mail("x@outside.example", email, f"{number}", "x")

    def listed():
        records = users.history().list(userId="me", startHistoryId=start).execute()["history"]
        return [record["id"] for record in records]

    true = listed()
    faulty({"kind": "duplicate", "match": "history", "count": 1}, {"kind": "shuffle", "match": "history", "count": 1})
    assert listed() == [identity for identity in true for _ in range(2)]
    mixed = listed()
    assert (sorted(mixed), mixed == true) == (sorted(true), False)


def test_cursors_expire_on_demand_and_nothing_else_does(office, faulty):
    email = office.students[0]
    gmail, drive = office.client("gmail", email).users(), office.client("drive", email).changes()
    history = gmail.getProfile(userId="me").execute()["historyId"]
    token = drive.getStartPageToken().execute()["startPageToken"]
    faulty({"kind": "expired"})
    for call, status in [
        (gmail.history().list(userId="me", startHistoryId=history), 404),
        (drive.list(pageToken=token), 400),
    ]:
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert refused.value.status_code == status
    assert _profile(office).execute()
    assert drive.getStartPageToken().execute()


def test_the_delegation_can_fail_for_one_person_at_the_token_endpoint_too(office, faulty):
    one, two = office.students[4:6]
    office.sessions.clear()
    faulty({"kind": "revoked", "user": one}, {"kind": "skew", "user": two, "count": 1})
    with pytest.raises(RefreshError, match="unauthorized_client"):
        office.token("gmail.readonly", one)
    with pytest.raises(RefreshError, match="reasonable timeframe"):
        office.token("gmail.readonly", two)
    assert office.token("gmail.readonly", two)


def test_a_fault_can_be_for_one_unit(office, faulty):
    tokens = [office.token("gmail.readonly", email) for email in office.students[:2]]  # before the unit has no token
    faulty({"kind": "503", "org_unit": "/Students/Oak High"})
    assert [office.fetch("/gmail/v1/users/me/profile", token)[0] for token in tokens] == [503, 200]


def test_the_dice_do_not_depend_on_who_comes_first():
    def struck(order):
        faults, found = Faults(9), {}
        faults.add([{"kind": "500", "rate": 0.5}])
        for name in order:
            person = newcomer(f"{name}@cedarvalley.example", ("A", "B"), "/Students", 1)
            found.setdefault(name, []).append(faults.strike("m", "/p", person) is not None)
        return found

    assert struck("abab" * 9) == struck("bbaa" * 9) == struck("a" * 18 + "b" * 18)


def test_a_slow_answer_takes_its_time_and_holds_nobody_else_up(office, faulty):
    token = office.token("gmail.readonly", office.students[0])
    faulty({"kind": "slow", "seconds": 0.4, "count": 1})
    began = time.monotonic()
    assert office.fetch("/gmail/v1/users/me/profile", token)[0] == 200
    assert time.monotonic() - began >= 0.4


def test_the_token_endpoint_can_fail_too(office, faulty):
    faulty({"kind": "503", "match": "^token$", "count": 1})
    status, body, _ = office.fetch("/token", data=b"", Content_Type="application/x-www-form-urlencoded")
    assert (status, body["error"]) == (503, "internal_failure")


def test_the_dice_of_a_probability_are_the_seeds():
    def struck(seed):
        faults = Faults(seed)
        faults.add([{"kind": "500", "probability": 0.5}])
        return [faults.strike("m", "/p", service_account()) is not None for _ in range(40)]

    assert struck(1) == struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 35


def test_a_spec_is_pairs_or_json_or_a_file(tmp_path, run_office):
    rules = [{"kind": "503", "match": "getProfile", "count": 1}]
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(rules))
    assert read_spec(str(path)) == read_spec(json.dumps(rules)) == rules
    spec = "kind=503,match=getProfile,count=1;kind=slow,seconds=0.1,match=drive"
    assert len(read_spec(spec)) == 2
    office = run_office(faults=spec)
    with pytest.raises(HttpError):
        _profile(office).execute()
    assert _profile(office).execute()


def test_a_spec_that_says_nothing_sensible_is_refused_with_an_example(run_office):
    with pytest.raises(ValueError, match="kind=503"):
        read_spec("everything breaks")
    with pytest.raises(RuntimeError, match="did not start"):
        run_office(faults="kind=earthquake")
