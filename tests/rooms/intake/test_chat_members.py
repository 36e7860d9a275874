"""Who is in a conversation: somebody who joins, somebody who slept for long, and a reader who lost access."""

from monitor.calendars.apply import apply_breaks
from monitor.domain.district import BreakSpec
from monitor.domain.reading import ExemptionSpec
from monitor.domain.source import Source
from monitor.intake.chat_sync import due_spaces, poll_space
from monitor.intake.models import ChatSpace, Item
from monitor.intake.poll import PollState, poll_account
from monitor.lib import clock
from monitor.roster.exemptions import apply_exemptions
from tests.rooms.intake.test_chat_intake import HOUR, OUTSIDER, Talk, chatting, read, scored

__all__ = ["chatting"]  # the fixture


def test_somebody_who_joins_a_talk_with_an_exempt_person_is_heard_at_once(chatting):
    one, two, three = chatting.addresses[:3]
    apply_exemptions([ExemptionSpec("address", two, "speaks for others")], actor="command")
    group = Talk(chatting, one, two)
    group.say(one, "only for you")
    read(chatting)
    chatting.control.do("space", id=group.id, members=[one, two, three])
    group.say(one, "for all of you")
    ChatSpace.objects.update(next_poll_at=None)
    read(chatting)
    assert scored() == ["for all of you"]


def test_what_was_said_to_somebody_before_their_break_is_read_after_it(chatting):
    one = chatting.account(0)
    other = next(chatting.account(n) for n in range(1, 6) if chatting.account(n).site != one.site)
    start = clock.now() + HOUR
    with chatting.at(start):
        Talk(chatting, OUTSIDER, one.address, other.address).say(OUTSIDER, "to both of you")
        apply_breaks([BreakSpec(other.site.code, "Break", start + HOUR, start + 200 * HOUR)], actor="command")
        read(chatting, 0)
        assert scored() == ["to both of you"]
    with chatting.at(start + 100 * HOUR):
        ChatSpace.objects.update(next_poll_at=None)
        assert sum(poll_space(pk) for pk in due_spaces(10)) == 0
    with chatting.at(start + 201 * HOUR):
        read(chatting)
        assert scored() == ["to both of you"]
    assert set(Item.objects.values_list("account", flat=True)) == {one.pk, other.pk}


def test_another_member_reads_where_the_reader_lost_access(chatting):
    one, two = chatting.addresses[:2]
    talk = Talk(chatting, one, two)
    talk.say(one, "hello")
    read(chatting)
    assert ChatSpace.objects.get().reader == chatting.account(0)
    chatting.control.do("revoke", subject=one)
    talk.say(two, "are you there?")
    ChatSpace.objects.update(next_poll_at=None)
    (pk,) = due_spaces(10)
    assert poll_space(pk) == 0
    assert poll_account(chatting.account(0), Source.CHAT).state is PollState.FAILED
    ChatSpace.objects.update(next_poll_at=None)
    assert poll_space(pk) == 1
    assert ChatSpace.objects.get().reader == chatting.account(1)
