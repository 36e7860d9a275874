"""Drafts, labels, threads, groups and aliases, confidential mode, and the watch that tells Pub/Sub."""

import base64
import json

import pytest
from googleapiclient.errors import HttpError

TOPIC = "projects/cedar-valley-sim/topics/gmail"
SUBSCRIPTION = "projects/cedar-valley-sim/subscriptions/heed"


@pytest.fixture
def box(office):
    """A mailbox that is used by nobody else here, as (client, address, baseline)."""
    number = getattr(office, "used_more", 0)
    office.used_more = number + 1
    email = office.students[number]
    users = office.client("gmail", email).users()
    return users, email, users.getProfile(userId="me").execute()["historyId"]


def _kinds(users, start, **options):
    records = users.history().list(userId="me", startHistoryId=start, **options).execute().get("history", [])
    return [
        next(name for name in record if name.startswith(("messages", "labels")) and name != "messages")
        for record in records
    ]


def test_a_draft_that_is_saved_again_is_another_message_and_sending_takes_it_away(office, box):
    users, email, start = box
    other = office.students[-1]
    first = office.control.do("draft", mailbox=email, to=[other], subject="Hi", text="one")
    second = office.control.do("draft", mailbox=email, id=first["draft"], to=[other], subject="Hi", text="two")
    assert first["draft"] == second["draft"]
    assert first["id"] != second["id"]
    listed = users.drafts().list(userId="me").execute()["drafts"]
    assert [(found["id"], found["message"]["id"]) for found in listed] == [(second["draft"], second["id"])]
    got = users.drafts().get(userId="me", id=second["draft"]).execute()
    assert got["message"]["labelIds"] == ["DRAFT"]
    sent = office.control.do("draft", mailbox=email, id=second["draft"], send=True)["copies"]
    assert {copy["mailbox"] for copy in sent} == {email, other}
    assert "drafts" not in users.drafts().list(userId="me").execute()
    expected = ["messagesAdded", "messagesDeleted", "messagesAdded", "messagesDeleted", "messagesAdded"]
    assert _kinds(users, start) == expected


def test_a_discarded_draft_is_gone(office, box):
    users, email, _ = box
    made = office.control.do("draft", mailbox=email, to=[], subject="", text="never sent")
    office.control.do("draft", mailbox=email, id=made["draft"], discard=True)
    for call in (users.drafts().get(userId="me", id=made["draft"]), users.messages().get(userId="me", id=made["id"])):
        with pytest.raises(HttpError) as refused:
            call.execute()
        assert refused.value.status_code == 404


def test_labels_of_ones_own_have_ids_and_their_coming_and_going_is_history(office, box):
    users, email, start = box
    copy = office.control.mail("x@outside.example", email, "Club", "x")["copies"][0]
    office.control.do("label_message", mailbox=email, id=copy["id"], add=["Student press"])
    labels = {label["name"]: label for label in users.labels().list(userId="me").execute()["labels"]}
    mine = labels["Student press"]
    assert (mine["type"], labels["SPAM"]["type"]) == ("user", "system")
    assert users.messages().get(userId="me", id=copy["id"]).execute()["labelIds"][-1] == mine["id"]
    listed = users.messages().list(userId="me", labelIds=[mine["id"]]).execute()["messages"]
    assert [found["id"] for found in listed] == [copy["id"]]
    assert users.labels().get(userId="me", id=mine["id"]).execute()["messagesTotal"] == 1
    office.control.do("label_message", mailbox=email, id=copy["id"], remove=["Student press"])
    assert _kinds(users, start) == ["messagesAdded", "labelsAdded", "labelsRemoved"]
    assert _kinds(users, start, historyTypes=["labelAdded"]) == ["labelsAdded"]


def test_a_thread_holds_a_mail_and_its_answer(office, box):
    users, email, _ = box
    first = office.control.mail("x@outside.example", email, "Trip", "When?")
    office.control.mail(email, "x@outside.example", "Re: Trip", "Friday", in_reply_to=first["message_id"])
    thread = first["copies"][0]["thread_id"]
    assert thread in [found["id"] for found in users.threads().list(userId="me").execute()["threads"]]
    got = users.threads().get(userId="me", id=thread).execute()
    assert [message["labelIds"][-1] for message in got["messages"]] == ["INBOX", "SENT"]


def test_mail_to_an_alias_or_a_group_reaches_the_mailboxes_behind_it(office, box):
    _, email, _ = box
    other = office.students[-2]
    alias, inner, outer = (f"{name}.{email}" for name in ("nick", "inner", "outer"))
    office.control.do("set_user", email=email, aliases=[alias])
    office.control.do("group", email=inner, members=[other, outer])
    office.control.do("group", email=outer, members=[inner, email, "guest@outside.example"])
    copies = office.control.mail("x@outside.example", alias, "Hi", "x")["copies"]
    assert [copy["mailbox"] for copy in copies] == [email]
    copies = office.control.mail("x@outside.example", outer, "All", "x")["copies"]
    assert {copy["mailbox"] for copy in copies} == {email, other}


def test_confidential_mail_is_a_notice_for_its_recipient_and_has_its_text_for_the_sender(office, box):
    users, email, _ = box
    other = office.students[-3]
    sent = office.control.mail(other, email, "Between us", "the words themselves", confidential=True)["copies"]
    copies = {copy["mailbox"]: copy["id"] for copy in sent}
    got = users.messages().get(userId="me", id=copies[email], format="raw").execute()
    raw = base64.urlsafe_b64decode(got["raw"])
    assert b"X-Gm-Locker" in raw
    assert b"confidential-mail.google.com" in raw
    assert b"the words themselves" not in raw
    own = office.client("gmail", other).users().messages().get(userId="me", id=copies[other], format="raw").execute()
    assert b"the words themselves" in base64.urlsafe_b64decode(own["raw"])


def test_history_is_forgotten_after_about_a_week(run_office):
    office = run_office(seed=11)
    email = office.students[0]
    users = office.client("gmail", email).users()
    start = users.getProfile(userId="me").execute()["historyId"]
    office.control.do("move_clock", seconds=20 * 86_400)
    office.sessions.clear()
    office.clients.clear()
    users = office.client("gmail", email).users()
    assert _kinds(users, start) == []  # nothing happened, so nothing was forgotten
    office.control.mail("x@outside.example", email, "Hi", "x")
    office.control.do("move_clock", seconds=9 * 86_400)
    office.sessions.clear()
    office.clients.clear()
    with pytest.raises(HttpError) as refused:
        _kinds(office.client("gmail", email).users(), start)
    assert refused.value.status_code == 404


def _pulled(service):
    subscriptions = service.projects().subscriptions()
    answer = subscriptions.pull(subscription=SUBSCRIPTION, body={"maxMessages": 10}).execute()
    return subscriptions, answer.get("receivedMessages", [])


def test_a_watched_mailbox_tells_pubsub_until_it_is_acknowledged(office, box):
    users, email, _ = box
    service = office.client("pubsub", None)
    answer = users.watch(userId="me", body={"topicName": TOPIC, "labelIds": ["INBOX"]}).execute()
    assert int(answer["expiration"]) > 0
    office.control.mail("x@outside.example", email, "Hi", "x")
    subscriptions, found = _pulled(service)
    told = json.loads(base64.b64decode(found[0]["message"]["data"]))
    assert told["emailAddress"] == email
    assert _kinds(users, answer["historyId"]) == ["messagesAdded"]
    assert _pulled(service)[1] == []  # delivered, within its deadline
    office.control.do("move_clock", seconds=61)
    subscriptions, again = _pulled(service)
    assert [entry["message"]["messageId"] for entry in again] == [found[0]["message"]["messageId"]]
    acks = [entry["ackId"] for entry in again]
    subscriptions.acknowledge(subscription=SUBSCRIPTION, body={"ackIds": acks}).execute()
    office.control.do("move_clock", seconds=61)
    assert _pulled(service)[1] == []
    users.stop(userId="me").execute()
    office.control.mail("x@outside.example", email, "Hi", "x")
    assert _pulled(service)[1] == []


def test_a_topic_that_gmail_may_not_publish_to_is_refused(office, box):
    users, _, _ = box
    topic = "projects/cedar-valley-sim/topics/closed"
    office.control.do("topic", name=topic, allowed=False)
    for name, status in [(topic, 403), (topic + "d", 403), ("gmail", 400)]:
        with pytest.raises(HttpError) as refused:
            users.watch(userId="me", body={"topicName": name}).execute()
        assert refused.value.status_code == status
