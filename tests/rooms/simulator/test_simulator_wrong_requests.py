"""Whatever the discovery documents do not allow is refused, in Google's shape."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from monitor.simulator.people import ADMIN


def _error(office, scope, path, subject=None):
    status, body, _ = office.fetch(path, office.token(scope, subject or office.students[0]))
    error = body["error"]
    assert error["code"] == status
    assert set(error["errors"][0]) >= {"domain", "reason", "message"}
    return status, error


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/gmail/v1/users/me/messages?maxresults=5", "maxresults"),
        ("/gmail/v1/users/me/messages?maxResults=501", "maxResults"),
        ("/gmail/v1/users/me/messages?maxResults=0", "maxResults"),
        ("/gmail/v1/users/me/messages?maxResults=many", "maxResults"),
        ("/gmail/v1/users/me/messages?maxResults=5&maxResults=6", "maxResults"),
        ("/gmail/v1/users/me/messages?includeSpamTrash=yes", "includeSpamTrash"),
        ("/gmail/v1/users/me/messages?pageToken=made-up", "pageToken"),
        ("/gmail/v1/users/me/messages?q=has:attachment", "has:attachment"),
        ("/gmail/v1/users/me/messages?q=after:soon", "soon"),
        ("/gmail/v1/users/me/messages?fields=letters", "letters"),
        ("/gmail/v1/users/me/messages?fields=messages(id", "messages(id"),
        ("/gmail/v1/users/me/messages?alt=xml", "alt"),
        ("/gmail/v1/users/me/messages?alt=media", "alt"),
        ("/gmail/v1/users/me/messages?access_token=abc", "access_token"),
        ("/gmail/v1/users/me/messages/1234567890abcdef?format=eml", "format"),
        ("/gmail/v1/users/me/messages/nonsense", "id"),
        ("/gmail/v1/users/me/history", "startHistoryId"),
        ("/gmail/v1/users/me/history?startHistoryId=-3", "startHistoryId"),
        ("/gmail/v1/users/me/history?startHistoryId=abc", "startHistoryId"),
        ("/gmail/v1/users/me/history?startHistoryId=1&historyTypes=messageRead", "historyTypes"),
    ],
)
def test_a_wrong_gmail_request_is_a_400_that_names_its_parameter(office, path, word):
    status, error = _error(office, "gmail.readonly", path)
    assert (status, error["status"]) == (400, "INVALID_ARGUMENT")
    assert word in error["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/drive/v3/changes",
        "/drive/v3/changes?pageToken=abc",
        "/drive/v3/changes?pageToken=99999999",
        "/drive/v3/changes?pageToken=1&pageSize=1001",
        "/drive/v3/changes?pageToken=1&pageSize=0",
        "/drive/v3/changes?pageToken=1&fields=changes(colour)",
        "/drive/v3/files?q=fullText+contains+'x'",
        "/drive/v3/files?q=trashed",
        "/drive/v3/files?orderBy=name",
        "/drive/v3/files?pageToken=p3",
        "/drive/v3/files?corpus=everything",
        "/drive/v3/files?supportsAllDrives=1",
        "/drive/v3/files/abc/export",
    ],
)
def test_a_wrong_drive_request_is_a_400(office, path):
    assert _error(office, "drive.readonly", path)[0] == 400


@pytest.mark.parametrize(
    "path",
    [
        "/admin/directory/v1/users",
        "/admin/directory/v1/users?customer=C0other",
        "/admin/directory/v1/users?customer=my_customer&maxResults=501",
        "/admin/directory/v1/users?customer=my_customer&orderBy=age",
        "/admin/directory/v1/users?customer=my_customer&query=height>3",
        "/admin/directory/v1/users?customer=my_customer&pageToken=x",
    ],
)
def test_a_wrong_directory_request_is_a_400(office, path):
    assert _error(office, "admin.directory.user.readonly", path, ADMIN)[0] == 400


@pytest.mark.parametrize("path", ["/", "/gmail/v1/users/me/letters", "/drive/v2/files", "/gmail/v1/users/me/profile/x"])
def test_an_unknown_path_is_a_404(office, path):
    assert _error(office, "gmail.readonly", path)[0] == 404


def test_a_method_that_google_has_but_the_simulator_not_says_so(office):
    status, error = _error(office, "gmail.readonly", "/gmail/v1/users/me/settings/filters")
    assert (status, error["status"]) == (501, "UNIMPLEMENTED")
    assert "gmail.users.settings.filters.list" in error["message"]


def test_a_student_may_not_read_the_directory(office):
    status, error = _error(office, "admin.directory.user.readonly", "/admin/directory/v1/users?customer=my_customer")
    assert (status, error["message"]) == (403, "Not Authorized to access this resource/api")


def test_refusals_are_in_the_ledger_with_their_reason(office):
    office.control.calls(reset=True)
    _error(office, "gmail.readonly", "/gmail/v1/users/me/messages?maxResults=0")
    entry = office.control.calls()[-1]
    assert (entry["status"], entry["reason"], entry["method"]) == (400, "invalid", "gmail.users.messages.list")
    assert entry["subject"] == office.students[0]


def test_the_control_door_refuses_web_pages_unknown_verbs_and_mistyped_fields(office):
    page = {"Content_Type": "application/json", "Origin": "http://evil.example"}
    assert office.fetch("/control/state", data=b"{}", **page)[0] == 403
    assert office.fetch("/control/state", data=b"{}", Content_Type="text/plain")[0] == 403
    for verb, body, word in [
        ("dance", b"{}", "no verb"),
        ("state", b"{", "Expecting"),
        ("deliver", b'{"form": "x"}', "`from`"),
        ("move_clock", b'{"seconds": "9"}', "number"),
        ("move_clock", b'{"to": "2026-09-01T08:00:00"}', "offset"),
        ("write_file", b'{"owner": "a@b.example", "texts": "x"}', "texts"),
        ("faults", b'{"rules": [{"kind": "earthquake"}]}', "kind must be one of"),
    ]:
        status, answer, _ = office.fetch(f"/control/{verb}", data=body, Content_Type="application/json")
        assert status == 400, verb
        assert word in answer["error"]
    assert len(office.control.do("state")) > 5


def test_a_body_without_a_length_and_one_too_large_are_refused(office):
    parts = urlsplit(office.simulation.endpoint)
    for header, status in [("Transfer-Encoding: chunked", b"411"), ("Content-Length: 999999999999", b"413")]:
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(f"POST /token HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
            assert status in connection.recv(200)


def test_a_connection_serves_many_requests(office):
    parts = urlsplit(office.simulation.endpoint)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    token = office.token("gmail.readonly", office.students[0])
    connection.connect()
    socket_before = connection.sock
    for _ in range(3):
        connection.request("GET", "/gmail/v1/users/me/profile", headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        assert response.status == 200
        response.read()
    assert connection.sock is socket_before
    connection.close()
