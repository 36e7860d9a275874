"""Google Chat with a share of its calls failing: the same is scored."""

from monitor.domain.source import Source
from monitor.intake.chat_sync import due_spaces, poll_space
from monitor.intake.models import ChatSpace, Cursor, Item, ItemState
from monitor.intake.poll import poll_account
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.intake.test_chat_intake import Talk, chatting, scored

__all__ = ["chatting"]  # the fixture

FAULTS = [
    {"kind": kind, "match": match, "probability": share}
    for kind, match, share in (
        ("429", "chat", 0.1),
        ("503", "chat", 0.1),
        ("reset", "chat", 0.05),
        ("truncated", "chat", 0.05),
        ("duplicate", "chat.*list", 0.2),
        ("shuffle", "chat.*list", 0.2),
    )
]


def test_with_faults_the_same_is_scored(chatting):
    talk = Talk(chatting, *chatting.addresses[:3])
    lines = [f"line {number}" for number in range(12)]
    for number, line in enumerate(lines):
        talk.say(chatting.addresses[number % 3], line)
    chatting.control.do("faults", rules=FAULTS)
    classifier = MarkerClassifier()
    for _ in range(10):
        Cursor.objects.update(next_poll_at=None)
        ChatSpace.objects.update(next_poll_at=None)
        Item.objects.update(not_before=None)
        for number in range(3):
            poll_account(chatting.account(number), Source.CHAT)
        for pk in due_spaces(10):
            poll_space(pk)
        scored(classifier)
        if Item.objects.filter(state=ItemState.SCORED).count() == len(lines):
            break
    assert Item.objects.count() == len(lines)
    assert sorted(text for text in classifier.texts if "\n" not in text) == sorted(lines)
    assert max(classifier.texts, key=len) == "\n".join(lines[2:])
