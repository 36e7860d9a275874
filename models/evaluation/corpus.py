"""Every text that the full evaluation looks at, with where it comes from and what is known about it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from models.categories import CATEGORIES
from models.evaluation.labelled import EvaluationError
from models.evaluation.mails import read_mails
from models.training.chance import hash_share
from models.training.finish import calibration_rows
from models.training.rows import DataError, Row, Targets, normalised, read_lines
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic

FROZEN = Path(__file__).parents[2] / "tests" / "unit" / "models"
"""Folder of the frozen sets of our own text (`frozen_*.jsonl`)."""

TEXT_LIMIT = 20_000
"""Characters read of one text; longer ones are rare and would take most of the time."""

OWN = ("school sentences", "mail")
PLACES: Mapping[str, tuple[str, str]] = {
    "mail_ham": ("ordinary mail", "mail"),
    "real_mail": ("raw mail", "mail"),
    "synthetic": OWN,
    "benign_essays": ("student essays", "document"),
    "literature": ("books", "document"),
    "clear_a": ("school reading", "document"),
    "counselchat": ("professional talk", "document"),
    "tweeteval_offensive": ("ordinary posts", "chat"),
    "goemotions": ("ordinary posts", "chat"),
    "davidson": ("ordinary posts", "chat"),
    "school_stress_sad": ("everyday stress", "chat"),
    "dreaddit": ("forum posts on distress", "chat"),
    "depression_reddit": ("forum posts on distress", "chat"),
    "cssrs": ("forum posts on distress", "chat"),
    "sdcnl": ("forum posts on distress", "chat"),
    "tsid": ("forum posts on distress", "chat"),
    "chatter_webtext": ("overheard, ads, forums", "chat"),
    "game_chat_conda": ("game chat", "chat"),
    "chat_rooms_nps": ("chat rooms", "chat"),
    "grooming_windows": ("chat with decoys", "chat"),
    "formspring": ("teenagers' questions", "chat"),
    "insults": ("comments", "chat"),
    "ruddit": ("comments", "chat"),
    "toxic_spans": ("comments", "chat"),
    "identity_templates": ("identity sentences", "chat"),
    "tweeteval_hate": ("sets of hate speech", "chat"),
    "hatexplain": ("sets of hate speech", "chat"),
    "gab": ("sets of hate speech", "chat"),
    "stormfront": ("sets of hate speech", "chat"),
    "stormfront_test": ("sets of hate speech", "chat"),
    "misogyny": ("sets of hate speech", "chat"),
    "edos": ("sets of hate speech", "chat"),
    "threatgram": ("political channels", "chat"),
}
"""Source → (register, channel whose thresholds serve it)."""

SEEN_WHILE_DEVELOPING = ("benign_essays", "chatter_webtext", "stormfront_test")
_ANNOTATED = {"toxic_spans": "source_label", "identity_templates": "source_label", "cssrs": "risk"}


@dataclass(frozen=True, slots=True)
class Text:
    """One text to be scored. `origin` is `held_out`, `eval`, `own`, `frozen` or `mail`.

    `targets` are category → (0…1, trust); a missing category is unknown. `label` is the source's own label,
    or the slice of a frozen set, where a section needs it; `level` 1 to 3 how severe the danger is.
    """

    text: str
    source: str
    group: str
    origin: str
    targets: Targets
    level: int | None = None
    label: Any = None
    asked_channel: str | None = None

    @property
    def register(self) -> str:
        """The kind of text."""
        return PLACES.get(self.source, OWN)[0]

    @property
    def channel(self) -> str:
        """The channel whose thresholds serve it."""
        return self.asked_channel or PLACES.get(self.source, OWN)[1]

    def knows(self, category: str) -> bool | None:
        """Whether the danger is there; None where unknown."""
        return self.targets[category][0] > 0.5 if category in self.targets else None

    @property
    def harmless(self) -> bool:
        """No known danger, and at least one category known."""
        answers = [self.knows(category) for category in CATEGORIES]
        return True not in answers and False in answers


Read = TypeVar("Read", Text, Row)


@dataclass(slots=True)
class Corpus:
    """All texts, remarks about what was left out or absent, and the rows that thresholds rest on: in no figure."""

    texts: list[Text]
    remarks: list[str] = field(default_factory=list)
    calibration: list[Row] = field(default_factory=list)


def load_corpus(data: Path, limit: int | None = None) -> Corpus:
    """Held-out rows, `eval` sets, our own held-out and frozen sentences, and real mail; always the same texts.

    `limit` keeps that many of each source, by a fixed shuffle. Raises `EvaluationError` when `data`/train is absent.
    """
    try:
        rows = load_sets(data / "train")
        splits = split_rows(rows)
        corpus = Corpus(list(_held_out(splits["test"], data / "train")))
        corpus.texts += _eval_sets(data / "eval", corpus.remarks)
    except (DataError, OSError, EOFError) as error:
        message = f"{error}; the full evaluation needs the data sets, `--data FILE` without --out needs only the file"
        raise EvaluationError(message) from error
    own = load_synthetic()["dev"]
    corpus.texts += [_text(row, "own") for row in own]
    corpus.calibration = calibration_rows(splits["tune"], own)
    corpus.texts += _frozen_sets(FROZEN, corpus.remarks)
    corpus.texts += _mails(data / "mail", [*splits["train"], *splits["tune"]], corpus.remarks)
    if limit is not None:
        corpus.texts, corpus.calibration = limited(corpus.texts, limit), limited(corpus.calibration, limit)
        corpus.remarks.append(f"a sample of at most {limit} texts of each source: not the figures of the card")
    return corpus


def limited(texts: Iterable[Read], limit: int) -> list[Read]:
    """At most `limit` texts of each source, by a fixed shuffle; in order."""
    numbered = list(enumerate(texts))
    kept: dict[str, int] = {}
    chosen: list[tuple[int, Read]] = []
    for place, text in sorted(numbered, key=lambda pair: hash_share(pair[1].text)):
        kept[text.source] = kept.get(text.source, 0) + 1
        if kept[text.source] <= limit:
            chosen.append((place, text))
    return [text for _, text in sorted(chosen, key=lambda pair: pair[0])]


def _text(row: Row, origin: str, label: Any = None) -> Text:
    targets = {category: row.targets[category] for category in CATEGORIES if category in row.targets}
    level = getattr(row, "level", None)
    return Text(row.text[:TEXT_LIMIT], row.source, row.group, origin, targets, level, label)


def _held_out(rows: Iterable[Row], folder: Path) -> Iterator[Text]:
    labels = {
        source: {raw["text"]: raw.get(key) for raw in read_lines(path)}
        for source, key in _ANNOTATED.items()
        for path in sorted(folder.glob(f"*/{source}.jsonl*"))
    }
    return (_text(row, "held_out", labels.get(row.source, {}).get(row.text)) for row in rows)


def _eval_sets(folder: Path, remarks: list[str]) -> Iterator[Text]:
    """The sets for looking: essays, overheard remarks, and sentences of a hate forum (harmless ones answer for us)."""
    for source in SEEN_WHILE_DEVELOPING:
        path = next(iter(sorted(folder.glob(f"{source}.jsonl*"))), None)
        if path is None:
            remarks.append(f"eval/{source} is absent")
            continue
        for number, raw in enumerate(read_lines(path)):
            labels = raw.get("labels", {})
            if labels.get("hate") == 0:
                labels = {"bullying": 0, "self_harm": 0, "violence": 0}
            targets = {c: (float(labels[c]), 1.0) for c in CATEGORIES if labels.get(c) is not None}
            yield Text(raw["text"][:TEXT_LIMIT], source, f"{source}:{number}", "eval", targets)


def _frozen_sets(folder: Path, remarks: list[str]) -> Iterator[Text]:
    for path in sorted(folder.glob("frozen_*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            try:
                yield _frozen(json.loads(line), path.stem, number)
            except (ValueError, KeyError, TypeError, AttributeError):
                remarks.append(f"{path.name}, line {number + 1}: not a labelled text, left out")
    if not any(folder.glob("frozen_*.jsonl")):
        remarks.append("no frozen set beside the tests: run from a checkout")


_FROZEN_CHANNELS = {"essay": "document", "chat": "chat"}


def _frozen(raw: Mapping[str, Any], source: str, number: int) -> Text:
    """One line: `labels` as elsewhere, or a `kind` that is `dangerous` or a harmless look-alike of it."""
    if "labels" in raw:
        labels = {c: raw["labels"][c] for c in CATEGORIES if raw["labels"].get(c) is not None}
    elif raw["dangerous"]:
        labels = {raw["kind"]: 1}
    else:
        labels = dict.fromkeys(CATEGORIES, 0)
    level, part = raw.get("level"), raw.get("slice")
    return Text(
        text=str(raw["text"]),
        source=source,
        group=f"{source}:{raw.get('family', number)}",
        origin="frozen",
        targets={category: (float(value), 1.0) for category, value in labels.items()},
        level=level if isinstance(level, int) else None,
        label=part if isinstance(part, str) else None,
        asked_channel=_FROZEN_CHANNELS.get(str(part)),
    )


def _mails(folder: Path, trained: Iterable[Row], remarks: list[str]) -> Iterator[Text]:
    """Real mails, whole, without those whose text trained or fixed thresholds."""
    known = {mark for row in trained if row.source == "mail_ham" for mark in _marks(row.text)}
    seen = 0
    for archive in sorted(folder.glob("*.tar.gz")):
        for number, mail in enumerate(read_mails(archive)):
            if known.isdisjoint(_marks(mail)):
                targets = dict.fromkeys(CATEGORIES, (0.0, 1.0))
                yield Text(mail[:TEXT_LIMIT], "real_mail", f"{archive.name}:{number}", "mail", targets)
            else:
                seen += 1
    if seen:
        remarks.append(f"{seen} real mails left out: their text is among the rows that trained or fixed thresholds")


_MARK = 60


def _marks(text: str) -> set[str]:
    """Beginnings by which two copies of one mail know each other: with and without its subject line."""
    _, _, body = text.partition("\n")
    return {mark for mark in (normalised(text)[:_MARK], normalised(body)[:_MARK]) if len(mark) >= _MARK // 2}
