"""Chat: whose conversations are listed, messages by time, what deletion leaves, who may read."""

from datetime import UTC, datetime, timedelta

import pytest
from googleapiclient.errors import HttpError

from monitor.simulator.chat_state import Chat


@pytest.fixture
def talk(office):
    """A named space of two people, as (space id, two addresses, somebody else's address)."""
    one, two, three = office.students[:3]
    made = office.control.do("space", name="Yearbook team", members=[one, two])
    return made["id"], one, two, three


def _messages(office, email, space, **options):
    messages = office.client("chat", email).spaces().messages()
    request, found = messages.list(parent=f"spaces/{space}", **options), []
    while request is not None:
        answer = request.execute()
        found += answer.get("messages", [])
        request = messages.list_next(request, answer)
    return found


def test_a_person_lists_their_own_conversations_by_kind(office, talk):
    space, one, two, three = talk
    direct = office.control.do("space", kind="DIRECT_MESSAGE", members=[one, three])["id"]
    group = office.control.do("space", kind="GROUP_CHAT", members=[one, two, three])["id"]
    again = office.control.do("space", kind="DIRECT_MESSAGE", members=[three, one])["id"]
    assert again == direct

    def listed(email, **options):
        found = office.client("spaces", email).spaces().list(**options).execute().get("spaces", [])
        return {entry["name"].removeprefix("spaces/"): entry["spaceType"] for entry in found}

    assert direct not in listed(one)  # nobody has said anything yet
    for place in (direct, group):
        office.control.do("say", space=place, sender=one, text="hi")
    mine = listed(one)
    assert (mine[space], mine[direct], mine[group]) == ("SPACE", "DIRECT_MESSAGE", "GROUP_CHAT")
    assert space not in listed(three)
    kinds = listed(one, filter='spaceType = "DIRECT_MESSAGE" OR spaceType = "GROUP_CHAT"')
    assert (space in kinds, {direct, group} <= set(kinds)) == (False, True)


def test_messages_are_windowed_by_time_and_paged(office, talk):
    space, one, two, _ = talk
    times = []
    for number in range(5):
        office.control.do("move_clock", seconds=10)
        office.control.do("say", space=space, sender=(one, two)[number % 2], text=f"line {number}")
        times.append(_messages(office, one, space)[-1]["createTime"])
    texts = [found["text"] for found in _messages(office, two, space, pageSize=2)]
    assert texts == [f"line {number}" for number in range(5)]
    window = f'createTime > "{times[0]}" AND createTime < "{times[3]}"'
    assert [found["text"] for found in _messages(office, one, space, filter=window)] == ["line 1", "line 2"]
    newest = _messages(office, one, space, orderBy="createTime DESC")[0]
    assert newest["createTime"] == times[4]
    users = office.client("directory").users()
    assert newest["sender"]["name"] == f"users/{users.get(userKey=one).execute()['id']}"


def test_a_thread_is_read_by_its_name(office, talk):
    space, one, two, _ = talk
    first = office.control.do("say", space=space, sender=one, text="Which cover?")
    office.control.do("say", space=space, sender=two, text="another topic")
    office.control.do("say", space=space, sender=two, text="The blue one", thread=first["thread"])
    name = f"thread.name = spaces/{space}/threads/{first['thread']}"
    found = _messages(office, one, space, filter=name)
    assert [(entry["text"], entry["threadReply"]) for entry in found] == [
        ("Which cover?", False),
        ("The blue one", True),
    ]


def test_an_edited_message_says_when_and_a_deleted_one_is_a_tombstone(office, talk):
    space, one, _, _ = talk
    edited = office.control.do("say", space=space, sender=one, text="a typo")["id"]
    gone = office.control.do("say", space=space, sender=one, text="regretted")["id"]
    office.control.do("change_message", space=space, id=edited, text="no typo")
    office.control.do("change_message", space=space, id=gone, delete=True)
    found = {entry["name"].rpartition("/")[2]: entry for entry in _messages(office, one, space, showDeleted=True)}
    assert found[edited]["text"] == "no typo"
    assert found[edited]["lastUpdateTime"] > found[edited]["createTime"]
    assert "text" not in found[gone]
    assert found[gone]["deleteTime"]
    assert gone not in [entry["name"].rpartition("/")[2] for entry in _messages(office, one, space)]


def test_two_edits_bear_two_times_even_while_the_clock_stands(office, talk):
    space, one, _, _ = talk
    office.control.do("move_clock", rate=0.0)
    edited = office.control.do("say", space=space, sender=one, text="a typo")["id"]
    times = []
    for text in ("no typo", "no typo at all"):
        office.control.do("change_message", space=space, id=edited, text=text)
        found = {entry["name"].rpartition("/")[2]: entry for entry in _messages(office, one, space)}
        times.append(found[edited]["lastUpdateTime"])
    assert found[edited]["createTime"] < times[0] < times[1]


def test_an_attachment_is_downloaded_by_its_name(office, talk):
    space, one, two, _ = talk
    notes = {"filename": "notes.txt", "mime_type": "text/plain", "text": "chapter one"}
    office.control.do("say", space=space, sender=one, text="see", attachments=[notes])
    attachment = _messages(office, two, space)[-1]["attachment"][0]
    name = attachment["attachmentDataRef"]["resourceName"]
    content = office.client("chat", two).media().download_media(resourceName=name).execute()
    assert (attachment["contentName"], content) == ("notes.txt", b"chapter one")


def test_only_members_read_and_administrators_see_members_but_no_messages(office, talk):
    space, one, two, three = talk
    for email in (three, "heed-admin@cedarvalley.example"):
        with pytest.raises(HttpError) as refused:
            _messages(office, email, space)
        assert refused.value.status_code == 403
        assert b'"errors"' not in refused.value.content
    members = office.client("members", one).spaces().members().list(parent=f"spaces/{space}").execute()
    assert len(members["memberships"]) == 2
    office.control.do("space", id=space, members=[one])
    with pytest.raises(HttpError) as refused:
        _messages(office, two, space)
    assert refused.value.status_code == 403


@pytest.mark.parametrize("text", ['createTime >= "2026-01-01T00:00:00Z"', 'createTime > "yesterday"', "text = x"])
def test_a_filter_that_chat_does_not_know_is_refused(office, talk, text):
    space, one, _, _ = talk
    with pytest.raises(HttpError) as refused:
        _messages(office, one, space, filter=text)
    assert refused.value.status_code == 400


def test_without_history_a_message_stays_for_a_day(office):
    one, two = office.students[:2]
    space = office.control.do("space", kind="GROUP_CHAT", members=[one, two], history=False)["id"]
    office.control.do("say", space=space, sender=one, text="not kept")
    assert [found["text"] for found in _messages(office, two, space)] == ["not kept"]
    office.control.do("move_clock", seconds=86_400)
    assert _messages(office, two, space) == []


def test_messages_keep_their_order_when_the_machines_clock_steps_back():
    chat = Chat(seed=1)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    space = chat.open("SPACE", "band", ["a@oak.example"], noon)
    said = [
        chat.say(space, "a@oak.example", text, noon - timedelta(seconds=n))
        for n, text in enumerate(["one", "two", "three"])
    ]
    assert [one.created for one in said] == sorted({one.created for one in said})
