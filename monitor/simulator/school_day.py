"""A district's traffic: what its people write, slot by slot, as the clock passes.

Everything follows from the seed and the time at which the traffic began. Texts of mails are made only when read.
Bounds: what happened is done slot by slot of five minutes, so that a jump of the clock costs time, not memory;
each student has at most 12 documents and each class 3, then the old ones are edited further.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.simulator import acts_drive, acts_mail
from monitor.simulator.chat_state import DIRECT, GROUP, ChatMessage, Space
from monitor.simulator.control_chat import change_in, say_in
from monitor.simulator.drive_files import DOC, SHEET, File
from monitor.simulator.letters import Letter, passage, signs
from monitor.simulator.people import DOMAIN, Person
from monitor.simulator.rhythm import SLOT, share
from monitor.simulator.world import World

PER_STUDENT = {
    "class_mail": 0.16,
    "peer_mail": 1.5,
    "newsletter": 0.02,
    "own_edit": 2.4,
    "class_edit": 1.6,
    "comment": 0.5,
    "chat": 1.3,
    "direct": 0.7,
    "reword": 0.1,
    "unsay": 0.05,
    "read": 2.0,
    "delete": 0.2,
    "draft": 0.2,
}
"""How often each thing happens on a school day, per student (a class mail is one mail for thirty)."""
_CLASS = 30
_PERIODS = 6
_MOST_OWN = 12
_MOST_TEXT = 4_000
_RECENT = 2_000


@dataclass
class _Class:
    """A class of one period: its teacher, its students, its shared documents and its conversation."""

    teacher: Person
    students: list[Person]
    files: list[File] = field(default_factory=list)
    space: Space | None = None


class Traffic:
    """The traffic of one world from `start` on. `danger` is the share of mails that show a sign of danger."""

    def __init__(self, world: World, start: datetime, scale: float = 1.0, danger: float = 0.0) -> None:
        self.world, self.scale, self.danger = world, scale, danger
        self.next = start.astimezone(UTC)
        self.done: Counter[str] = Counter()
        self.per_student = dict(PER_STUDENT)
        self._students = world.students()
        self._files: dict[str, list[File]] = {}
        self._recent: list[Letter] = []
        self._said: list[tuple[Space, ChatMessage]] = []
        self._drafts: dict[str, str] = {}
        self._classes = self._make_classes()

    def catch_up(self, now: datetime) -> None:
        """Does everything up to `now`. The caller holds the world's lock."""
        while self.next + SLOT <= now:
            self._do_slot(self.next)
            self.next += SLOT

    def _do_slot(self, start: datetime) -> None:
        part = share(start) * self.scale * len(self._students)
        dice = random.Random(f"slot:{self.world.seed}:{start.isoformat()}")  # noqa: S311 - invented traffic
        due = []
        for kind, often in self.per_student.items():
            due += [(dice.random(), kind) for _ in range(int(part * often + dice.random()))]
        for place, kind in sorted(due):
            with self.world.standing_at(start + place * SLOT):
                if _KINDS[kind](self, dice):
                    self.done[kind] += 1

    def _make_classes(self) -> list[_Class]:
        dice = random.Random(f"classes:{self.world.seed}")  # noqa: S311 - as above
        staff = [person for person in self.world.people.values() if person.email.startswith("teacher.")]
        schools: dict[str, list[Person]] = {}
        for person in self._students:
            schools.setdefault("/".join(person.org_unit.split("/")[:3]), []).append(person)
        made = []
        for people in schools.values():
            for _ in range(_PERIODS):
                mixed = dice.sample(people, len(people))
                made += [_Class(dice.choice(staff), mixed[at : at + _CLASS]) for at in range(0, len(mixed), _CLASS)]
        return made

    def student(self, dice: random.Random) -> Person | None:
        """Somebody who can still write."""
        return _active(self.world, dice.choice(self._students)) if self._students else None

    def letter(self, dice: random.Random, sender: str, to: list[str], answers: str = "") -> None:
        """Sends a letter."""
        sign = dice.randrange(len(signs())) if self.danger and dice.random() < self.danger else -1
        seed, attached = dice.getrandbits(48), dice.random() < 0.08
        made = Letter(seed, sender, ", ".join(to), self.world.now(), answers, sign, attached)
        names = [made.message_id, *([answers] if answers else [])]
        acts_mail.deliver(self.world, made, names, sender, to, None)
        self._recent.append(made)
        if len(self._recent) > _RECENT:
            del self._recent[: _RECENT // 2]

    def class_mail(self, dice: random.Random) -> bool:
        """A teacher writes to a class."""
        found = dice.choice(self._classes)
        self.letter(dice, found.teacher.email, [person.email for person in found.students])
        return True

    def peer_mail(self, dice: random.Random) -> bool:
        """A student writes to classmates, or answers a recent mail that they got."""
        if self._recent and dice.random() < 0.5:
            first = dice.choice(self._recent[-200:])
            readers = first.to.split(", ")
            sender = self.world.people.get(dice.choice(readers))
            if sender is not None and not sender.suspended:
                self.letter(dice, sender.email, [first.sender], first.message_id)
                return True
        found = dice.choice(self._classes).students
        sender = _active(self.world, dice.choice(found))
        if sender is None:
            return False
        others = [person.email for person in dice.sample(found, min(len(found), dice.randrange(1, 4)))]
        self.letter(dice, sender.email, others)
        return True

    def newsletter(self, dice: random.Random) -> bool:
        """Somebody outside writes to a student."""
        student = self.student(dice)
        if student is not None:
            self.letter(dice, f"news{dice.randrange(40)}@outside.example", [student.email])
        return student is not None

    def own_edit(self, dice: random.Random) -> bool:
        """A student begins a document or goes on with one."""
        student = self.student(dice)
        if student is None:
            return False
        files = self._files.setdefault(student.id, [])
        if len(files) < 2 or (len(files) < _MOST_OWN and dice.random() < 0.15):
            files.append(self._new_file(dice, student, []))
            return True
        return self._go_on(dice, dice.choice(files), student)

    def class_edit(self, dice: random.Random) -> bool:
        """One of thirty hands writes into the class's document."""
        found = dice.choice(self._classes)
        student = _active(self.world, dice.choice(found.students))
        if student is None:
            return False
        if not found.files or (len(found.files) < 3 and dice.random() < 0.01):
            found.files.append(self._new_file(dice, found.teacher, [person.email for person in found.students]))
        return self._go_on(dice, dice.choice(found.files), student)

    def _new_file(self, dice: random.Random, owner: Person, shared: list[str]) -> File:
        world, kind = self.world, SHEET if dice.random() < 0.1 else DOC
        file = world.drive.create(owner.email, passage(f"title:{dice.random()}", 1)[:40], kind, world.now())
        file.shared_with, file.content = shared, passage(f"begin:{file.id}", 2).encode()
        acts_drive.create(world, file, owner.email)
        return file

    def _go_on(self, dice: random.Random, file: File, student: Person) -> bool:
        if file.id not in self.world.drive.files or student.email not in file.readers():
            return False
        more = file.content + b"\n" + passage(f"more:{file.id}:{file.edits}", dice.randrange(1, 4)).encode()
        acts_drive.edit(self.world, file, student.email, more[-_MOST_TEXT:], self.world.now())
        return True

    def comment(self, dice: random.Random) -> bool:
        """A remark in a class's document."""
        found = dice.choice(self._classes)
        student = _active(self.world, dice.choice(found.students))
        files = [file for file in found.files if file.id in self.world.drive.files]
        if student is None or not files or student.email not in files[0].readers():
            return False
        file = dice.choice(files)
        open_ones = [comment for comment in file.comments[-5:] if not comment.deleted]
        answers = dice.choice(open_ones).id if open_ones and dice.random() < 0.5 else ""
        acts_drive.comment(self.world, file, student.email, passage(f"remark:{dice.random()}", 1), answers)
        return True

    def chat(self, dice: random.Random) -> bool:
        """A line in the conversation of a few classmates."""
        found = dice.choice(self._classes)
        if found.space is None:
            members = [person.email for person in found.students[:6]]
            found.space = self.world.chat.open(GROUP, "", members, self.world.now())
        self._say(dice, found.space, dice.choice(list(found.space.members)))
        return True

    def direct(self, dice: random.Random) -> bool:
        """A line between two who sit beside each other in a class."""
        students = dice.choice(self._classes).students
        place = dice.randrange(len(students))
        pair = [students[place], students[place - 1]]
        if len(students) < 2 or not all(_active(self.world, person) for person in pair):
            return False
        space = self.world.chat.open(DIRECT, "", [person.email for person in pair], self.world.now())
        self._say(dice, space, dice.choice(pair).email)
        return True

    def reword(self, dice: random.Random) -> bool:
        """Somebody corrects what they said a while ago."""
        found = self._lately_said(dice)
        if found is not None:
            change_in(self.world, *found, f"{found[1].text} {passage(f'reword:{dice.random()}', 1)}")
        return found is not None

    def unsay(self, dice: random.Random) -> bool:
        """Somebody deletes what they said a while ago."""
        found = self._lately_said(dice)
        if found is not None:
            change_in(self.world, *found, None)
        return found is not None

    def _say(self, dice: random.Random, space: Space, sender: str) -> None:
        self._said.append((space, say_in(self.world, space, sender, passage(f"chat:{dice.random()}", 1))))
        if len(self._said) > _RECENT:
            del self._said[: _RECENT // 2]

    def _lately_said(self, dice: random.Random) -> tuple[Space, ChatMessage] | None:
        left = [pair for pair in self._said[-50:] if pair[1].deleted is None]
        return dice.choice(left) if left else None

    def read(self, dice: random.Random) -> bool:
        """A student opens a mail."""
        student = self.student(dice)
        box = self.world.mailboxes.get(student.email) if student else None
        if box is None or not box.messages:
            return False
        newest = next(reversed(box.messages.values()))
        acts_mail.relabel(self.world, box, newest, [], ["UNREAD"])
        return True

    def delete(self, dice: random.Random) -> bool:
        """A student throws the oldest mail away, now and then for good."""
        student = self.student(dice)
        box = self.world.mailboxes.get(student.email) if student else None
        if box is None or not box.messages:
            return False
        oldest = next(iter(box.messages.values()))
        if dice.random() < 0.3:
            acts_mail.delete(self.world, box, oldest)
        else:
            acts_mail.relabel(self.world, box, oldest, ["TRASH"], ["INBOX"])
        return True

    def draft(self, dice: random.Random) -> bool:
        """A student begins a mail and does not send it, or goes on with it."""
        student = self.student(dice)
        if student is None:
            return False
        box = self.world.mailbox(student.email)
        made = Letter(dice.getrandbits(48), student.email, f"friend@{DOMAIN}", self.world.now())
        known = self._drafts.get(student.id, "")
        draft, _ = acts_mail.save_draft(self.world, box, made.raw(), known if known in box.drafts else "")
        self._drafts[student.id] = draft
        return True


_KINDS: dict[str, Callable[[Traffic, random.Random], bool]] = {name: getattr(Traffic, name) for name in PER_STUDENT}


def _active(world: World, person: Person) -> Person | None:
    return person if world.people.get(person.email) is person and not person.suspended else None
