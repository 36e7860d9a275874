"""Explanations, marks in texts, and errors to be read, on a handful of texts counted by hand."""

import json

import numpy as np
import pytest

from models.categories import CATEGORIES
from models.evaluation.corpus import Text
from models.evaluation.errors import PROJECT, outside, write_errors
from models.evaluation.explanations import covered, deletion, overlap, random_cut, toxic_overlap, without_spans
from models.evaluation.labelled import EvaluationError
from models.evaluation.markers import (
    has_dialect_marker,
    identity_terms,
    language,
    length_bucket,
    names_identity,
    person,
)
from models.evaluation.scored import Scored, score_all
from models.training.chance import seeded
from tests.unit.models.evaluation_data import POINTS, PretendedClassifier

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))


def texts_of(source, labels, *, origin="held_out", category="bullying", **more):
    return [
        Text(f"{source} {i}", source, f"{source}{i}", origin, {category: (float(y), 1.0)}, **more)
        for i, y in enumerate(labels)
    ]


def given(texts, scores, category="bullying", levels=None):
    """Texts with the scores of one category; 0 in the others; thresholds 0.5 and 0.1 everywhere."""
    columns = np.zeros((len(texts), len(CATEGORIES)))
    columns[:, CATEGORIES.index(category)] = scores
    return Scored(texts, columns, [()] * len(texts), levels or [None] * len(texts), PretendedClassifier().thresholds)


def test_deletion_sees_that_the_mark_carries_the_score():
    texts = [
        Text(
            f"I was at home on day {i}. Then he called me a loser. We had soup for dinner.",
            "insults",
            f"{i}",
            "held_out",
            {"bullying": (1.0, 1.0)},
        )
        for i in range(20)
    ] + [Text("loser", "insults", "x", "held_out", {"bullying": (1.0, 1.0)})]
    classifier = PretendedClassifier()
    found = deletion(score_all(classifier, texts), classifier)
    assert (found["bullying"]["flagged"], found["bullying"]["skipped"], found["bullying"]["n"]) == (21, 1, 20)
    assert found["bullying"]["drop_of_marked"]["value"] > 5
    assert found["bullying"]["difference"]["value"] > 1
    assert found["bullying"]["marked_lowers_more"]["value"] > 0.5
    assert found["violence"] == {"flagged": 0, "skipped": 0, "n": 0}


def test_a_mark_that_carries_nothing_is_found_out():
    texts = [
        Text(
            f"I was at home on day {i}. Then he called me a loser. We had soup for dinner.",
            "insults",
            f"{i}",
            "held_out",
            {"bullying": (1.0, 1.0)},
        )
        for i in range(20)
    ]
    classifier = PretendedClassifier()
    scored = score_all(classifier, texts)
    wrong = [tuple(type(s)(0, 20, s.category, s.probability) for s in spans) for spans in scored.spans]
    found = deletion(Scored(scored.texts, scored.scores, wrong, scored.levels, scored.thresholds), classifier)[
        "bullying"
    ]
    assert found["difference"]["value"] <= 0
    assert found["marked_lowers_more"]["value"] < 0.5


def test_cuts_are_as_long_as_the_mark_and_begin_at_a_word():
    text = "one two three four five"
    assert without_spans(text, [(0, 4), (2, 8)]) == "three four five"
    assert covered([(0, 4), (2, 8)]) == 8
    for number in range(30):
        start, end = random_cut(text, 5, seeded(number))
        assert end - start == 5
        assert start == 0 or text[start - 1] == " "
    assert random_cut("abc", 10, seeded(0)) == (0, 3)


def test_overlap_of_characters():
    assert overlap({1, 2, 3, 4}, {3, 4, 5}) == {
        "touches": 1.0,
        "covers": 0.0,
        "precision": 0.5,
        "recall": pytest.approx(2 / 3),
    }
    assert overlap(set(), {1}) == {"touches": 0.0, "covers": 0.0, "precision": 0.0, "recall": 0.0}
    assert overlap({1, 2}, {1})["covers"] == 1.0


def test_marks_on_toxic_comments_beat_random_sentences():
    before = "I read the report. It was long. It was late. You are a "
    label = {"toxic_chars": list(range(len(before), len(before) + 5))}
    texts = [Text(f"{before}loser! Number {i}.", "toxic_spans", f"{i}", "held_out", {}, label=label) for i in range(30)]
    texts += [Text("nothing here. Nothing.", "toxic_spans", "x", "held_out", {}, label={"toxic_chars": [0, 900]})]
    found = toxic_overlap(score_all(PretendedClassifier(), texts))
    assert (found["annotated"], found["flagged"], found["n"]) == (31, 30, 30)
    assert found["marked"]["covers"]["value"] == 1.0
    assert found["marked"]["precision"]["value"] == pytest.approx(5 / len("You are a loser!"))
    assert 0 < found["random"]["covers"]["value"] < 0.6
    assert found["difference"]["recall"]["value"] == pytest.approx(1 - found["random"]["recall"]["value"])


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("African American and gay, Muslims, gayety", ("african american", "gay", "muslim")),
        ("an old blind dog", ("old", "blind")),
        ("nobody", ()),
    ],
)
def test_identity_terms(text, terms):
    assert identity_terms(text) == terms


def test_free_text_names_an_identity_only_by_clear_terms():
    assert not names_identity("an old blind dog")
    assert names_identity("a deaf student")


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("she be like no", True),
        ("ain\u2019t nobody here", True),
        ("we was late", True),
        ("ion know", True),
        ("he will be like you", False),
        ("the ion is charged", False),
    ],
)
def test_dialect_markers(text, marked):
    assert has_dialect_marker(text) is marked


def test_language_person_and_length():
    assert [language(t) for t in ("no quiero estar aquí", "I do not want to be here", "xyz")] == ["es", "en", "en"]
    who = {"I saw him": "first", "my friend is sad": "first", "she is sad": "third", "see you": "none"}
    assert {text: person(text) for text in who} == who
    sizes = {49: "under 50", 50: "50 to 199", 200: "200 to 999", 1000: "1,000 and more"}
    assert {size: length_bucket("x" * size) for size in sizes} == sizes


def errors_of(folder, category="bullying"):
    return [json.loads(line) for line in (folder / f"{category}.jsonl").read_text().splitlines()]


def test_errors_are_worst_and_random_misses_and_false_alarms(tmp_path):
    labels = [0] * 20 + [1] * 20
    scores = np.concatenate([np.linspace(0.51, 0.99, 20), np.linspace(0.01, 0.49, 20)])
    texts = [*texts_of("insults", labels), Text("weak", "gab", "w", "held_out", {"bullying": (1.0, 0.15)})]
    written = write_errors(given(texts, [*scores, 0.0]), 12, tmp_path / "errors")
    assert written == {"bullying": 12, "self_harm": 0, "violence": 0, "grooming": 0}
    rows = errors_of(tmp_path / "errors")
    assert [row["kind"] for row in rows] == ["false alarm"] * 6 + ["miss"] * 6
    assert [row["score"] for row in rows if row["picked"] == "worst"] == pytest.approx(
        [*scores[19:16:-1], *scores[20:23]]
    )
    assert len({row["text"] for row in rows}) == 12
    assert "weak" not in {row["text"] for row in rows}
    assert all((row["score"] >= POINTS["alert"]) == (row["kind"] == "false alarm") for row in rows)


def test_where_one_kind_is_rare_the_other_fills_up(tmp_path):
    scored = given(texts_of("insults", [0] + [1] * 20), [0.9] + [0.1] * 20)
    write_errors(scored, 10, tmp_path)
    assert [row["kind"] for row in errors_of(tmp_path)] == ["false alarm"] + ["miss"] * 9


@pytest.mark.parametrize("name", ["models/reports", "models", "var/errors", "."])
def test_errors_are_never_written_inside_the_project(name, monkeypatch):
    monkeypatch.chdir(PROJECT)
    with pytest.raises(EvaluationError, match="not written inside the project"):
        outside(PROJECT / name)
    with pytest.raises(EvaluationError):
        outside(type(PROJECT)(name))
