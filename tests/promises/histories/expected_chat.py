"""What should have been scored of Google Chat by the simulated Workspace's own record, held against what was.

A message is its author's, or each hearer's where no student wrote it. Around it stands what was said before it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.intake.chat_spaces import EDITED_WITHIN
from monitor.intake.read_chat import BEFORE, LINES
from monitor.simulator.chat_state import SPACE
from monitor.simulator.player import TEACHER
from tests.promises.histories.history import WORD, History, Scored
from tests.promises.histories.lines import lines_of, read_again


@dataclass
class Message:
    """One message: its texts with their times, and how many membership facts of its conversation came before it."""

    name: str
    author: str
    at: datetime
    texts: list[tuple[datetime, tuple[str, ...]]]
    attached: str
    since: int
    is_gone: bool = False

    @property
    def words(self) -> set[str]:
        """Every word that ever stood in it or hung on it."""
        return {self.attached} - {""} | {word for _, words in self.texts for word in words}

    def born(self, word: str) -> datetime:
        """When a word was first written."""
        return min([at for at, words in self.texts if word in words], default=self.at)

    def is_of_one_talk(self, other: "Message") -> bool:
        """Whether both are of one thread, or both begin threads."""
        thread, _, own = self.name.rpartition("/")[2].partition(".")
        others, _, its_own = other.name.rpartition("/")[2].partition(".")
        return thread == others or (thread == own and others == its_own)


@dataclass
class Talk:
    """A conversation: its kind, who was in it since when, and its messages in the order in which they were sent."""

    kind: str = ""
    members: list[frozenset[str]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def stayed(self, person: str, message: Message) -> bool:
        """Whether somebody was in it from when the message was sent to the end."""
        return all(person in members for members in self.members[message.since - 1 :])

    def is_private(self, message: Message) -> bool:
        """Whether the message was, at some time since, heard by exempt people alone."""
        return self.kind != SPACE and any(
            members - {message.author} <= {TEACHER} for members in self.members[message.since - 1 :]
        )

    def was_always_private(self, author: str) -> bool:
        """Whether nobody but exempt people ever heard what `author` said."""
        return self.kind != SPACE and all(members - {author} <= {TEACHER} for members in self.members)


class Talks:
    """All conversations, from the record."""

    def __init__(self) -> None:
        self.of: dict[str, Talk] = defaultdict(Talk)
        self.messages: dict[str, tuple[Talk, Message]] = {}

    def take(self, fact: dict, attached: dict[tuple[str, str], str]) -> None:
        """Enter one fact of Chat."""
        talk, at = self.of[fact["place"]], datetime.fromisoformat(fact["at"])
        if fact["act"] in ("opened", "members"):
            talk.kind = fact["name"]
            talk.members.append(frozenset(fact["readers"]))
            return
        words = tuple(WORD.findall(fact["text"] or ""))
        if fact["act"] == "sent":
            hanging = attached.get(("chat", fact["item"]), "")
            message = Message(fact["item"], fact["actor"], at, [(at, words)], hanging, len(talk.members))
            talk.messages.append(message)
            self.messages[fact["item"]] = talk, message
        elif fact["act"] == "edited":
            self.messages[fact["item"]][1].texts.append((at, words))
        else:
            self.messages[fact["item"]][1].is_gone = True


def chat_faults(history: History, talks: Talks, given_up: set[tuple[str, str]]) -> Iterator[str]:
    """Each thing that is wrong, in words."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in history.scored:
        if one.key in talks.messages:
            talk, message = talks.messages[one.key]
            yield from _wrong(history, talk, message, one)
            yield from _wrong_around(history, talk, one)
            yield from _missing_around(history, talk, message, one)
            own = [[line for line in lines_of(text) if line in message.words] for text in one.texts]
            yield from read_again(one, own, known[one.address, one.key])
            known[one.address, one.key].update(*own)
            done[one.address, one.key] |= one.words
    for talk, message in talks.messages.values():
        for address in _due_for(history, talk, message):
            missing = _due_words(history, message, address) - done[address, message.name]
            if missing and (address, message.name) not in given_up:
                yield f"never scored for {address}: {sorted(missing)} of {message} in {talk.members}"


def is_out_of_reach(history: History, talks: Talks, key: str) -> bool:
    """Whether a message lies in a conversation in which no student stayed."""
    talk, message = talks.messages[key]
    return not any(talk.stayed(student, message) for student in history.sites)


def _wrong(history: History, talk: Talk, message: Message, one: Scored) -> Iterator[str]:
    is_students = message.author in history.sites
    if message.author == TEACHER:
        yield f"a message of an exempt person scored: {message} {one}"
    if is_students and one.address != message.author:
        yield f"a message scored for another than its author: {message} {one}"
    if not is_students and not any(one.address in members for members in talk.members):
        yield f"a message scored for somebody who never heard it: {message} {one}"
    if is_students and talk.was_always_private(message.author):
        yield f"a message scored that only exempt people heard: {message} {one}"


def _wrong_around(history: History, talk: Talk, one: Scored) -> Iterator[str]:
    """Words of a break or of an exempt person."""
    for other in talk.messages:
        for word in one.words & other.words:
            people = {one.address, other.author} & set(history.sites)
            if any(_is_disturbed(history, person, other.at, other.born(word)) for person in people):
                yield f"a word of a break scored: {word} of {other} in {one}"
            if other.author == TEACHER:
                yield f"a word of an exempt person scored: {word} of {other} in {one}"


def _missing_around(history: History, talk: Talk, message: Message, one: Scored) -> Iterator[str]:
    """What was said before a message and does not stand there; while there are breaks, not everything must."""
    if history.breaks or not one.words & {word for _, words in message.texts for word in words}:
        return
    before = [other for other in talk.messages if message.at - BEFORE < other.at < message.at]
    if talk.kind == SPACE:
        before = [other for other in before if other.is_of_one_talk(message)]
    for other in before[2 - LINES :]:
        is_steady = len(other.texts) == 1 and not other.is_gone and other.author != TEACHER
        heard = any(talk.stayed(student, other) for student in history.sites)
        if is_steady and heard and not other.words & one.words - {other.attached}:
            yield f"a message scored without what was said before it: {other} {message} {one}"


def _due_for(history: History, talk: Talk, message: Message) -> Iterator[str]:
    """For whom a message must have been read."""
    if message.is_gone or message.author == TEACHER or talk.is_private(message):
        return
    stayed = [student for student in history.sites if talk.stayed(student, message)]
    if message.author in history.sites:
        yield from [message.author] if stayed else []
    else:
        yield from stayed


def _due_words(history: History, message: Message, address: str) -> set[str]:
    """The words that stand in it now, unless a break came before its last edit: it is parked then, or left unread."""
    last, words = message.texts[-1]
    if _is_disturbed(history, address, message.at, last):
        return set()
    late = message.at + EDITED_WITHIN - timedelta(minutes=1)
    return {word for word in {*words, message.attached} - {""} if message.born(word) <= late}


def _is_disturbed(history: History, address: str, since: datetime, until: datetime) -> bool:
    """Whether the school of `address` has a break with a part in [since, until]."""
    site = history.sites[address]
    return any(name == site and begins <= until and since < ends for name, begins, ends, _ in history.breaks)
