"""Floors and ceilings of the shipped classifier on small frozen sets of our own text, none of which ever trained.

The floors lie a little below what the card reports: they catch a step back, not chance. Nobody may train on these
files, or move a threshold by them.
"""

import json
from pathlib import Path

import pytest

from models.categories import CATEGORIES

FOLDER = Path(__file__).parent


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


SHORT, SCHOOL, BENIGN = read("frozen_sentences"), read("frozen_school"), read("frozen_benign")
CHANNELS = {"essay": "document", "mail": "mail", "chat": "chat", "identity": "mail"}


@pytest.fixture(scope="module")
def short(classifier):
    return list(zip(SHORT, classifier.score([row["text"] for row in SHORT]), strict=True))


@pytest.fixture(scope="module")
def school(classifier):
    return list(zip(SCHOOL, classifier.score([row["text"] for row in SCHOOL]), strict=True))


def test_the_frozen_sets_are_half_harmless_in_every_category():
    for category in CATEGORIES:
        kinds = [row["dangerous"] for row in SHORT if row["kind"] == category]
        assert kinds.count(True) == kinds.count(False) == 10
        kinds = [row["kind"] for row in SCHOOL if row["category"] == category]
        assert kinds.count("dangerous") == kinds.count("look_alike") == 30


@pytest.mark.parametrize(("category", "floor"), [("bullying", 9), ("self_harm", 9), ("violence", 8), ("grooming", 9)])
def test_most_plain_dangers_raise_the_flag_of_their_category(category, floor, short):
    found = [category in score.flags for row, score in short if row["kind"] == category and row["dangerous"]]
    assert sum(found) >= floor


@pytest.mark.parametrize(
    ("category", "alert", "review"),
    [("bullying", 22, 27), ("self_harm", 23, 26), ("violence", 24, 27), ("grooming", 26, 27)],
)
def test_dangers_of_every_form_are_found(category, alert, review, school):
    """Thirty each: plain, indirect, Spanish, disguised, in the third person, inside ordinary text."""
    scores = [score for row, score in school if row["category"] == category and row["kind"] == "dangerous"]
    assert sum(category in score.flags for score in scores) >= alert
    assert sum(category in score.reviews for score in scores) >= review


def test_hardly_a_harmless_look_alike_raises_any_flag(short, school):
    false = [row["text"] for row, score in short if not row["dangerous"] and score.flags]
    false += [row["text"] for row, score in school if row["kind"] == "look_alike" and score.flags]
    assert len(false) <= 5, false  # of 160


@pytest.mark.parametrize(("part", "ceiling"), [("essay", 1), ("mail", 2), ("chat", 1), ("identity", 1)])
def test_ordinary_text_raises_hardly_any_flag(part, ceiling, classifier):
    texts = [row["text"] for row in BENIGN if row["slice"] == part]
    assert len(texts) == 30
    assert sum(bool(score.flags) for score in classifier.score(texts, channel=CHANNELS[part])) <= ceiling


def test_the_shortest_plain_dangers_of_each_category_are_found(classifier):
    plain = {
        "self_harm": "I want to kill myself.",
        "violence": "I am going to bring a gun to school and shoot everyone.",
        "bullying": "You are such an ugly loser, everyone hates you.",
        "grooming": "Send me a picture of you without your shirt, it will be our secret. Don't tell your mom.",
    }
    for (category, _), score in zip(plain.items(), classifier.score(list(plain.values())), strict=True):
        assert category in score.flags


def test_a_goodbye_is_graver_than_a_wish_and_a_weapon_with_a_day_than_anger(classifier):
    lower, higher = [
        classifier.score([text])[0].levels
        for text in ("I wish I was dead.", "I wrote the letters and tonight I will kill myself. Goodbye.")
    ]
    assert higher["self_harm"] > lower["self_harm"]
    lower, higher = [
        classifier.score([text])[0].levels
        for text in ("I hope he gets hurt.", "I am bringing my dad's gun to school on Friday and I will shoot you.")
    ]
    assert higher["violence"] > lower.get("violence", 1)
