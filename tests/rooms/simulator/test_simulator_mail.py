"""Real mail files: dealt to the mailboxes, delivered after first contact, served byte for byte."""

import base64

import pytest
from google.auth.exceptions import RefreshError

from monitor.simulator import mime

ODD = {
    "plain.eml": b"From: a@b.example\nSubject: hello\n\nline one\nline two\n",
    "crlf": b"From: a@b.example\r\nSubject: hello\r\n\r\nline\r\n",
    "latin.txt": b"From: \xe9\xe8 <a@b.example>\nSubject: caf\xe9 \xff\n"
    b"Content-Type: text/plain; charset=klingon\n\n\xe9\n",
    "empty": b"",
    "no-header": b"just some bytes \x00\xff\xfe without any header at all",
    "bad-boundary": b"Content-Type: multipart/mixed\n\n--x\nContent-Type: text/plain\n\nhi\n",
    "bad-date": b"Date: =?utf-8?b?!!!?=\nTo: @@@<<>\nContent-Type: ;;;\n\nhi",
    "bad-base64": b"Content-Type: application/pdf; name==?x?q?=\nContent-Transfer-Encoding: base64\n\n####",
    "deep": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(120)
    ),
    "sub/encoded": b"Subject: =?utf-8?q?=F0=9F=98=80?= =?nope?q?x?=\nContent-Type: text/html\n\n<p>a &amp; b</p>",
    "mbox": b"From someone Mon Jan  1 00:00:00 2026\nSubject: x\n\nbody\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, content in ODD.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def test_mail_arrives_right_after_the_baseline_and_only_once(run_office, folder):
    office = run_office(mail=folder)
    assert office.control.do("state")["pending_mail"] == len(ODD)
    found = []
    for email in office.students:
        users = office.client("gmail", email).users()
        profile = users.getProfile(userId="me").execute()
        assert profile["messagesTotal"] == 0
        answer = users.history().list(userId="me", startHistoryId=profile["historyId"]).execute()
        for record in answer["history"]:
            message = users.messages().get(userId="me", id=record["messages"][0]["id"], format="raw").execute()
            found.append(base64.urlsafe_b64decode(message["raw"]))
            users.messages().get(userId="me", id=message["id"], format="full").execute()
        again = users.history().list(userId="me", startHistoryId=answer["historyId"]).execute()
        assert "history" not in again
    assert sorted(found) == sorted(ODD.values())
    assert office.control.do("state")["pending_mail"] == 0


def test_a_first_answer_that_was_cut_short_is_no_contact(run_office, folder):
    office = run_office(mail=folder, students=1, faults="kind=truncated,match=getProfile,count=1")
    email = office.students[0]
    office.fetch("/gmail/v1/users/me/profile", office.token("gmail.readonly", email))
    assert office.control.do("state")["pending_mail"] == len(ODD)
    users = office.client("gmail", email).users()
    start = users.getProfile(userId="me").execute()["historyId"]
    assert len(users.history().list(userId="me", startHistoryId=start).execute()["history"]) == len(ODD)


def test_the_delivery_has_the_simulators_time_not_the_headers(run_office, folder):
    office = run_office(mail=folder, students=1)
    office.control.do("move_clock", to="2027-03-01T12:00:00Z")
    users = office.client("gmail", office.students[0]).users()
    start = users.getProfile(userId="me").execute()["historyId"]
    record = users.history().list(userId="me", startHistoryId=start).execute()["history"][0]
    message = users.messages().get(userId="me", id=record["messages"][0]["id"], format="minimal").execute()
    assert 0 <= int(message["internalDate"]) - 1803902400000 < 60_000


def test_a_folder_that_is_missing_or_empty_is_an_error(run_office, tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(RuntimeError, match="did not start"):
            run_office(mail=path)


@pytest.mark.parametrize("name", ODD)
def test_no_mail_is_too_odd_to_be_shown(name):
    tree = mime.payload(ODD[name], "1" * 16)
    assert {"partId", "mimeType", "filename", "headers", "body"} <= set(tree)
    mime.snippet(tree).encode()
    mime.references(mime.headers(ODD[name]))


def test_a_message_of_a_removed_person_is_gone_with_them(run_office):
    office = run_office()
    email = office.students[0]
    identity = office.control.mail("a@b.example", email, "x", "y")["copies"][0]["id"]
    users = office.client("gmail", email).users()
    assert users.messages().get(userId="me", id=identity).execute()
    office.control.do("remove_user", email=email)
    with pytest.raises(RefreshError, match="Invalid email or User ID"):
        users.messages().get(userId="me", id=identity).execute()
