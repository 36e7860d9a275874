"""Rows that only exist as contrasts: comments less their insults, stories of younger pupils, reviewed rows."""

import json
import random
import re

from models.categories import CATEGORIES
from models.training import reviewed
from models.training.finish import _points
from models.training.mapping import SETS, without_toxic_sentences
from models.training.rows import Row, digest_of
from models.training.splits import load_sets, split_rows
from models.training.stories import _SOUNDS, misspelt, young_stories

RUDE = "The bridge was built in two years and paid for by the county. What an idiot. It opened to traffic last spring."


def comment(text: str, toxic: str) -> dict:
    start = text.index(toxic) if toxic else 0
    return {"text": text, "source_label": {"toxic_chars": list(range(start, start + len(toxic)))}}


def test_what_is_left_of_a_comment_without_its_toxic_sentences_is_not_bullying():
    rest = without_toxic_sentences(comment(RUDE, "idiot"))
    assert rest["text"] == RUDE.replace("What an idiot. ", "")
    assert SETS["toxic_spans"].map(rest)["bullying"] == (0.0, 0.4)
    assert SETS["toxic_spans"].map(comment(RUDE, "an idiot"))["bullying"][0] == 1.0


def test_nothing_is_made_of_a_comment_that_is_all_toxic_or_not_at_all():
    assert without_toxic_sentences(comment("What an idiot. Go away.", "idiot")) is None
    assert without_toxic_sentences(comment(RUDE, "")) is None


def test_a_comment_and_what_is_left_of_it_stand_on_one_side(tmp_path):
    (tmp_path / "open").mkdir()
    texts = [RUDE.replace("two years", f"{n} years and {n + 1} days") for n in range(300)]
    lines = "".join(json.dumps(comment(text, "idiot")) + "\n" for text in texts)
    (tmp_path / "open" / "toxic_spans.jsonl").write_text(lines)
    rows = load_sets(tmp_path)
    assert len(rows) == 600
    for side in split_rows(rows).values():
        years = [re.search(r"(\d+) years", row.text)[1] for row in side]
        assert all(years.count(year) == 2 for year in set(years))


def test_stories_are_harmless_alike_for_a_seed_and_misspelt():
    stories = young_stories([], random.Random(3), 200)
    assert stories == young_stories([], random.Random(3), 200)
    assert len({story.text for story in stories}) == 200
    assert all(story.targets == dict.fromkeys(CATEGORIES, (0.0, 1.0)) for story in stories)
    assert not any("{" in story.text for story in stories)
    wrong = {wrong for _, wrong in _SOUNDS if wrong not in {right for right, _ in _SOUNDS}}
    assert sum(bool(wrong & set(story.text.split())) for story in stories) > 50


def test_only_harmless_prose_is_misspelt():
    danger = Row(
        "I want to kill myself tonight and nobody will stop me. " * 4, "literature", "a", {"self_harm": (1, 1)}
    )
    prose = Row("Zebras graze beside the river. " * 8, "literature", "b", dict.fromkeys(CATEGORIES, (0.0, 1.0)))
    texts = [story.text.lower() for story in young_stories([danger, prose], random.Random(1), 300)]
    assert any("river" in text for text in texts)
    assert not any("tonight" in text for text in texts)


def test_misspelling_takes_any_text():
    for text in ("", "a", "ab", "???", "\n\n", "A. B. C."):
        for seed in range(20):
            assert isinstance(misspelt(text, random.Random(seed)), str)


def test_a_reviewed_row_does_not_decide_a_threshold(monkeypatch):
    import numpy as np

    from models.calibration import Calibration

    rows = [Row(f"mail number {n}", "mail_ham", str(n), {"bullying": (0.0, 1.0)}) for n in range(400)]
    logits = np.zeros((400, len(CATEGORIES)))
    logits[:, 0] = np.linspace(-3, -1, 400)
    logits[7, 0] = 9.0
    with_it = _points(rows, logits, "bullying", Calibration(), ("formal",))
    monkeypatch.setattr("models.training.finish.set_aside", lambda: {(digest_of("mail number 7"), "bullying")})
    without = _points(rows, logits, "bullying", Calibration(), ("formal",))
    assert without["alert"] < with_it["alert"]


def test_the_reviewed_file_holds_digests_and_reasons_and_no_text():
    for line in reviewed.FILE.read_text().splitlines():
        raw = json.loads(line)
        assert set(raw) == {"digest", "category", "why"}
        assert re.fullmatch("[0-9a-f]{24}", raw["digest"])
        assert raw["category"] in CATEGORIES
        assert len(raw["why"]) < 60
