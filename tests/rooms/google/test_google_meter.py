"""What is counted, and that a refusal by the meter leaves Google alone."""

from pathlib import Path

import pytest

from monitor.google.errors import AccessLost, NotFound, TransientError
from monitor.google.meter import CONTENT_METHODS, NullMeter, QuotaFileError, UnitPrices, UnknownPrice, load_quota

SHIPPED = Path(__file__).parents[3] / "config" / "quota.toml"
PROFILE = "/gmail/v1/users/me/profile"
GOOD_PROFILE = {"emailAddress": "ada@district.example", "historyId": "7", "messagesTotal": 3}
RAW = {"id": "m1", "threadId": "t1", "internalDate": "1000", "raw": "aGk="}


class Asleep(Exception):
    pass


def test_a_refusing_meter_leaves_google_alone(google, workspace, ledger):
    ledger.refusal = Asleep()

    for call in (
        lambda: workspace.gmail("ada@district.example").fetch("m1"),
        lambda: workspace.drive("ada@district.example").download("f1", 10),
        lambda: list(workspace.directory("ada@district.example").list_users("district.example")),
    ):
        with pytest.raises(Asleep) as raised:
            call()
        assert raised.value is ledger.refusal

    assert google.requests == []
    assert google.token_requests == []
    assert ledger.outcomes == []


def test_every_attempt_is_counted_with_its_outcome(google, workspace, ledger, refuse):
    google.says(PROFILE, refuse(429, "rateLimitExceeded"), refuse(503, "backendError"), GOOD_PROFILE)

    workspace.gmail("ada@district.example").profile()

    method = "gmail.users.getProfile"
    assert ledger.outcomes == [(method, "rateLimitExceeded"), (method, "backendError"), (method, "ok")]
    assert len(google.requests) == len(ledger.before_calls) == 3
    assert ledger.units == 3


def test_a_meter_that_refuses_half_way_stops_the_retries(google, workspace, ledger, refuse):
    google.says(PROFILE, refuse(503, "backendError"))
    ledger.after = lambda call, outcome: setattr(ledger, "refusal", Asleep())

    with pytest.raises(Asleep):
        workspace.gmail("ada@district.example").profile()

    assert len(google.requests) == 1


def test_a_refused_token_counts_as_an_attempt(google, workspace, ledger, answer):
    google.says("/token", answer({"error": "unauthorized_client"}, status=401))

    with pytest.raises(AccessLost):
        workspace.gmail("ada@district.example").profile()

    assert ledger.outcomes == [("gmail.users.getProfile", "unauthorized_client")]
    assert google.requests == []


def test_something_else_that_ends_a_call_is_counted_as_interrupted(google, workspace, ledger, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("monitor.google.credentials.Tokens.token", stop)
    with pytest.raises(KeyboardInterrupt):
        workspace.gmail("ada@district.example").profile()

    assert ledger.outcomes == [("gmail.users.getProfile", "interrupted")]


def test_a_call_is_described_in_full(google, workspace, ledger):
    google.says("/gmail/v1/users/me/messages/m1", RAW)

    workspace.gmail("ada@district.example").fetch("m1")

    (call,) = ledger.before_calls
    assert (call.api, call.method, call.subject) == ("gmail", "gmail.users.messages.get", "ada@district.example")
    assert (call.units, call.is_content, call.target) == (20, True, "m1")


def test_another_meter_shares_tokens_and_connections(google, workspace, ledger):
    google.says(PROFILE, GOOD_PROFILE)
    workspace.gmail("ada@district.example").profile()

    workspace.with_meter(NullMeter()).gmail("ada@district.example").profile()

    assert len(google.token_requests) == 1
    assert len({seen.client_port for seen in google.requests}) == 1
    assert len(ledger.before_calls) == 1


def test_a_method_without_a_price_is_not_called(google, workspace, ledger):
    bare = workspace.with_meter(ledger)
    object.__setattr__(bare._line, "prices", UnitPrices({}))

    with pytest.raises(UnknownPrice, match=r"drive\.files\.get.*config/quota\.toml"):
        bare.drive("ada@district.example").file("f1")

    assert google.requests == []


def test_the_shipped_prices_are_those_of_may_2026():
    prices = load_quota(SHIPPED).prices
    expected = {
        "gmail.users.getProfile": 1,
        "gmail.users.history.list": 2,
        "gmail.users.messages.list": 5,
        "gmail.users.messages.get": 20,
        "gmail.users.messages.attachments.get": 20,
        "drive.changes.list": 100,
        "drive.files.get": 5,
        "drive.files.get_media": 200,
        "drive.files.export": 200,
        "drive.changes.getStartPageToken": 5,
        "directory.users.list": 1,
        "directory.orgunits.list": 1,
    }

    assert {method: prices.units(method) for method in expected} == expected
    assert all(prices.units(method) > 0 for method in CONTENT_METHODS)


def test_the_shipped_limits_are_those_of_may_2026():
    limits = load_quota(SHIPPED).limits

    assert limits["gmail"].per_day == 80_000_000
    assert limits["gmail"].per_user_per_minute == 6_000
    assert limits["drive"].per_day == 400_000_000
    assert limits["directory"].per_day is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("[prices", "not valid TOML"),
        ("", r"\[prices\]|\[limits\]"),
        ("[prices]\na = 1", r"section \[limits\] is missing"),
        ("[prices]\na = -1\n[limits.gmail]\nper_day = 1", "price of a must be a whole number"),
        ("[prices]\na = true\n[limits.gmail]\nper_day = 1", "price of a must be a whole number"),
        ("[prices]\na = 1\n[limits.gmail]\nper_hour = 1", "takes per_day, per_minute, per_user_per_minute only"),
        ("[prices]\na = 1\n[limits.gmail]\nper_day = 0", "per_day must be a whole number above 0"),
        ("[prices]\na = 1\n[limits]\ngmail = 3", "takes per_day"),
    ],
)
def test_a_broken_quota_file_is_refused_with_its_place(tmp_path, text, words):
    path = tmp_path / "quota.toml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(QuotaFileError, match=words) as raised:
        load_quota(path)

    assert str(path) in str(raised.value)


def test_not_found_is_tried_once(google, workspace, ledger):
    with pytest.raises(NotFound):
        workspace.gmail("ada@district.example").fetch("gone")

    assert len(google.requests) == 1


def test_giving_up_leaves_the_waiting_to_the_caller(google, workspace, refuse, naps):
    google.says(PROFILE, refuse(503, "backendError"))

    with pytest.raises(TransientError):
        workspace.gmail("ada@district.example").profile()

    assert len(google.requests) == 3
    assert naps == [1.5, 2.5]
