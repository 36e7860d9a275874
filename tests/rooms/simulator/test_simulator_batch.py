"""Batches: the real client's batches work, each part is a call of its own, and wrong ones are refused."""

import pytest
from googleapiclient.http import BatchHttpRequest


def _parts(count, path="/gmail/v1/users/me/profile"):
    part = f"--b\r\nContent-Type: application/http\r\nContent-ID: <i+%d>\r\n\r\nGET {path} HTTP/1.1\r\n\r\n\r\n"
    return ("".join(part % number for number in range(count)) + "--b--").encode()


def _send(office, body, path="/batch/gmail/v1", kind="multipart/mixed; boundary=b"):
    token = office.token("gmail.readonly", office.students[0])
    return office.fetch(path, token, data=body, Content_Type=kind)[:2]


def test_a_batch_of_messages_answers_each_part_and_one_missing_fails_alone(office):
    email = office.students[0]
    service = office.client("gmail", email)
    sent = [office.control.mail("a@b.example", email, f"s{n}", "x")["copies"][0]["id"] for n in range(3)]
    answers = {}
    batch = BatchHttpRequest(
        callback=lambda name, answer, error: answers.update({name: answer or error}),
        batch_uri=office.simulation.endpoint + "/batch/gmail/v1",
    )
    for identity in [*sent, "1234567890abcdef"]:
        batch.add(service.users().messages().get(userId="me", id=identity, format="raw"), request_id=identity)
    office.control.calls(reset=True)
    batch.execute()
    assert [answers[identity]["id"] for identity in sent] == sent
    assert answers["1234567890abcdef"].status_code == 404
    entries = [entry for entry in office.control.calls() if entry["method"] == "gmail.users.messages.get"]
    assert [(entry["item"], entry["status"], entry["batch"]) for entry in entries] == [
        *((identity, 200, True) for identity in sent),
        ("1234567890abcdef", 404, True),
    ]


def test_a_batch_can_speak_for_several_subjects_and_for_drive_and_directory(office):
    answers = []
    batch = BatchHttpRequest(
        callback=lambda name, answer, error: answers.append(error or answer),
        batch_uri=office.simulation.endpoint + "/batch/drive/v3",
    )
    for email in office.students[:2]:
        batch.add(office.client("drive", email).changes().getStartPageToken())
    batch.execute()
    tokens = [
        office.client("drive", email).changes().getStartPageToken().execute()["startPageToken"]
        for email in office.students[:2]
    ]
    assert [answer["startPageToken"] for answer in answers] == tokens
    people = []
    batch = BatchHttpRequest(
        callback=lambda name, answer, error: people.append(error or answer),
        batch_uri=office.simulation.endpoint + "/batch/admin/directory_v1",
    )
    batch.add(office.client("directory").users().list(customer="my_customer"))
    batch.execute()
    assert people[0]["kind"] == "admin#directory#users"


def test_a_hundred_calls_are_taken_and_one_more_is_refused(office):
    assert _send(office, _parts(100))[0] == 200
    status, body = _send(office, _parts(101))
    assert status == 400
    assert "101" in body["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_parts(1), "application/json"),
        (b"", "multipart/mixed; boundary=b"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nGET /x HTTP/1.1\r\n--b--", "multipart/mixed; boundary=b"),
        (_parts(1, "/drive/v3/files"), "multipart/mixed; boundary=b"),
        (_parts(1, "https://elsewhere.example/"), "multipart/mixed; boundary=b"),
    ],
)
def test_a_malformed_batch_is_refused(office, body, kind):
    assert _send(office, body, kind=kind)[0] == 400


def test_downloads_do_not_travel_in_batches(office):
    file = office.control.write_file(office.students[0], "D", "x")["id"]
    path = f"/drive/v3/files/{file}/export?mimeType=text/plain"
    token = office.token("drive.readonly", office.students[0])
    status, body, _ = office.fetch(
        "/batch/drive/v3", token, data=_parts(1, path), Content_Type="multipart/mixed; boundary=b"
    )
    assert status == 200
    assert b"400 Bad Request" in body
