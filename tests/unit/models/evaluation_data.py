"""A small data folder of invented rows, and a pretended classifier that knows four words."""

import io
import json
import tarfile
from dataclasses import dataclass, field, replace

import numpy as np

from models.categories import CATEGORIES, CHANNELS
from models.chunking import split_sentences
from models.classifier import ScoredSpan
from models.evaluation.scored import log_odds

WORDS = {"bullying": "loser", "self_harm": "goodbye", "violence": "attack", "grooming": "secret"}
"""The pretended classifier finds a category by its word alone."""

POINTS = {"alert": 0.5, "review": 0.1, "higher": 0.3}


@dataclass
class PretendedClassifier:
    """Scores by a word: 0.9 with it, 0.01 and a little for length without. Marks the sentences that hold it.

    Its first pass settles every text that shouts.
    """

    id: str = "pretended-1"
    precision: str = "fp32"
    thresholds: dict = field(default_factory=lambda: {ch: {c: dict(POINTS) for c in CATEGORIES} for ch in CHANNELS})
    seen: list = field(default_factory=list)
    has_first_pass: bool = True

    def at(self, sensitivity):
        thresholds = {
            channel: {c: {**points, "alert": points[sensitivity[c]]} for c, points in self.thresholds[channel].items()}
            for channel in CHANNELS
        }
        return replace(self, thresholds=thresholds)

    def let_through(self, texts):
        return sum(not text.isupper() for text in texts) / len(texts)

    def score(self, texts, *, channel="mail", first_pass=False):
        self.seen += [(channel, text) for text in texts]
        return [self._one("" if first_pass and text.isupper() else text, channel) for text in texts]

    def _one(self, text, channel):
        scores = dict(zip(CATEGORIES, _probabilities(text), strict=True))
        flags = tuple(c for c in CATEGORIES if scores[c] >= self.thresholds[channel][c]["alert"])
        spans = tuple(
            ScoredSpan(start, end, category, scores[category])
            for category in flags
            for start, end in split_sentences(text)
            if WORDS[category] in text[start:end].lower()
        )
        return PretendedScore(scores, flags, flags, spans, dict.fromkeys(flags, 2))

    def logits(self, texts):
        return np.array([log_odds(np.array(_probabilities(text))) for text in texts])


@dataclass
class PretendedScore:
    scores: dict
    flags: tuple
    reviews: tuple
    spans: tuple
    levels: dict


def _probabilities(text):
    return [0.9 if word in text.lower() else 0.01 + min(len(text), 900) / 10_000 for word in WORDS.values()]


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def mail(subject, body, kind="plain"):
    return f"From: a@example.org\nSubject: {subject}\nContent-Type: text/{kind}; charset=utf-8\n\n{body}\n".encode()


def archive(path, mails):
    with tarfile.open(path, "w:gz") as packed:
        for number, content in enumerate(mails):
            member = tarfile.TarInfo(f"ham/{number}.txt")
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))


def agenda(i):
    return f"The agenda of meeting {i} is on the shared drive, please read."


def cssrs(i):
    at_risk = i % 2
    return {
        "text": f"post {i}: " + ("goodbye everyone. Nothing else to say here." if at_risk else "the dog is fine."),
        "labels": {"self_harm": at_risk},
        "risk": ("ideation", "behavior", "attempt")[i % 3] if at_risk else "supportive",
        "group": f"user-{i % 12}",
    }


def threatgram(i):
    label = "none" if i % 3 else "violent"
    return {"text": f"number {i}, {'jail them' if i % 3 else 'we attack'}", "source_label": label, "group": f"c{i % 9}"}


def toxic(i):
    before = f"I read report {i}. You are a "
    return {
        "text": f"{before}loser! Bye now.",
        "source_label": {"toxic_chars": list(range(len(before), len(before) + len("loser")))},
    }


def template(i):
    word, identity = ("loser" if i % 2 else "neighbour"), ("gay", "muslim")[i // 2 % 2]
    return {"text": f"Person {i} is a {word} who is {identity}", "source_label": "BAD" if i % 2 else "NOT_BAD"}


def insult(i):
    return {"text": f"round {i}, you loser" if i % 2 else f"round {i} was fun", "labels": {"bullying": i % 2}}


def window(i):
    return {"text": f"line {i}\nkeep it secret", "labels": {"grooming": 1}, "group": f"talk {i % 11}"}


def room(i):
    return {"text": f"anyone here likes song {i}", "labels": {"grooming": 0}, "group": f"room {i % 11}"}


def book(i):
    text = f"The river ran past mill {i}. An attack of coughing took him."
    return {"text": text, "source_label": "x", "group": f"book {i % 9}"}


SETS = {
    "open/goemotions": lambda i: {"text": f"nice weather on day {i} of the trip", "source_label": ["neutral"]},
    "open/mail_ham": lambda i: {"text": f"Meeting {i}\n{agenda(i)}", "source_label": "x"},
    "open/literature": book,
    "open/cssrs": cssrs,
    "open/threatgram": threatgram,
    "open/toxic_spans": toxic,
    "open/identity_templates": template,
    "open/davidson": lambda i: {"text": f"they be like game {i} finna start", "source_label": "neither"},
    "restricted/insults": insult,
    "restricted/grooming_windows": window,
    "restricted/chat_rooms_nps": room,
}

ROWS = 120
ESSAYS = 60


def write_data(folder):
    """Eleven sets of 120 rows, two sets for looking and an archive of mails, all but one of which are training rows."""
    for name, make in SETS.items():
        path = folder / "train" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines(*(make(i) for i in range(ROWS))))
    (folder / "eval").mkdir()
    labels = dict.fromkeys(CATEGORIES, 0)
    patience = " Patience is a virtue. I learned it." * 20
    essays = [{"text": f"Essay {i}.{patience}", "labels": labels} for i in range(ESSAYS)]
    (folder / "eval" / "benign_essays.jsonl").write_text(lines(*essays))
    (folder / "eval" / "stormfront_test.jsonl").write_text(
        lines({"text": "The match is on Sunday.", "labels": {"hate": 0}}, {"text": "Bad words.", "labels": {"hate": 1}})
    )
    (folder / "mail").mkdir()
    copies = [mail(f"Meeting {i}", agenda(i)) for i in range(ROWS)]
    fresh = mail("Picnic", "Bring a blanket and a hat for the picnic, please.")
    archive(folder / "mail" / "ham.tar.gz", [*copies, fresh])
    return folder
