"""Harmless stories as younger pupils write them: first person, breathless, misspelt, marks where names were removed.

No data set has them. Without them the model takes a breathless "he would not leave me alone and I could not take it
anymore" for a danger, whatever it is about. The parts are our own; the spelling follows what children do to it.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from models.categories import CATEGORIES
from models.training.augment import is_harmless_throughout
from models.training.rows import Row

PARTS = Path(__file__).parent / "synthetic" / "story_parts.json"

STORIES = 2500
"""Stories and misspelt passages per epoch."""

SOURCES = ("literature", "clear_a", "synthetic")
"""Harmless prose of these is misspelt in the same way."""

_LONGEST = 900
_SHORTEST = 80
_SLOT = re.compile(r"\{(\w+)\}")
_SOUNDS: tuple[tuple[str, str], ...] = (
    ("because", "becuase"), ("because", "cuz"), ("their", "there"), ("there", "their"), ("they're", "there"),
    ("too", "to"), ("than", "then"), ("were", "where"), ("where", "were"), ("our", "are"), ("through", "threw"),
    ("know", "no"), ("our", "or"), ("want", "wont"), ("a lot", "alot"), ("finally", "finaly"), ("really", "realy"),
    ("special", "speshal"), ("people", "poeple"), ("friend", "freind"), ("started", "startid"), ("thought", "thot"),
    ("would", "wood"), ("said", "sed"), ("until", "intill"), ("tomorrow", "tommorow"), ("when", "wen"),
    ("went", "whent"), ("don't", "dont"), ("did not", "did'nt"), ("could not", "coudnt"), ("trying", "tryin"),
    ("scared", "scard"), ("going to", "gonna"), ("by", "bye"), ("think", "thik"), ("never", "nevr"), ("and", "an"),
)  # fmt: skip


@cache
def _parts() -> dict[str, list[str]]:
    parts: dict[str, list[str]] = json.loads(PARTS.read_text(encoding="utf-8"))
    return parts


def young_stories(rows: Sequence[Row], chance: random.Random, count: int = STORIES) -> list[Row]:
    """`count` harmless rows of the source `stories`: half put together from our parts, half of `rows`, misspelt."""
    prose = [
        row.text for row in rows if row.source in SOURCES and len(row.text) >= _SHORTEST and is_harmless_throughout(row)
    ]
    targets = dict.fromkeys(CATEGORIES, (0.0, 1.0))
    stories: list[Row] = []
    for number in range(count):
        from_prose = bool(prose) and chance.random() < 0.4
        text = _passage(chance.choice(prose), chance) if from_prose else _story(chance)
        stories.append(Row(misspelt(text, chance), "stories", f"stories:{number}", targets))
    return stories


def _passage(text: str, chance: random.Random) -> str:
    start = chance.randrange(max(1, len(text) - _LONGEST))
    return text[start : start + chance.randint(_SHORTEST, _LONGEST)]


def _story(chance: random.Random) -> str:
    parts = _parts()
    middle = [chance.choice(parts["middle"]) for _ in range(chance.randint(1, 9))]
    events = [f"Then {chance.choice(parts['event'])}." for _ in range(chance.randint(0, 2))]
    inner = [*middle, *events]
    chance.shuffle(inner)
    sentences = [chance.choice(parts["opener"]), *inner]
    if chance.random() < 0.7:
        sentences.append(chance.choice(parts["closer"]))
    return _filled(" ".join(sentences), chance)


def _filled(text: str, chance: random.Random) -> str:
    while match := _SLOT.search(text):
        text = text[: match.start()] + chance.choice(_parts()[match[1]]) + text[match.end() :]
    return text


def misspelt(text: str, chance: random.Random) -> str:
    """`text` as a child may spell it: between hardly and badly."""
    ways: tuple[tuple[float, Callable[[str, random.Random], str]], ...] = (
        (0.7, _by_sound), (0.6, _slips), (0.5, _loose_points), (0.15, _unreadable), (0.15, _removed_names),
    )  # fmt: skip
    for share, way in ways:
        if chance.random() < share:
            text = way(text, chance)
    return text.lower() if chance.random() < 0.2 else text


def _by_sound(text: str, chance: random.Random) -> str:
    for right, wrong in chance.sample(_SOUNDS, 12):
        text = re.sub(rf"\b{right}\b", wrong, text)
    return text


def _slips(text: str, chance: random.Random) -> str:
    """Letters dropped, doubled or swapped in some words."""
    share = chance.uniform(0.02, 0.15)
    return " ".join(_slipped(word, chance) if chance.random() < share else word for word in text.split(" "))


def _slipped(word: str, chance: random.Random) -> str:
    if len(word) < 3:
        return word
    at = chance.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return chance.choice((word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], swapped))


def _loose_points(text: str, chance: random.Random) -> str:
    """Points gone, glued to the next word, or turned into `and then`."""
    joint = chance.choice((" ", " and ", " and then ", ".", " so ", " , "))
    return re.sub(r"[.!?] ", lambda found: joint if chance.random() < 0.7 else found[0], text)


def _unreadable(text: str, chance: random.Random) -> str:
    """Words that the typist of a handwritten essay could not read."""
    return " ".join(
        chance.choice(("???", "??", "@ILLEGIBLE")) if chance.random() < 0.06 else w for w in text.split(" ")
    )


def _removed_names(text: str, chance: random.Random) -> str:
    """Marks in the place of names, as in essays that were made anonymous."""
    mark = chance.choice(("@CAPS1", "@PERSON1", "@LOCATION1", "@CAPS2"))
    return re.sub(r"(?<=[a-z] )[A-Z][a-z]+", mark, text)
