"""The way to Google: where requests go, what comes back broken, many threads at once."""

import gc
import logging
import os
import threading
import time
import tracemalloc
import zlib

import pytest

from monitor.google.errors import TooLarge, TransientError
from monitor.google.transport import Transport, check_endpoint, collection, silence_client_logs

ADA = "ada@district.example"
PROFILE = "/gmail/v1/users/me/profile"
MESSAGE = "/gmail/v1/users/me/messages/m1"
GOOD_PROFILE = {"emailAddress": ADA, "historyId": "7", "messagesTotal": 3}


def test_an_endpoint_moves_all_three_apis(google, workspace):
    google.says(PROFILE, GOOD_PROFILE)
    google.says("/drive/v3/changes/startPageToken", {"startPageToken": "5"})
    google.says("/admin/directory/v1/users", {"users": []})
    google.says("/admin/directory/v1/customer/my_customer/orgunits", {})

    workspace.gmail(ADA).profile()
    workspace.drive(ADA).start_page_token()
    assert list(workspace.directory(ADA).list_users("district.example")) == []
    assert workspace.directory(ADA).list_org_units() == []

    assert len(google.requests) == 4


@pytest.mark.parametrize(
    ("path", "name", "arguments", "url"),
    [
        ("gmail.users", "getProfile", {"userId": "me"}, "https://gmail.googleapis.com/gmail/v1/users/me/profile"),
        ("drive.files", "get", {"fileId": "f"}, "https://www.googleapis.com/drive/v3/files/f"),
        ("directory.users", "list", {}, "https://admin.googleapis.com/admin/directory/v1/users"),
    ],
)
def test_without_an_endpoint_requests_go_to_google(path, name, arguments, url):
    request = getattr(collection(None, path), name)(**arguments)

    assert request.uri.split("?")[0] == url


@pytest.mark.parametrize("endpoint", ["127.0.0.1:80", "ftp://x", "http://", "http://x?y=1"])
def test_a_bad_endpoint_is_refused(endpoint):
    with pytest.raises(ValueError, match="must look like http"):
        check_endpoint(endpoint)


def test_an_endpoint_may_end_in_a_slash():
    assert check_endpoint("http://127.0.0.1:8080/") == "http://127.0.0.1:8080"
    assert check_endpoint("") is None


def test_a_collection_is_built_once():
    assert collection(None, "gmail.users.messages") is collection(None, "gmail.users.messages")


def test_eight_threads_have_their_own_connections_and_right_answers(google, workspace):
    for number in range(8):
        body = {"id": f"m{number}", "threadId": "t", "internalDate": "0", "raw": "aGVsbG8"}
        google.says(f"/gmail/v1/users/me/messages/m{number}", body)
    start = threading.Barrier(8)
    wrong = []

    def fetch(number):
        mailbox = workspace.gmail(f"student{number}@district.example")
        start.wait()
        fetched = [mailbox.fetch(f"m{number}").message_id for _ in range(20)]
        wrong.extend(message_id for message_id in fetched if message_id != f"m{number}")

    threads = [threading.Thread(target=fetch, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(google.requests) == 160
    assert len({seen.client_port for seen in google.requests}) == 8
    token_of = {seen.path: seen.token for seen in google.requests}
    assert all(token_of[seen.path] == seen.token for seen in google.requests)
    assert len(set(token_of.values())) == 8


def test_a_thread_that_ends_closes_its_connections(google, workspace):
    google.says(PROFILE, GOOD_PROFILE)
    thread = threading.Thread(target=workspace.gmail(ADA).profile)
    thread.start()
    thread.join()
    gc.collect()  # an unclosed socket would fail this test as a ResourceWarning

    assert len(workspace._line.transport._open) == 0


def test_a_child_process_does_not_use_its_parents_connection(google):
    transport = Transport(endpoint=google.url, timeout_seconds=5)
    mine = transport.http()
    assert transport.http() is mine

    transport._local.pid = os.getpid() + 1
    assert transport.http() is not mine
    transport.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_message_of_several_megabytes_arrives_whole(google, workspace, answer, chunked):
    raw = "QUJD" * 1_000_000
    google.says(MESSAGE, answer({"id": "m1", "threadId": "t", "internalDate": "0", "raw": raw}, chunked=chunked))

    assert workspace.gmail(ADA).fetch("m1").raw == b"ABC" * 1_000_000


def test_a_compressed_answer_is_read(google, workspace, answer):
    google.says(PROFILE, answer(GOOD_PROFILE, headers={"Content-Encoding": "gzip"}))

    assert workspace.gmail(ADA).profile().history_id == "7"


BROKEN = [
    ("truncated", {"body": GOOD_PROFILE, "missing_bytes": 10}),
    ("truncated", {"body": GOOD_PROFILE, "missing_bytes": 10, "chunked": True}),
    ("truncated", {"body": b"\x1f\x8b broken", "headers": {"Content-Encoding": "deflate"}}),
    ("notJson", {"body": b'{"emailAddress": "ada@dis'}),
    ("notJson", {"body": b"<html>Welcome to the guest network</html>"}),
    ("notJson", {"body": b"[]"}),
    ("notJson", {"body": b""}),
    ("notGoogle", {"body": b"", "status": 302, "headers": {"Location": "http://127.0.0.1:1/elsewhere"}}),
    ("connectionLost", {"hang_up": True}),
]


@pytest.mark.parametrize(("reason", "broken"), BROKEN)
def test_a_broken_answer_is_transient_and_each_attempt_is_one_request(
    google, workspace, ledger, answer, reason, broken
):
    google.says(PROFILE, answer(**broken))

    with pytest.raises(TransientError) as raised:
        workspace.gmail(ADA).profile()

    assert raised.value.reason == reason
    assert [outcome for _, outcome in ledger.outcomes] == [reason] * 3
    assert len(google.requests) == 3


def test_after_a_broken_answer_the_next_attempt_succeeds(google, workspace, answer):
    for broken in (answer(GOOD_PROFILE, missing_bytes=9), answer(hang_up=True), answer(b"{")):
        google.says(PROFILE, broken, GOOD_PROFILE)
        assert workspace.gmail(ADA).profile().messages_total == 3


def test_a_kept_connection_that_the_server_closed_costs_no_attempt(google, workspace, ledger, answer):
    google.says(PROFILE, answer(GOOD_PROFILE, close_after=True), GOOD_PROFILE)
    workspace.gmail(ADA).profile()
    time.sleep(0.05)

    workspace.gmail(ADA).profile()

    assert [outcome for _, outcome in ledger.outcomes] == ["ok", "ok"]


def test_a_slow_server_is_a_timeout_and_its_late_answer_is_never_taken_up(google, workspace, ledger, answer):
    late = answer(GOOD_PROFILE | {"historyId": "6"}, delay_seconds=0.3)
    google.says(PROFILE, late, GOOD_PROFILE)
    workspace._line.transport._timeout_seconds = 0.1

    assert workspace.gmail(ADA).profile().history_id == "7"

    assert [outcome for _, outcome in ledger.outcomes] == ["timeout", "ok"]


def test_nobody_listening_is_transient(google, workspace, naps):
    google.says(PROFILE, GOOD_PROFILE)
    workspace.gmail(ADA).profile()
    workspace.close()
    google.close()

    with pytest.raises(TransientError) as raised:
        workspace.gmail(ADA).profile()

    assert raised.value.reason == "connectionLost"


LARGE = [
    {"body": b"x" * 2_000},
    {"body": b"x" * 2_000, "chunked": True},
    {"body": b"x" * 1_000_000, "headers": {"Content-Encoding": "gzip"}},
    {"body": b"x" * 2_000, "headers": {"Content-Encoding": "gzip"}},
]


@pytest.mark.parametrize("large", LARGE)
def test_a_download_above_the_limit_is_refused_and_the_connection_stays_usable(google, workspace, answer, large):
    google.says("/drive/v3/files/f1", answer(**large))
    google.says("/drive/v3/files/f2", answer(b"short"))

    with pytest.raises(TooLarge):
        workspace.drive(ADA).download("f1", 1_999)

    assert workspace.drive(ADA).download("f2", 5) == b"short"
    assert workspace.drive(ADA).download("f1", 1_000_000) == large["body"]


def test_a_small_answer_that_unpacks_to_fifty_megabytes_is_not_unpacked(google, workspace, answer):
    bomb = zlib.compress(bytes(50_000_000))
    google.says("/drive/v3/files/f1", answer(bomb, headers={"Content-Encoding": "deflate"}))
    google.says("/drive/v3/files/f2", answer(b"short"))
    workspace.drive(ADA).download("f2", 5)  # builds what is built once

    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            workspace.drive(ADA).download("f1", 100_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_that_was_not_read_to_its_end_takes_its_connection_along(google, workspace, answer):
    google.says("/drive/v3/files/f1", answer(b"x" * 2_000))

    with pytest.raises(TooLarge):
        workspace.drive(ADA).download("f1", 1)

    assert workspace._line.transport.http().connections == {}


def test_the_client_writes_no_urls_and_no_bodies_to_the_log(google, workspace, answer, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    for name in ("googleapiclient", "google_auth_httplib2"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    silence_client_logs()
    google.says(PROFILE, answer(b"private words", status=403))

    with pytest.raises(TransientError):
        workspace.gmail(ADA).profile()

    assert google.url not in caplog.text
    assert "private words" not in caplog.text


def test_an_error_carries_no_trace_of_the_librarys(google, workspace, refuse):
    google.says(MESSAGE, refuse(404, "notFound", message="private words"))

    with pytest.raises(Exception, match="notFound") as raised:
        workspace.gmail(ADA).fetch("m1")

    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
