"""Dangers inside ordinary text, and harmless sentences in the same places: at the start, in the middle, at the end.

Most labelled dangers are whole texts. A network that has read only those learns that a danger fills its window, and
misses the one sentence that a student leaves between two paragraphs of an essay. Harmless sentences are put into the
same passages, so that a sentence which does not belong is not by itself a danger.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from models.categories import CATEGORIES
from models.training.augment import is_harmless_throughout
from models.training.rows import Row
from models.training.stories import misspelt

BURIED = 12000
"""Texts of this kind per epoch: enough that every danger of our own is met at each place within a few epochs."""

SHARES = {"self_harm": 0.12, "violence": 0.1, "bullying": 0.08, "grooming": 0.04}
"""Of all such texts; the rest are harmless: with half of them dangerous, a network sees dangers in ordinary prose.
Grooming is a course of conversation and seldom one sentence.
"""

TRUSTED = 0.5
"""Only a danger whose label is trusted so far is put in."""

PROSE = ("literature", "clear_a", "mail_ham", "stories", "synthetic")
"""Sets whose harmless rows are passages to put something into, each as often as the others."""

_LONGEST_DANGER = 40
LONGEST_WHOLE = 92
"""Words: with its 1.3 tokens each, such a text fits one window whole, so no danger is cut off."""

_FEWEST_SENTENCES = 3
_SENTENCE_END = re.compile(r"(?<=[.!?]) +|\s*\n\s*")
_MISSPELT_SHARE = 0.2
_OTHER_CASE_SHARE = 0.1


def buried(rows: Sequence[Row], chance: random.Random, count: int = BURIED) -> list[Row]:
    """`count` rows of the source `buried`, made of short `rows` and of harmless passages among them.

    Each keeps what is known of the sentence that was put in. None where `rows` holds no passages.
    """
    passages = _passages(rows)
    short = [row for row in rows if len(row.text.split()) <= _LONGEST_DANGER]
    dangers = {c: [row for row in short if _is_trusted_danger(row, c)] for c in CATEGORIES}
    harmless = [row for row in short if is_harmless_throughout(row)]
    if not passages or not harmless:
        return []
    made: list[Row] = []
    for category, share in SHARES.items():
        pool = _evenly(dangers[category], round(share * count), chance)
        made += [_put_in(row, chance.choice(chance.choice(passages)), chance) for row in pool]
    rest = _evenly(harmless, count - len(made), chance)
    return [*made, *(_put_in(row, chance.choice(chance.choice(passages)), chance) for row in rest)]


def _is_trusted_danger(row: Row, category: str) -> bool:
    target, weight = row.targets.get(category, (0.0, 0.0))
    return target > 0.5 and weight >= TRUSTED


def _passages(rows: Sequence[Row]) -> list[list[list[str]]]:
    """The harmless passages of each set that has any, as sentences."""
    found: dict[str, list[list[str]]] = {}
    for row in rows:
        if row.source in PROSE and is_harmless_throughout(row) and (sentences := _sentences(row.text)):
            found.setdefault(row.source, []).append(sentences)
    return [found[source] for source in sorted(found)]


def _sentences(text: str) -> list[str]:
    """Sentences of a passage; none when it is too short to be one."""
    found = [part for part in _SENTENCE_END.split(text[:6000]) if part.strip()]
    return found if len(found) >= _FEWEST_SENTENCES else []


def _evenly(rows: Sequence[Row], count: int, chance: random.Random) -> list[Row]:
    """`count` of `rows`: our own sentences, which read like a student's, as often as all sets together."""
    own = [row for row in rows if row.source == "synthetic"]
    others = [row for row in rows if row.source != "synthetic"]
    pools = [pool for pool in (own, others) if pool]
    return [chance.choice(chance.choice(pools)) for _ in range(count)] if pools else []


def _put_in(row: Row, passage: Sequence[str], chance: random.Random) -> Row:
    """`row` with a part of the passage around it; its place is anywhere between the first and the last sentence."""
    around = _part(passage, chance.randint(30, LONGEST_WHOLE) - len(row.text.split()), chance)
    place = chance.choice((0, len(around), chance.randint(0, len(around))))
    inserted = row.text.strip()
    if inserted[-1:].isalnum() and chance.random() < 0.7:
        inserted += "."
    joint = chance.choice((" ", " ", " ", "\n", "\n\n"))
    text = joint.join([" ".join(around[:place]), inserted, " ".join(around[place:])]).strip()
    if chance.random() < _MISSPELT_SHARE:
        text = misspelt(text, chance)
    elif chance.random() < _OTHER_CASE_SHARE:
        text = text.lower()
    return replace(row, text=text, source="buried")


def _part(passage: Sequence[str], words: int, chance: random.Random) -> list[str]:
    """Sentences of about `words` words that follow one another, at least one, from a place by chance."""
    lengths = [len(sentence.split()) for sentence in passage]
    late = next((i for i in range(len(passage)) if sum(lengths[i:]) < words), len(passage) - 1)
    first = chance.randint(0, max(0, late - 1))
    around: list[str] = []
    for sentence, length in zip(passage[first:], lengths[first:], strict=True):
        words -= length
        if words < 0 and around:
            break
        around.append(" ".join(sentence.split()[:LONGEST_WHOLE]))
    return around
