"""Gmail's semantics: two copies of a mail, history with gaps, four formats, exact bytes."""

import base64

import pytest
from googleapiclient.errors import HttpError

NESTED = b"\r\n".join(
    [
        b"From: A <a@outside.example>",
        b"To: b@cedarvalley.example",
        b"Subject: =?utf-8?q?Caf=C3=A9_plans?=",
        b"Message-ID: <nested-1@outside.example>",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="x"',
        b"",
        b"--x",
        b"Content-Type: text/plain; charset=iso-8859-1",
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        b"See you at the caf=E9 & bring <notes>.",
        b"--x",
        b"Content-Type: text/plain",
        b'Content-Disposition: attachment; filename="notes.txt"',
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.b64encode(b"chapter one"),
        b"--x",
        b"Content-Type: message/rfc822",
        b"",
        b"Subject: inner",
        b"",
        b"inner text",
        b"--x--",
        b"",
    ]
)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)


@pytest.fixture
def box(office):
    """A mailbox that is used by nobody else in this module so far, as (client, address, baseline)."""
    number = getattr(office, "used", 0)
    office.used = number + 1
    email = office.students[number]
    users = office.client("gmail", email).users()
    return users, email, users.getProfile(userId="me").execute()["historyId"]


def test_a_mail_between_students_lies_in_both_mailboxes_under_different_ids(office, box):
    users, email, start = box
    other = office.students[-1]
    copies = {found["mailbox"]: found for found in office.control.mail(other, email, "Hi", "Hello")["copies"]}
    assert set(copies) == {other, email}
    assert copies[other]["id"] != copies[email]["id"]
    record = users.history().list(userId="me", startHistoryId=start).execute()["history"][0]
    assert record["messagesAdded"][0]["message"]["labelIds"] == ["UNREAD", "INBOX"]
    sent = office.client("gmail", other).users().messages()
    assert sent.get(userId="me", id=copies[other]["id"], format="minimal").execute()["labelIds"] == ["SENT"]


def test_a_mail_to_oneself_is_one_message_with_both_labels(office, box):
    _, email, _ = box
    copies = office.control.mail(email, email, "Note", "to self")["copies"]
    assert len(copies) == 1


def test_raw_is_the_exact_bytes_and_full_is_their_tree(office, box):
    users, email, _ = box
    raw = base64.b64encode(NESTED).decode()
    identity = office.control.do("deliver", raw=raw, recipients=[email])["copies"][0]["id"]
    messages = users.messages()
    assert _bytes(messages.get(userId="me", id=identity, format="raw").execute()["raw"]) == NESTED
    full = messages.get(userId="me", id=identity).execute()
    assert full["sizeEstimate"] == len(NESTED)
    assert full["snippet"] == "See you at the café &amp; bring &lt;notes&gt;."
    headers = {header["name"]: header["value"] for header in full["payload"]["headers"]}
    assert headers["Subject"] == "Café plans"
    text, notes, inner = full["payload"]["parts"]
    assert (text["partId"], _bytes(text["body"]["data"]).decode().strip()) == (
        "0",
        "See you at the café & bring <notes>.",
    )
    assert (notes["filename"], notes["mimeType"]) == ("notes.txt", "text/plain")
    assert "data" not in notes["body"]
    assert inner["parts"][0]["partId"] == "2.0"
    found = messages.attachments().get(userId="me", messageId=identity, id=notes["body"]["attachmentId"]).execute()
    assert _bytes(found["data"]) == b"chapter one"


def test_metadata_has_the_wanted_headers_and_no_body(office, box):
    users, email, _ = box
    identity = office.control.mail("coach@club.example", email, "Practice", "At four")["copies"][0]["id"]
    found = (
        users.messages().get(userId="me", id=identity, format="metadata", metadataHeaders=["subject", "From"]).execute()
    )
    assert {header["name"] for header in found["payload"]["headers"]} == {"Subject", "From"}
    assert "body" not in found["payload"]
    assert "raw" not in found


def test_an_unknown_attachment_is_refused(office, box):
    users, email, _ = box
    identity = office.control.mail("a@b.example", email, "x", "y")["copies"][0]["id"]
    with pytest.raises(HttpError) as refused:
        users.messages().attachments().get(userId="me", messageId=identity, id="ANGjdJnope").execute()
    assert refused.value.status_code == 400


def test_history_ids_rise_with_gaps_and_an_idle_mailbox_answers_with_its_id_alone(office, box):
    users, email, start = box
    assert users.history().list(userId="me", startHistoryId=start).execute() == {"historyId": start}
    for number in range(12):
        office.control.mail("a@b.example", email, f"n{number}", "text")
    answer = users.history().list(userId="me", startHistoryId=start).execute()
    ids = [int(record["id"]) for record in answer["history"]]
    assert ids == sorted(set(ids))
    assert ids[-1] - ids[0] > len(ids)
    assert int(answer["historyId"]) == ids[-1]


def test_history_pages_hold_every_record_once(office, box):
    users, email, start = box
    sent = [office.control.mail("a@b.example", email, f"n{n}", "text")["copies"][0]["id"] for n in range(7)]
    request, found, pages = users.history().list(userId="me", startHistoryId=start, maxResults=3), [], 0
    while request is not None:
        answer = request.execute()
        pages += 1
        found += [record["messages"][0]["id"] for record in answer["history"]]
        request = users.history().list_next(request, answer)
    assert (found, pages) == (sent, 3)


def test_history_can_be_asked_for_kinds_and_labels(office, box):
    users, email, start = box
    first = office.control.mail("a@b.example", email, "one", "text")["copies"][0]["id"]
    second = office.control.mail("a@b.example", email, "two", "text", labels=["SPAM"])["copies"][0]["id"]
    office.control.do("label_message", mailbox=email, id=first, add=["STARRED"], remove=["UNREAD"])
    office.control.do("delete_message", mailbox=email, id=second)

    def kinds(**options):
        records = users.history().list(userId="me", startHistoryId=start, **options).execute().get("history", [])
        return [key for record in records for key in record if key not in ("id", "messages")]

    assert kinds() == ["messagesAdded", "messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted"]
    assert kinds(historyTypes=["messageAdded", "messageDeleted"]) == [
        "messagesAdded",
        "messagesAdded",
        "messagesDeleted",
    ]
    assert kinds(labelId="INBOX") == ["messagesAdded", "labelsAdded", "labelsRemoved"]


def test_a_deleted_message_is_gone_but_its_arrival_stays_in_the_history(office, box):
    users, email, start = box
    identity = office.control.mail("a@b.example", email, "gone", "text")["copies"][0]["id"]
    office.control.do("delete_message", mailbox=email, id=identity)
    with pytest.raises(HttpError) as refused:
        users.messages().get(userId="me", id=identity).execute()
    assert (refused.value.status_code, refused.value.reason) == (404, "Requested entity was not found.")
    records = users.history().list(userId="me", startHistoryId=start).execute()["history"]
    assert "messagesAdded" in records[0]
    assert "messagesDeleted" in records[1]


@pytest.mark.parametrize("start", ["0", "1", "18446744073709551615"])
def test_a_history_id_that_was_never_valid_is_a_404(office, start):
    users = office.client("gmail", office.students[0]).users()
    with pytest.raises(HttpError) as refused:
        users.history().list(userId="me", startHistoryId=start).execute()
    assert refused.value.status_code == 404
    assert refused.value.error_details[0]["reason"] == "notFound"


def test_an_expired_history_id_is_a_404_and_a_fresh_one_works(office, box):
    users, email, start = box
    office.control.do("expire_history", mailbox=email)
    with pytest.raises(HttpError) as refused:
        users.history().list(userId="me", startHistoryId=start).execute()
    assert refused.value.status_code == 404
    fresh = users.getProfile(userId="me").execute()["historyId"]
    office.control.mail("a@b.example", email, "after", "text")
    assert len(users.history().list(userId="me", startHistoryId=fresh).execute()["history"]) == 1


def test_messages_are_listed_newest_first_in_pages_and_by_search(office, box):
    users, email, _ = box
    for hour in range(5):
        office.control.mail("a@b.example", email, f"h{hour}", "x", date=f"2026-09-01T0{hour}:00:00+00:00")
    office.control.mail("a@b.example", email, "junk", "x", labels=["SPAM"])

    def subjects(**options):
        request, found = users.messages().list(userId="me", maxResults=2, **options), []
        while request is not None:
            answer = request.execute()
            found += [message["id"] for message in answer.get("messages", [])]
            request = users.messages().list_next(request, answer)
        fetched = [users.messages().get(userId="me", id=identity).execute() for identity in found]
        return [
            next(header["value"] for header in message["payload"]["headers"] if header["name"] == "Subject")
            for message in fetched
        ]

    start = 1788220800
    assert subjects() == ["h4", "h3", "h2", "h1", "h0"]
    assert subjects(q=f"after:{start + 3600} before:{start + 4 * 3600}") == ["h3", "h2", "h1"]
    assert subjects(labelIds=["SPAM"]) == ["junk"]
    assert subjects(includeSpamTrash=True) == ["junk", "h4", "h3", "h2", "h1", "h0"]
    assert subjects(q="in:anywhere after:2026/09/02") == ["junk"]


def test_a_reply_joins_the_thread_of_what_it_answers(office, box):
    _, email, _ = box
    first = office.control.mail("a@b.example", email, "Plan", "x", message_id="<plan@b.example>")["copies"][0]
    reply = office.control.mail("a@b.example", email, "Re: Plan", "y", in_reply_to="<plan@b.example>")["copies"][0]
    other = office.control.mail("a@b.example", email, "Plan", "z")["copies"][0]
    assert reply["thread_id"] == first["thread_id"] != other["thread_id"]


def test_fields_cut_the_answer_down(office, box):
    users, email, start = box
    office.control.mail("a@b.example", email, "x", "y")
    answer = (
        users.history().list(userId="me", startHistoryId=start, fields="historyId,history(messages/threadId)").execute()
    )
    assert set(answer) == {"historyId", "history"}
    assert set(answer["history"][0]["messages"][0]) == {"threadId"}
