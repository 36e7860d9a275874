"""Key files that cannot be used, and tokens: whose, for what, how many, how long."""

import base64
import json
import threading

import httplib2
import pytest

from monitor.google.credentials import (
    DIRECTORY_ORGUNIT_READONLY,
    DIRECTORY_USER_READONLY,
    DRIVE_READONLY,
    GMAIL_READONLY,
    SCOPES_BY_API,
    KeyFileError,
    Tokens,
    load_key,
)
from monitor.google.errors import AccessLost, MalformedAnswer, NotFound, TokenRefused
from monitor.google.meter import NullMeter, UnitPrices
from monitor.google.workspace import Workspace

ADA = "ada@district.example"


def claims(token_request):
    assertion = dict(part.split("=", 1) for part in token_request.body.decode().split("&"))["assertion"]
    payload = assertion.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def http():
    client = httplib2.Http(timeout=5)
    yield client
    client.close()


def test_a_good_key_tells_the_client_id_and_hides_the_key(key_file):
    key = load_key(key_file)

    assert key.client_id == "100200300"
    assert "PRIVATE" not in repr(key)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "authorized_user"}, "type 'authorized_user'.*create a new JSON key"),
        ({"type": None}, "not of a service account"),
        ({"client_id": ""}, "client_id missing"),
        ({"token_uri": 7}, "token_uri missing"),
        ({"token_uri": "file:///etc"}, "token_uri is not a web address"),
        (
            {"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
            "the private key is broken",
        ),
        ({"private_key": "hunter2-secret"}, "the private key is broken"),
    ],
)
def test_an_unusable_key_file_is_refused_with_a_remedy(tmp_path, key_info, change, words):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(key_info | change))

    with pytest.raises(KeyFileError, match=words) as raised:
        load_key(path)

    assert str(path) in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b"\xff\xfe\x00", b'{"a": "' + b"x" * 70_000 + b'"}'])
def test_a_file_that_is_no_key_is_refused(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_bytes(content)

    with pytest.raises(KeyFileError, match="not a JSON key file"):
        load_key(path)


def test_a_missing_key_file_is_named(tmp_path):
    with pytest.raises(KeyFileError, match=r"key\.json: no such file"):
        load_key(tmp_path / "key.json")


def test_a_key_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(KeyFileError, match=r"cannot be read.*let Heed's user read this file"):
        load_key(tmp_path)


def test_each_api_asks_for_its_own_scope_only(google, workspace):
    for use in (
        lambda: workspace.gmail(ADA).profile(),
        lambda: workspace.drive(ADA).start_page_token(),
        lambda: list(workspace.directory(ADA).list_users("district.example")),
        lambda: workspace.directory(ADA).list_org_units(),
    ):
        with pytest.raises(NotFound):
            use()

    asked = [claims(request)["scope"] for request in google.token_requests]
    assert asked == [GMAIL_READONLY, DRIVE_READONLY, DIRECTORY_USER_READONLY, DIRECTORY_ORGUNIT_READONLY]
    assert {claims(request)["sub"] for request in google.token_requests} == {ADA}
    assert set(asked) <= {scope for scopes in SCOPES_BY_API.values() for scope in scopes}


def test_every_scope_is_read_only():
    assert all(scope.endswith(".readonly") for scopes in SCOPES_BY_API.values() for scope in scopes)


def test_a_token_is_used_again_for_the_same_subject_and_scope_only(google, key_file, http):
    tokens = Tokens(load_key(key_file))

    first = tokens.token(ADA, (GMAIL_READONLY,), http)

    assert tokens.token(ADA, (GMAIL_READONLY,), http) == first
    assert tokens.token(ADA, (DRIVE_READONLY,), http) != first
    assert tokens.token("bo@district.example", (GMAIL_READONLY,), http) != first
    assert len(google.token_requests) == 3


def test_the_token_least_recently_used_goes_first(google, key_file, http):
    tokens = Tokens(load_key(key_file), most=2)
    for subject in ("a@x", "b@x", "a@x", "c@x"):
        tokens.token(subject, (GMAIL_READONLY,), http)
    assert len(tokens) == 2

    tokens.token("a@x", (GMAIL_READONLY,), http)
    assert len(google.token_requests) == 3
    tokens.token("b@x", (GMAIL_READONLY,), http)
    assert len(google.token_requests) == 4


def test_a_token_is_renewed_five_minutes_before_it_expires(google, key_file, http):
    now = [1000.0]
    tokens = Tokens(load_key(key_file), monotonic=lambda: now[0])
    tokens.token(ADA, (GMAIL_READONLY,), http)

    now[0] += 3600 - 310
    tokens.token(ADA, (GMAIL_READONLY,), http)
    assert len(google.token_requests) == 1

    now[0] += 20
    tokens.token(ADA, (GMAIL_READONLY,), http)
    assert len(google.token_requests) == 2


def test_a_token_of_unknown_lifetime_is_used_once(google, key_file, http):
    google.says("/token", {"access_token": "short"})
    tokens = Tokens(load_key(key_file))

    for _ in range(2):
        assert tokens.token(ADA, (GMAIL_READONLY,), http) == "short"

    assert len(google.token_requests) == 2


def test_threads_that_want_the_same_token_fetch_it_once(google, key_file):
    tokens = Tokens(load_key(key_file))
    start = threading.Barrier(8)
    found = []

    def want():
        client = httplib2.Http(timeout=5)
        start.wait()
        found.append(tokens.token(ADA, (GMAIL_READONLY,), client))
        client.close()

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["token-1"] * 8
    assert len(google.token_requests) == 1


def test_a_refusal_is_not_tried_again_inside_the_library(google, key_file, http, answer):
    google.says("/token", answer(b"busy", status=503, headers={"Retry-After": "4"}))

    with pytest.raises(TokenRefused) as raised:
        Tokens(load_key(key_file)).token(ADA, (GMAIL_READONLY,), http)

    assert raised.value.headers["retry-after"] == "4"
    assert len(google.token_requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"access_token": 1}'])
def test_an_answer_without_a_token_is_malformed(google, key_file, http, answer, body):
    google.says("/token", answer(body))

    with pytest.raises(MalformedAnswer):
        Tokens(load_key(key_file)).token(ADA, (GMAIL_READONLY,), http)


def test_a_token_rejected_by_an_api_is_renewed_once(google, workspace, ledger, refuse):
    good = {"emailAddress": ADA, "historyId": "7"}
    google.says("/gmail/v1/users/me/profile", refuse(401, "authError"), good)

    assert workspace.gmail(ADA).profile().history_id == "7"

    assert [seen.token for seen in google.requests] == ["token-1", "token-2"]
    assert [outcome for _, outcome in ledger.outcomes] == ["authError", "ok"]


def test_a_fresh_token_rejected_too_is_lost_access(google, workspace, refuse):
    google.says("/gmail/v1/users/me/profile", refuse(401, "authError"))

    with pytest.raises(AccessLost):
        workspace.gmail(ADA).profile()

    assert len(google.requests) == 2


def test_a_subject_has_to_be_an_address(workspace):
    with pytest.raises(ValueError, match="is not an address"):
        workspace.gmail("ada")


def test_a_workspace_with_a_broken_key_is_not_opened(tmp_path):
    with pytest.raises(KeyFileError):
        Workspace(tmp_path / "none.json", endpoint=None, prices=UnitPrices({}), meter=NullMeter())
