"""What invented people write: mails made when somebody reads them, and sentences for documents and chats.

Nothing here shows a sign of danger; those come from `story_texts.toml` when they are asked for.
"""

import functools
import random
import tomllib
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path

_SUBJECTS = ("math", "biology", "history", "English", "Spanish", "chemistry", "art", "band", "geography", "P.E.")
_THINGS = (
    "worksheet",
    "lab report",
    "essay draft",
    "slides",
    "reading log",
    "poster",
    "quiz",
    "project plan",
    "outline",
)
_DAYS = ("tomorrow", "on Thursday", "on Friday", "next week", "after lunch", "in third period", "by Monday")
_OPENINGS = ("hey", "hi", "ok so", "quick question:", "lol", "good morning,", "reminder:", "wait,", "btw")
_SENTENCES = (
    "the {subject} {thing} is due {day}",
    "did you finish the {thing} for {subject}?",
    "I think question {number} is wrong, I got {other} instead",
    "can you send me your notes from {subject} {day}",
    "our group still needs two people for the {subject} {thing}",
    "practice is moved to {other}:30 {day}",
    "my part of the {thing} is done, I added {number} sources",
    "the bus was late again so I missed the start of {subject}",
    "we have to bring the {thing} {day}, at least {number} pages",
    "who has room {number} for {subject}?",
    "I like your idea for the {thing}, let us use the second picture",
    "the mitochondria makes energy for the cell, page {number} explains it",
    "the colonists were angry about the taxes, see paragraph {other}",
    "then x equals {number} and y equals {other}, check it please",
)


@functools.cache
def signs() -> tuple[tuple[str, str], ...]:
    """The story's texts that show a sign, as (category, text)."""
    story = tomllib.loads((Path(__file__).parent / "story_texts.toml").read_text(encoding="utf-8"))
    return tuple((item["sign"], item["text"].strip()) for item in story["item"] if item.get("sign"))


def sentence(dice: random.Random) -> str:
    """One harmless sentence."""
    pattern = dice.choice(_SENTENCES)
    return pattern.format(
        subject=dice.choice(_SUBJECTS),
        thing=dice.choice(_THINGS),
        day=dice.choice(_DAYS),
        number=dice.randrange(2, 40),
        other=dice.randrange(1, 12),
    )


def passage(seed: str, sentences: int) -> str:
    """Some sentences, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - invented words
    return f"{dice.choice(_OPENINGS)} " + ". ".join(sentence(dice) for _ in range(sentences)) + "."


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail by its recipe. `to` are addresses joined by commas; with `sign` a text of that number from `signs`."""

    seed: int
    sender: str
    to: str
    when: datetime
    answers: str = ""
    sign: int = -1
    attachment: bool = False

    @property
    def message_id(self) -> str:
        """The Message-ID, which the seed decides."""
        return f"<{self.seed:x}.{int(self.when.timestamp() * 1000):x}@mail.{self.sender.partition('@')[2]}>"

    def raw(self) -> bytes:
        """The mail's exact bytes."""
        dice = random.Random(f"letter:{self.seed}")  # noqa: S311 - invented words
        subject = f"{dice.choice(_SUBJECTS)} {dice.choice(_THINGS)}"
        text = signs()[self.sign % len(signs())][1] if self.sign >= 0 else passage(f"text:{self.seed}", 3)
        reply = f"In-Reply-To: {self.answers}\r\nReferences: {self.answers}\r\n" if self.answers else ""
        head = (
            f"From: {self.sender}\r\nTo: {self.to}\r\nSubject: {'Re: ' if reply else ''}{subject}\r\n"
            f"Date: {format_datetime(self.when)}\r\nMessage-ID: {self.message_id}\r\n{reply}MIME-Version: 1.0\r\n"
        )
        plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        if not self.attachment:
            return (head + plain + text + "\r\n").encode()
        edge = f"part-{self.seed:x}"
        notes = passage(f"notes:{self.seed}", 8)
        name = 'Content-Disposition: attachment; filename="notes.txt"\r\n'
        parts = f"--{edge}\r\n{plain}{text}\r\n--{edge}\r\n{name}{plain}{notes}\r\n--{edge}--\r\n"
        return f'{head}Content-Type: multipart/mixed; boundary="{edge}"\r\n\r\n{parts}'.encode()
