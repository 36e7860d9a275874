"""Google Chat: every conversation once, every word for who said it, breaks and edits, and what it costs."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.calendars.apply import apply_breaks
from monitor.detection.models import Finding
from monitor.domain.district import BreakSpec
from monitor.domain.reading import ExemptionSpec
from monitor.domain.source import Source
from monitor.intake.activity import CHAT_STREAM, read_activity
from monitor.intake.chat_sync import due_spaces, forget_words, poll_space
from monitor.intake.models import ActivityStream, ChatMember, ChatPerson, ChatSpace, Cursor, Item, ItemState, TextMemory
from monitor.intake.poll import PollState, due_cursors, poll_account
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from monitor.roster.models import District, Exemption
from tests.rooms.detection.marker import MarkerClassifier, score_all

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTSIDER = "pal@elsewhere.example"


class Talk:
    """A conversation in the simulated Chat."""

    def __init__(self, watched, *members: str, kind: str = "GROUP_CHAT", name: str = "") -> None:
        self.control = watched.control
        self.id = self.control.do("space", kind=kind, members=list(members), name=name)["id"]

    def say(self, sender: str, text: str, **more) -> dict:
        return self.control.do("say", space=self.id, sender=sender, text=text, **more)

    def change(self, message: dict, **what) -> None:
        self.control.do("change_message", space=self.id, id=message["id"], **what)


def list_spaces(watched, *numbers: int) -> None:
    for number in numbers or range(6):
        assert poll_account(watched.account(number), Source.CHAT).state is PollState.READ


def read(watched, *numbers: int) -> int:
    """Let the members list what they are in, and read every conversation that is due; how many rows are new."""
    list_spaces(watched, *numbers)
    return sum(poll_space(pk) for pk in due_spaces(100))


def scored(classifier: MarkerClassifier | None = None) -> list[str]:
    classifier = classifier or MarkerClassifier()
    score_all(classifier)
    return classifier.texts


def calls(watched, method: str, status: int = 200) -> int:
    """How often Google answered `method`; a token that ran out with the moved clock is asked for twice."""
    return sum(call["method"] == method and call["status"] == status for call in watched.control.calls())


def _text(finding: Finding) -> str:
    return json.loads(finding.excerpt)["text"]


@pytest.fixture
def chatting(watched):
    """Chat is switched on and every student was contacted once."""
    District.objects.update(reading={"chat": True})
    read(watched)
    assert not ChatSpace.objects.exists()
    return watched


def test_it_is_read_only_where_the_district_switched_it_on(chatting):
    one, two = chatting.addresses[:2]
    Talk(chatting, one, two).say(one, "hi")
    list_spaces(chatting)
    assert len(due_spaces(10)) == 1
    District.objects.update(reading={})
    assert due_spaces(10) == []


@pytest.mark.parametrize("kind", ["SPACE", "GROUP_CHAT", "DIRECT_MESSAGE"])
def test_a_message_between_two_students_is_scored_once_for_its_author(chatting, kind):
    one, two = chatting.addresses[:2]
    Talk(chatting, one, two, kind=kind, name="Band").say(one, "sign-bullying hello")
    assert read(chatting) == 1
    assert scored() == ["sign-bullying hello"]
    item = Item.objects.get()
    assert (item.account, item.direction, item.state) == (chatting.account(0), "written", ItemState.SCORED)
    assert Finding.objects.get().account == chatting.account(0)
    assert read(chatting) == 0
    assert scored() == []


def test_a_conversation_is_scored_as_one_and_no_message_is_new_twice(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    talk.say(one, "see you at band")
    talk.say(two, "maybe")
    talk.say(one, "sign-violence! wait for it")
    read(chatting)
    texts = scored()
    assert max(texts, key=len) == "see you at band\nmaybe\nsign-violence! wait for it"
    assert [texts.count(line) for line in ("see you at band", "maybe", "sign-violence! wait for it")] == [1, 1, 1]
    finding = Finding.objects.get()
    assert finding.account == chatting.account(0)
    assert "This student: see you at band\nAnother student: maybe\nThis student: sign-violence!" in _text(finding)
    talk.say(two, "ok whatever")
    talk.say(one, "just joking")
    read(chatting)
    assert "ok whatever" in scored()[-1]
    assert Finding.objects.count() == 1  # what stands around a new message was reported before


def test_what_another_student_said_is_no_finding_about_this_one(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    talk.say(one, "sign-bullying at you")
    talk.say(two, "please stop")
    read(chatting)
    scored()
    assert [finding.account for finding in Finding.objects.all()] == [chatting.account(0)]


def test_what_somebody_outside_says_to_a_student_is_received_by_the_student(chatting):
    one = chatting.addresses[0]
    talk = Talk(chatting, OUTSIDER, one, kind="DIRECT_MESSAGE")
    talk.say(OUTSIDER, "sign-grooming do not tell anybody")
    talk.say(one, "why")
    talk.say(OUTSIDER, "because")
    assert read(chatting) == 3
    scored()
    finding = Finding.objects.get()
    assert (finding.account, finding.direction) == (chatting.account(0), "received")
    assert ChatPerson.objects.get().is_outside
    assert calls(chatting, "directory.users.get", status=404) == 1


def test_in_a_large_space_the_words_of_others_only_stand_around(chatting, monkeypatch):
    monkeypatch.setattr("monitor.intake.chat_sync.MOST_RECEIVERS", 2)
    talk = Talk(chatting, OUTSIDER, *chatting.addresses[:4], kind="SPACE", name="Everybody")
    talk.say(OUTSIDER, "welcome")
    talk.say(chatting.addresses[0], "thanks")
    assert read(chatting) == 1
    assert scored() == ["welcome\nthanks", "thanks"]
    assert Item.objects.get().account == chatting.account(0)


def test_in_a_space_with_threads_an_answer_stands_with_its_thread(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two, kind="SPACE", name="Yearbook")
    first = talk.say(one, "Which cover?")
    talk.say(two, "Another topic.")
    talk.say(two, "The blue one.", thread=first["thread"])
    read(chatting)
    texts = scored()
    assert "Which cover?\nAnother topic." in texts
    assert "Which cover?\nThe blue one." in texts


def test_nothing_from_before_the_first_contact_is_read(watched):
    District.objects.update(reading={"chat": True})
    one, two = watched.addresses[:2]
    with watched.at(NOON):
        talk = Talk(watched, one, two)
        talk.say(one, "old words")
    with watched.at(NOON + HOUR):
        read(watched)
    with watched.at(NOON + 2 * HOUR):
        talk.say(one, "new words")
        read(watched)
        assert scored() == ["new words"]


def test_what_is_said_first_in_a_new_conversation_counts(chatting):
    one, two = chatting.addresses[:2]
    start = clock.now() + HOUR
    with chatting.at(start):
        Talk(chatting, one, two, kind="DIRECT_MESSAGE").say(one, "first words")
    with chatting.at(start + HOUR):
        read(chatting)
        assert scored() == ["first words"]


def test_an_edit_is_scored_for_what_changed(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    long = "We meet at the gym at eight, bring your instruments and the music that we practised in the last week. " * 3
    message = talk.say(one, f"{long}\nsee you")
    read(chatting)
    scored()
    talk.change(message, text=f"{long}\nsign-bullying see you")
    ChatSpace.objects.update(next_poll_at=None)
    assert read(chatting) == 1
    assert scored() == ["sign-bullying see you"]
    assert Finding.objects.count() == 1
    ChatSpace.objects.update(next_poll_at=None)
    assert read(chatting) == 0
    with clock.standing_at(clock.now() + timedelta(days=4)):
        assert forget_words() == 1
    assert not TextMemory.objects.exists()


def test_an_edit_before_the_message_was_read_takes_its_place(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    message = talk.say(one, "frist")
    read(chatting)
    talk.change(message, text="first")
    ChatSpace.objects.update(next_poll_at=None)
    read(chatting)
    assert scored() == ["first"]
    assert Item.objects.count() == 1


def test_a_message_that_was_deleted_is_counted_and_not_read(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    before = talk.say(one, "gone before it was seen")
    talk.change(before, delete=True)
    seen = talk.say(one, "gone before it was read")
    read(chatting)
    talk.change(seen, delete=True)
    assert scored() == []
    assert list(Item.objects.values_list("state", flat=True)) == [ItemState.GONE] * 2
    ChatSpace.objects.update(next_poll_at=None)
    assert read(chatting) == 0


def test_words_of_a_break_are_never_read_nor_stand_around_later_ones(chatting):
    one, two = chatting.addresses[:2]
    start = clock.now() + HOUR
    chatting.put_to_sleep(start + HOUR, start + 3 * HOUR)
    talk = Talk(chatting, one, two)
    with chatting.at(start):
        early = talk.say(one, "before the break")
        read(chatting)
        assert scored() == ["before the break"]
    with chatting.at(start + 2 * HOUR):
        asked = len(chatting.control.calls())
        late = talk.say(one, "in the break")
        assert poll_account(chatting.account(0), Source.CHAT).state is PollState.ASLEEP
        assert due_spaces(10) == []
        assert len(chatting.control.calls()) == asked
    with chatting.at(start + 4 * HOUR):
        talk.say(one, "after the break")
        talk.change(late, text="in the break, changed")
        talk.change(early, text="before the break, changed perhaps in it")
        read(chatting)
        assert scored() == ["after the break"]  # the first, edited after a break, may hold words of it
    states = list(Item.objects.order_by("id").values_list("state", flat=True))
    assert states.count(ItemState.PARKED) == 1
    assert states.count(ItemState.ASLEEP) == 1
    assert Item.objects.get(state=ItemState.PARKED).reason.startswith("edited after a break")


def test_a_message_belongs_to_the_school_of_its_author(chatting):
    one = chatting.account(0)
    other = next(chatting.account(n) for n in range(1, 6) if chatting.account(n).site != one.site)
    talk = Talk(chatting, one.address, other.address)
    start = clock.now() + HOUR
    apply_breaks([BreakSpec(other.site.code, "Break", start, start + 2 * HOUR)], actor="command")
    with chatting.at(start + HOUR):
        talk.say(other.address, "from the school that sleeps")
        talk.say(one.address, "from the school that is awake")
        for number in range(6):
            poll_account(chatting.account(number), Source.CHAT)
        assert sum(poll_space(pk) for pk in due_spaces(10)) == 2
        assert scored() == ["from the school that is awake"]
    with chatting.at(start + 3 * HOUR):
        read(chatting)
        assert scored() == []
    assert Item.objects.get(account=other).state == ItemState.ASLEEP


def test_an_uploaded_file_is_read_and_one_of_drive_is_left_to_drive(chatting):
    one, two = chatting.addresses[:2]
    content = base64.b64encode(b"sign-violence in a file").decode()
    files = [
        {"filename": "note.txt", "mime_type": "text/plain", "content_base64": content},
        {"filename": "Essay", "mime_type": "application/vnd.google-apps.document", "drive_file": "abc"},
        {"filename": "film.mp4", "mime_type": "video/mp4", "content_base64": content},
    ]
    talk = Talk(chatting, one, two)
    message = talk.say(one, "look", attachments=files)
    read(chatting)
    texts = scored()
    assert "sign-violence in a file" in texts
    assert "Essay" not in texts
    assert (calls(chatting, "chat.media.download"), Item.objects.get().reason) == (1, "1 attachment not read: video")
    assert Finding.objects.get().span_kind == "attachment"
    talk.change(message, text="look here")
    ChatSpace.objects.update(next_poll_at=None)
    read(chatting)
    assert scored() == ["look here"]
    assert calls(chatting, "chat.media.download") == 1


def test_the_next_member_reads_when_the_reader_has_left(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two, OUTSIDER)
    talk.say(one, "hello")
    read(chatting)
    assert ChatSpace.objects.get().reader == chatting.account(0)
    chatting.control.do("space", id=talk.id, members=[two, OUTSIDER])
    talk.say(two, "bye")
    ChatSpace.objects.update(next_poll_at=None)
    (pk,) = due_spaces(10)
    assert poll_space(pk) == 0
    assert due_spaces(10) == [pk]
    assert poll_space(pk) == 1
    assert ChatMember.objects.get().account == chatting.account(1)
    assert sorted(scored())[:2] == ["bye", "hello"]  # what the first wrote is read through the other


def test_an_exempt_person_and_whoever_speaks_only_to_them_are_left_unread(chatting):
    one, two = chatting.addresses[:2]
    apply_exemptions([ExemptionSpec("address", two, "speaks for others")], actor="command")
    private = Talk(chatting, one, two, kind="DIRECT_MESSAGE")
    private.say(one, "only for you")
    private.say(two, "I am listening")
    group = Talk(chatting, one, two, chatting.addresses[2])
    group.say(one, "for both of you")
    group.say(two, "I am here")
    read(chatting)
    assert scored() == ["for both of you"]
    assert Exemption.objects.get().left_out == 3
    ChatSpace.objects.update(next_poll_at=None)
    read(chatting)
    assert Exemption.objects.get().left_out == 3


def test_an_idle_conversation_costs_nothing_and_the_stream_calls_for_an_active_one(chatting):
    one, two, three = chatting.addresses[:3]
    busy, idle = Talk(chatting, one, two), Talk(chatting, one, three)
    busy.say(one, "hi")
    idle.say(one, "hi")
    read_activity()
    assert ActivityStream.objects.get(pk=CHAT_STREAM).error == ""
    read(chatting)
    scored()
    asked = calls(chatting, "chat.spaces.messages.list")
    with chatting.at(clock.now() + 2 * HOUR):
        ActivityStream.objects.update(read_until=clock.now())
        assert due_spaces(10) == due_cursors(Source.CHAT, 10) == []
        busy.say(two, "again")
        new = Talk(chatting, two, three)
        new.say(two, "a new one")
        assert read_activity() >= 2
        assert [ChatSpace.objects.get(pk=pk).space_id for pk in due_spaces(10)] == [busy.id]
        assert due_cursors(Source.CHAT, 10) == [chatting.account(1).pk]
        assert read(chatting, 1) == 2
        assert calls(chatting, "chat.spaces.messages.list") == asked + 2


def test_without_the_stream_lists_and_active_conversations_are_looked_at_by_their_interval(chatting):
    chatting.control.do("revoke", scope="https://www.googleapis.com/auth/admin.reports.audit.readonly")
    one, two = chatting.addresses[:2]
    Talk(chatting, one, two).say(one, "hi")
    read_activity()
    read(chatting)
    with clock.standing_at(clock.now() + HOUR):
        assert len(due_cursors(Source.CHAT, 10)) == 6
        assert len(due_spaces(10)) == 1
    with clock.standing_at(clock.now() + timedelta(days=2)):
        Cursor.objects.update(next_poll_at=None)
        poll_space(ChatSpace.objects.get().pk)
        assert due_spaces(10) == []  # nothing said for a day: a list will name it when something is
