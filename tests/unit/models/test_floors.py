"""Floors and ceilings of the shipped classifier on sentences that never trained: short school mail, half harmless."""

import json
from pathlib import Path

import pytest

from models.categories import CATEGORIES

ROWS = [json.loads(line) for line in (Path(__file__).parent / "frozen_sentences.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def flagged(classifier):
    scores = classifier.score([row["text"] for row in ROWS])
    return [(row, score.flags) for row, score in zip(ROWS, scores, strict=True)]


def test_the_frozen_set_is_half_harmless_in_every_category():
    for category in CATEGORIES:
        kinds = [row["dangerous"] for row in ROWS if row["kind"] == category]
        assert kinds.count(True) == kinds.count(False) == 10


FLOORS = {"bullying": 7, "self_harm": 8, "violence": 6, "grooming": 8}


@pytest.mark.parametrize("category", CATEGORIES)
def test_most_dangerous_sentences_raise_the_flag_of_their_category(category, flagged):
    found = [category in flags for row, flags in flagged if row["kind"] == category and row["dangerous"]]
    assert sum(found) >= FLOORS[category]


def test_hardly_a_harmless_look_alike_raises_any_flag(flagged):
    false = [row["text"] for row, flags in flagged if not row["dangerous"] and flags]
    assert len(false) <= 1, false


def test_the_shortest_plain_dangers_of_each_category_are_found(classifier):
    plain = {
        "self_harm": "I want to kill myself.",
        "violence": "I am going to bring a gun to school and shoot everyone.",
        "bullying": "You are such an ugly loser, everyone hates you.",
        "grooming": "Send me a picture of you without your shirt, it will be our secret. Don't tell your mom.",
    }
    for (category, _), score in zip(plain.items(), classifier.score(list(plain.values())), strict=True):
        assert category in score.flags
