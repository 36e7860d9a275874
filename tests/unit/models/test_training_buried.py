"""Rows that only training makes: dangers and look-alikes inside ordinary passages."""

import random
from collections import Counter

from models.categories import CATEGORIES
from models.training.buried import PROSE, SHARES, buried
from models.training.rows import Row

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))
PASSAGE = "The class walked to the lake. They counted nine herons. One had a blue band. Then it rained. We ran home."


def row(text, source="synthetic", level=None, **dangers):
    targets = dict.fromkeys(dangers, (1.0, 0.7)) or HARMLESS
    return Row(text, source, f"{source}:{text[:9]}", targets, level)


ROWS = [
    row("zzshort wish", level=2, self_harm=1),
    row("zzthreat", "threatgram", violence=1),
    row("zzinsult", "insults", bullying=1),
    row("zzsecret", grooming=1),
    row("zzordinary"),
    row(" ".join(["zzlong"] * 60), self_harm=1),
    *(row(PASSAGE.replace("nine", f"{n}"), "literature") for n in range(5)),
]


def test_each_keeps_what_is_known_of_the_sentence_inside():
    made = buried(ROWS, random.Random(1), 500)
    assert len(made) == 500
    for text in made:
        lowered = text.text.lower()
        dangerous = [c for c in CATEGORIES if text.targets.get(c, (0.0, 0.0))[0] > 0.5]
        inside = {"zzshort": "self_harm", "zzthreat": "violence", "zzinsult": "bullying", "zzsecret": "grooming"}
        assert "zzlong" not in lowered
        if dangerous == ["self_harm"]:
            assert (text.level, text.targets["self_harm"]) == (2, (1.0, 0.7))
        plain = [category for word, category in inside.items() if word in lowered]
        assert plain == dangerous or len(plain) < len(dangerous)  # a letter of the word may have slipped
    counts = Counter(c for text in made for c in text.targets if text.targets[c][0] > 0.5)
    assert counts == {category: round(share * 500) for category, share in SHARES.items()}


def test_they_stand_at_every_place_with_the_passage_around():
    made = [text.text for text in buried(ROWS, random.Random(2), 400) if "zzthreat" in text.text]
    first = sum(text.startswith("zzthreat") for text in made)
    last = sum(text.rstrip(".").endswith("zzthreat") for text in made)
    assert min(first, last, len(made) - first - last) > len(made) // 8
    assert all(len(text.split()) > 3 for text in made)


def test_the_same_chance_makes_the_same_and_nothing_comes_from_nothing():
    assert buried(ROWS, random.Random(3), 50) == buried(ROWS, random.Random(3), 50)
    assert buried([], random.Random(3), 50) == []
    assert buried([row("zzthreat", violence=1)], random.Random(3), 50) == []
    assert "literature" in PROSE
