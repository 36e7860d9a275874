"""What should have been scored, item by item, by the simulated Workspace's own record, held against what was.

Three kinds of words: those that must have been scored, those that must not, and those of which either is right (a
mail deleted before anybody looked, a paragraph overtaken by the next). The last kind is kept as small as possible.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from monitor.intake.chat_people import IN_BREAK as IN_BREAK_OF_CHAT
from monitor.intake.models import Item, ItemState
from monitor.intake.read_file import IN_BREAK
from monitor.simulator.player import OTHER_OUTSIDER
from monitor.simulator.script import ExpireHistory, Revoke
from tests.promises.histories.expected_chat import Talks, chat_faults, is_out_of_reach
from tests.promises.histories.history import WORD, History, Scored
from tests.promises.histories.lines import lines_of, read_again

NEVER_READ = {"SPAM", "TRASH", "Press"}
CONTENT = {
    *("gmail.users.messages.get", "gmail.users.messages.attachments.get", "drive.files.export"),
    *("drive.revisions.get_media", "drive.comments.list", "drive.files.get"),
    *("chat.spaces.messages.list", "chat.spaces.messages.get", "chat.media.download"),
}


@dataclass
class Letter:
    """One copy of a mail in one mailbox; `labels` as they were from each fact's number on."""

    sender: str
    at: datetime
    words: set[str]
    labels: list[tuple[int, frozenset[str]]]
    is_gone: bool = False

    def labels_at(self, number: int) -> frozenset[str]:
        """The labels after fact `number`."""
        return [labels for since, labels in self.labels if since <= number][-1]


@dataclass(frozen=True)
class Version:
    """A file's text after one edit."""

    at: datetime
    editor: str
    words: tuple[str, ...]


@dataclass
class Remark:
    """A comment or reply."""

    author: str
    at: datetime
    word: str
    is_gone: bool = False


@dataclass
class Paper:
    """One file: all its texts, titles and places, and what was remarked in it."""

    versions: list[Version] = field(default_factory=list)
    titles: list[tuple[datetime, str]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    readers: tuple[str, ...] = ()
    remarks: dict[str, Remark] = field(default_factory=dict)
    acts: set[str] = field(default_factory=set)
    changed: list[datetime] = field(default_factory=list)
    is_trashed: bool = False

    @property
    def is_there(self) -> bool:
        """Whether it can be read now."""
        return "deleted" not in self.acts and not self.is_trashed

    def born(self, word: str) -> datetime:
        """When a word was first written into the text or the title."""
        written = [version.at for version in self.versions if word in version.words]
        return min(written + [at for at, title in self.titles if word in title])

    def modified(self) -> datetime:
        """The last change of text or title."""
        return max(self.versions[-1].at, self.titles[-1][0])


@dataclass
class Facts:
    """The record, item by item."""

    letters: dict[tuple[str, str], Letter] = field(default_factory=dict)
    papers: dict[str, Paper] = field(default_factory=lambda: defaultdict(Paper))
    talks: Talks = field(default_factory=Talks)

    def take(self, fact: dict, attached: dict[tuple[str, str], str]) -> None:
        """Enter one fact."""
        if fact["kind"] in ("mail", "draft"):
            self._mail(fact, attached)
        elif fact["kind"] == "file":
            self._file(fact)
        elif fact["kind"] in ("comment", "reply"):
            self._remark(fact)
        elif fact["kind"] == "chat":
            self.talks.take(fact, attached)

    def _mail(self, fact: dict, attached: dict[tuple[str, str], str]) -> None:
        for copy in fact["copies"]:
            key, labels = (copy["mailbox"], copy["id"]), (fact["seq"], frozenset(copy["labels"]))
            if fact["act"] in ("delivered", "saved"):
                words = set(WORD.findall(fact["text"])) | {attached[key] for _ in "x" if key in attached}
                self.letters[key] = Letter(fact["actor"], _when(fact), words, [labels])
            elif fact["act"] == "labelled":
                self.letters[key].labels.append(labels)
            else:
                self.letters[key].is_gone = True

    def _file(self, fact: dict) -> None:
        paper, at = self.papers[fact["item"]], _when(fact)
        paper.acts.add(fact["act"])
        if fact["act"] in ("created", "edited"):
            paper.versions.append(Version(at, fact["actor"], tuple(WORD.findall(fact["text"]))))
        if fact["act"] in ("created", "renamed"):
            paper.titles.append((at, fact["name"]))
        if fact["act"] in ("trashed", "untrashed"):
            paper.is_trashed = fact["act"] == "trashed"
        paper.readers = tuple(fact["readers"])
        paper.places.append(fact["place"])
        paper.changed.append(at)

    def _remark(self, fact: dict) -> None:
        paper = self.papers[fact["place"].partition("/")[0]]
        paper.changed.append(_when(fact))
        if fact["act"] == "deleted":
            paper.remarks[fact["item"]].is_gone = True
        else:
            paper.remarks[fact["item"]] = Remark(fact["actor"], _when(fact), fact["text"])


def check(history: History) -> None:
    """Hold what was scored against the record. Raises AssertionError that says which item and why."""
    facts = Facts()
    for fact in history.control.record():
        facts.take(fact, history.attached)
    for fault in _faults(history, facts):
        message = f"{fault}\nparked: {history.parked()}\nscript = {history.script()}"
        raise AssertionError(message)


def _faults(history: History, facts: Facts) -> Iterator[str]:
    yield from _calls_in_breaks(history)
    yield from _wrong_mail(history, facts)
    yield from _wrong_files(history, facts)
    yield from _missing_mail(history, facts)
    yield from _missing_text(history, facts)
    yield from _missing_remarks(history, facts)
    yield from chat_faults(history, facts.talks, _given_up(history))
    yield from _left_over(history, facts)


def _calls_in_breaks(history: History) -> Iterator[str]:
    for call in history.control.calls():
        at = datetime.fromisoformat(call["at"])
        for site, begins, ends, number in history.breaks:
            is_theirs = history.sites.get(call["subject"]) == site
            if is_theirs and call["seq"] > number and begins <= at < ends and call["method"] in CONTENT:
                yield f"a content call in a break: {call['method']} for {call['subject']} at {at}"


# --- mail ---------------------------------------------------------------------------------------------------


def _wrong_mail(history: History, facts: Facts) -> Iterator[str]:
    times: Counter[tuple[str, str]] = Counter()
    for one in history.scored:
        letter = facts.letters.get((one.address, one.key))
        if letter is not None:
            times[one.address, one.key] += 1
            yield from _wrong_letter(history, letter, one)
    yield from (f"a mail scored twice: {key} of {address}" for (address, key), count in times.items() if count > 1)


def _wrong_letter(history: History, letter: Letter, one: Scored) -> Iterator[str]:
    if history.sleeps(one.address, letter.at):
        yield f"a mail of a break scored: {letter}"
    if letter.sender == OTHER_OUTSIDER:
        yield f"a mail of an exempt address scored: {letter}"
    if not letter.words <= one.words:
        yield f"not all of a mail was scored: {letter} {one}"
    if not one.was_disturbed and letter.labels[0][0] <= one.seen and NEVER_READ & letter.labels_at(one.seen):
        yield f"a mail scored that its labels leave out: {letter}"


def _missing_mail(history: History, facts: Facts) -> Iterator[str]:
    done = {(one.address, one.key) for one in history.scored} | _given_up(history)
    for (address, key), letter in facts.letters.items():
        if address in history.sites and (address, key) not in done and _must_be_read(history, address, letter):
            yield f"a mail never scored: {letter} of {address}"


def _must_be_read(history: History, address: str, letter: Letter) -> bool:
    if letter.is_gone or history.sleeps(address, letter.at) or letter.sender == OTHER_OUTSIDER:
        return False
    ever = frozenset().union(*(labels for _, labels in letter.labels))
    if not NEVER_READ & ever:
        return True
    # What left the bin or spam is read after all, if history tells of it.
    slept = any(site == history.sites[address] for site, *_ in history.breaks)
    is_back = not NEVER_READ & letter.labels[-1][1] and "Press" not in ever
    return is_back and not slept and not history.was_played(ExpireHistory)


# --- files --------------------------------------------------------------------------------------------------


def _wrong_files(history: History, facts: Facts) -> Iterator[str]:
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in history.scored:
        identity, _, side = one.key.partition("#")
        paper = facts.papers.get(identity)
        if paper is None:
            continue
        if {OTHER_OUTSIDER} == set(paper.places):
            yield f"a file of an exempt address scored: {one}"
        if side:
            yield from _wrong_remarks(history, paper, one, known[one.address, one.key])
            continue
        yield from _wrong_text(history, paper, one)
        texts = [lines_of(text) for text in one.texts]
        yield from read_again(one, texts, known[one.address, one.key])
        known[one.address, one.key].update(*texts)


def _wrong_text(history: History, paper: Paper, one: Scored) -> Iterator[str]:
    editors = {version.editor for version in paper.versions}
    foreign = any("@" in place and place not in history.sites for place in paper.places)
    if one.address not in {*editors, *paper.places} and not foreign:
        yield f"a file scored for somebody who neither owns nor wrote it: {one}"
    if "merged" in paper.acts:
        return  # nothing tells any more what was written in a break
    # Google keeps no earlier titles: one that was given in a break is read with the next version after it.
    for word in one.words & {word for version in paper.versions for word in version.words}:
        if history.sleeps(one.address, paper.born(word)):
            yield f"a word of a break scored: {word} of {paper} in {one}"


def _wrong_remarks(history: History, paper: Paper, one: Scored, known: set[str]) -> Iterator[str]:
    for remark in paper.remarks.values():
        if remark.word in one.words and history.sleeps(one.address, remark.at):
            yield f"a comment of a break scored: {remark} {one}"
        if remark.word in one.words and (remark.author == one.address) != one.key.endswith("#mine"):
            yield f"a comment scored as somebody else's: {remark} {one}"
    if one.words & known:
        yield f"a comment scored twice: {one}"
    known |= one.words


def _missing_text(history: History, facts: Facts) -> Iterator[str]:
    given_up = _given_up(history)
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in history.scored:
        done[one.address, one.key] |= one.words
        done["", one.key] |= one.words
    for identity, paper in facts.papers.items():
        if not paper.is_there or OTHER_OUTSIDER in paper.places or not paper.versions:
            continue
        for address in _readers(history, paper):
            due = _due_words(history, paper, address) if (address, identity) not in given_up else set()
            if due - done[address, identity]:
                yield f"never scored for {address}: {sorted(due - done[address, identity])} of {paper}"
        if paper.places[-1] not in history.sites and "@" not in paper.places[-1]:
            due = _due_in_drive(history, paper) if not any(key == identity for _, key in given_up) else set()
            if due - done["", identity]:
                yield f"never scored in a shared drive: {sorted(due - done['', identity])} of {paper}"


def _readers(history: History, paper: Paper) -> set[str]:
    """For whom the present text must have been read: the owner, whoever wrote last, every reader of an outsider's."""
    place, editor = paper.places[-1], paper.versions[-1].editor
    if "@" not in place:
        return set()
    found = {place, editor} & set(history.sites) & set(paper.readers)
    if place not in history.sites:
        for reader in set(paper.readers) & set(history.sites):
            if not any(history.sleeps(reader, at) for at in paper.changed):
                found.add(reader)
    return found


def _due_words(history: History, paper: Paper, address: str) -> set[str]:
    """The words of the present text and title that were not written in a break, nor stood in the text during one."""
    if history.sleeps(address, paper.modified()):
        return set()
    stood = {word for one in paper.versions if history.sleeps(address, one.at) for word in one.words}
    due = set(paper.versions[-1].words) - stood
    if not any(history.sleeps(address, at) for at, _ in paper.titles):
        due |= set(WORD.findall(paper.titles[-1][1])) - stood
    return {word for word in due if not history.sleeps(address, paper.born(word))}


def _due_in_drive(history: History, paper: Paper) -> set[str]:
    """Words that students wrote into a shared drive's file while no student's school had a break."""
    if "merged" in paper.acts:
        return set()  # nothing tells any more whose hand an older one was
    # A rename counts as a change, as in My Drive: what is dated in a break waits for the next change after it.
    times = [paper.modified(), *(one.at for one in paper.versions)]
    if any(history.sleeps(address, at) for at in times for address in history.sites):
        return set()
    due: set[str] = set()
    for before, one in zip([Version(paper.versions[0].at, "", ()), *paper.versions], paper.versions, strict=False):
        if one.editor in history.sites:
            due |= set(one.words) - set(before.words)
    return due & set(paper.versions[-1].words)


def _missing_remarks(history: History, facts: Facts) -> Iterator[str]:
    given_up = _given_up(history)
    done: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in history.scored:
        done[one.address, one.key] |= one.words
    for identity, paper in facts.papers.items():
        if not paper.is_there or OTHER_OUTSIDER in paper.places or len(set(paper.places)) > 1:
            continue
        for remark in paper.remarks.values():
            for address, key in _whose(paper, identity, remark):
                if address in history.sites and address in paper.readers and (address, key) not in given_up:
                    missing = not remark.is_gone and remark.word not in done[address, key]
                    if missing and not history.sleeps(address, remark.at):
                        yield f"a comment never scored for {address}: {remark} in {paper}"


def _whose(paper: Paper, identity: str, remark: Remark) -> Iterator[tuple[str, str]]:
    if "@" not in paper.places[-1]:
        return
    yield remark.author, f"{identity}#mine"
    if remark.author != paper.places[-1]:
        yield paper.places[-1], f"{identity}#others"


# --- what is left -------------------------------------------------------------------------------------------


def _left_over(history: History, facts: Facts) -> Iterator[str]:
    waiting = list(Item.objects.filter(state=ItemState.PENDING).values_list("source", "item_key", "reason"))
    if waiting:
        yield f"still waiting when all was done: {waiting}"
    for address, key, reason in history.parked():
        if reason.startswith("given up") and history.was_played(Revoke):
            continue
        is_out = key in facts.talks.messages and is_out_of_reach(history, facts.talks, key)
        if reason not in (IN_BREAK, IN_BREAK_OF_CHAT) and not is_out:
            yield f"parked without need: {key} of {address}: {reason}"


def _given_up(history: History) -> set[tuple[str, str]]:
    return {(address, key) for address, key, _ in history.parked()}


def _when(fact: dict) -> datetime:
    return datetime.fromisoformat(fact["at"])
