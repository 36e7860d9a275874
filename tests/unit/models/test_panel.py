"""Several classifiers speak as one, and a table that names one is checked before its folder is opened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models import panel
from models.cache import CacheUse
from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.classifier import ScoredSpan, TextScore
from models.panel import Panel, PanelScore, Verdict, load_panel, verdict_of
from models.panel_spec import parse_members
from tests.unit.models.panel_folders import make_folder, table

LABELS = {"rude": "bullying", "threat": "violence"}


class Fixed:
    """Says the same of every text, with one threshold for all categories, and marks the whole text."""

    def __init__(self, name: str, alert: float, levels: dict[str, int] | None = None, **scores: float) -> None:
        self.id = name
        self.thresholds = {
            channel: {c: {"alert": alert, "review": alert / 2} for c in CATEGORIES} for channel in CHANNELS
        }
        self.scores = {category: scores.get(category, 0.0) for category in CATEGORIES}
        self.levels = levels or {}
        self.calls: list[tuple[str, bool, CacheUse | None]] = []

    def at(self, _: dict[str, str]) -> "Fixed":
        return self

    def score(
        self, texts: Sequence[str], *, channel: str = "mail", first_pass: bool = False, cache: CacheUse | None = None
    ) -> list[TextScore]:
        self.calls.append((channel, first_pass, cache))
        points = self.thresholds[channel]
        flags = tuple(c for c in CATEGORIES if self.scores[c] >= points[c]["alert"])
        reviews = tuple(c for c in CATEGORIES if self.scores[c] >= points[c]["review"])
        return [
            TextScore(
                scores=self.scores,
                flags=flags,
                reviews=reviews,
                spans=tuple(ScoredSpan(0, len(text), c, self.scores[c]) for c in flags),
                levels={c: level for c, level in self.levels.items() if c in flags},
            )
            for text in texts
        ]


def together(*members: Fixed, of: Sequence[Sequence[str]] = ()) -> Panel:
    return Panel(list(zip(members, of or [CATEGORIES] * len(members), strict=True)))


def one_score(*members: Fixed, of: Sequence[Sequence[str]] = ()) -> PanelScore:
    (score,) = together(*members, of=of).score(["some text"])
    assert isinstance(score, PanelScore)
    return score


def test_of_each_category_the_highest_score_counts_and_who_flagged_it_is_named():
    score = one_score(Fixed("a", 0.5, bullying=0.9, violence=0.6), Fixed("b", 0.5, violence=0.7, grooming=0.1))
    assert score.scores == {"bullying": 0.9, "self_harm": 0.0, "violence": 0.7, "grooming": 0.1}
    assert score.flags == ("bullying", "violence")
    assert score.verdicts == {"bullying": Verdict("a", 0.9, 0.5), "violence": Verdict("b", 0.7, 0.5)}
    assert [(span.category, span.probability) for span in score.spans] == [("bullying", 0.9), ("violence", 0.7)]


def test_whoever_reaches_its_own_threshold_flags_though_another_scores_higher():
    score = one_score(Fixed("strict", 0.9, violence=0.8), Fixed("keen", 0.3, violence=0.4))
    assert score.scores["violence"] == 0.8
    assert score.flags == ("violence",)
    assert score.verdicts["violence"] == Verdict("keen", 0.4, 0.3)


def test_a_member_is_heard_only_on_its_own_categories():
    loud = Fixed("loud", 0.5, dict.fromkeys(CATEGORIES, 3), **dict.fromkeys(CATEGORIES, 0.99))
    score = one_score(Fixed("quiet", 0.5), loud, of=[CATEGORIES, ["violence"]])
    assert score.flags == score.reviews == ("violence",)
    assert {span.category for span in score.spans} == {"violence"}
    assert score.levels == {"violence": 3}
    assert score.scores["grooming"] == 0.0


def test_the_level_is_that_of_those_who_flagged():
    low, high = Fixed("low", 0.5, {"violence": 1}, violence=0.9), Fixed("high", 0.5, {"violence": 3}, violence=0.6)
    silent = Fixed("silent", 0.99, {"violence": 3}, violence=0.6)
    assert one_score(low, high).levels == {"violence": 3}
    assert one_score(low, silent).levels == {"violence": 1}
    assert one_score(Fixed("no ladder", 0.5, violence=0.9)).levels == {}


def test_what_anybody_would_review_is_for_review():
    score = one_score(Fixed("a", 0.9, violence=0.5), Fixed("b", 0.99, bullying=0.6))
    assert (score.flags, score.reviews) == ((), ("bullying", "violence"))
    assert score.verdicts == {}


def test_the_channel_the_first_pass_and_the_cache_reach_every_member():
    first, second, cache = Fixed("a", 0.5), Fixed("b", 0.5), CacheUse(b"", {})
    together(first, second).score(["x"], channel="chat", first_pass=True, cache=cache)
    assert first.calls == second.calls == [("chat", True, cache)]
    with pytest.raises(ClassifierError, match="mail, document, chat"):
        together(first).score(["x"], channel="fax")


def test_no_score_below_a_threshold_of_the_panel_is_flagged():
    members = Fixed("a", 0.9), Fixed("b", 0.4)
    points = together(*members, of=[CATEGORIES, ["violence"]]).thresholds["mail"]
    assert points["violence"] == {"alert": 0.4, "review": 0.2}
    assert points["bullying"] == {"alert": 0.9, "review": 0.45}


def test_the_id_changes_with_the_members_and_what_they_speak_about():
    a, b = Fixed("a", 0.5), Fixed("b", 0.5)
    ids = {
        together(a, b).id,
        together(a).id,
        together(a, Fixed("c", 0.5)).id,
        together(a, b, of=[CATEGORIES, ["violence"]]).id,
    }
    assert len(ids) == 4
    assert together(a, b).id == together(Fixed("a", 0.9), Fixed("b", 0.9)).id
    assert all(len(name) <= 80 for name in ids)


def test_the_verdict_of_a_classifier_alone_is_its_score_and_threshold():
    alone = Fixed("alone", 0.5, violence=0.7)
    (score,) = alone.score(["x"])
    assert verdict_of(alone, score, "violence", "mail") == Verdict("alone", 0.7, 0.5)
    whole = together(alone)
    (score,) = whole.score(["x"])
    assert verdict_of(whole, score, "violence", "mail") == Verdict("alone", 0.7, 0.5)


def test_without_members_ours_speaks_for_itself(monkeypatch):
    ours = Fixed("ours", 0.5)
    monkeypatch.setattr(panel, "load_classifier", lambda **_: ours)
    assert load_panel() is ours


def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labels: dict[str, Any], *, replace: bool) -> PanelScore:
    """What a panel of ours, sure of everything, and a folder says of a text."""
    ours = Fixed("ours", 0.5, **dict.fromkeys(CATEGORIES, 0.99))
    monkeypatch.setattr(panel, "load_classifier", lambda **_: ours)
    folder = make_folder(tmp_path, list(labels))
    calm = {c.strip("+-"): {"alert": 0.999999, "review": 0.99} for c in labels.values()}
    specs = parse_members([table(folder, labels, replace=replace, thresholds=calm)], tmp_path)
    (score,) = load_panel(specs).score(["You are the worst."])
    assert isinstance(score, PanelScore)
    return score


def test_beside_ours_a_folder_adds_what_it_finds(tmp_path, monkeypatch):
    assert loaded(tmp_path, monkeypatch, LABELS, replace=False).flags == CATEGORIES


def test_in_place_of_ours_a_folder_speaks_about_its_own_categories_and_ours_keeps_the_rest(tmp_path, monkeypatch):
    score = loaded(tmp_path, monkeypatch, LABELS, replace=True)
    assert score.flags == ("self_harm", "grooming")
    assert score.scores["violence"] < 0.999


def test_where_a_folder_takes_every_category_ours_is_not_loaded(tmp_path, monkeypatch):
    folder = make_folder(tmp_path, list(CATEGORIES))
    specs = parse_members([table(folder, {c: c for c in CATEGORIES}, replace=True)], tmp_path)
    monkeypatch.setattr(panel, "load_classifier", lambda **_: pytest.fail("ours was loaded"))
    (score,) = load_panel(specs).score(["You are the worst."])
    assert sum(score.scores.values()) == pytest.approx(1, abs=1e-5)


GOOD: dict[str, Any] = {
    "id": "tiny",
    "path": "tiny",
    "sha256": {"model.safetensors": "0" * 64},
    "labels": {"rude": "bullying"},
    "calibration": {"bullying": {"slope": 1, "intercept": -2.5}},
    "thresholds": {"bullying": {"alert": 0.5, "review": 0.2}},
}


def test_a_table_is_read_as_it_is_meant():
    (spec,) = parse_members([GOOD], Path("/etc/heed"))
    assert (spec.id, spec.path, spec.replaces, spec.head) == ("tiny", Path("/etc/heed/tiny"), False, "")
    assert spec.categories == ("bullying",)
    assert spec.calibration == {"bullying": (1.0, -2.5)}
    assert {points["bullying"]["alert"] for points in spec.thresholds.values()} == {0.5}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": None}, "id"),
        ({"id": "Tiny One"}, "id"),
        ({"id": "x" * 41}, "id"),
        ({"path": ""}, "path"),
        ({"replace": "yes"}, "replace"),
        ({"replace": 1}, "replace"),
        ({"head": "both"}, "head"),
        ({"heads": "multi"}, "heads"),
        ({"sha256": {}}, "safetensors"),
        ({"sha256": {"config.json": "0" * 64}}, "safetensors"),
        ({"sha256": {"model.safetensors": "0" * 63}}, "64"),
        ({"sha256": {"model.safetensors": "0" * 64, "pytorch_model.bin": "0" * 64}}, "pytorch_model.bin"),
        ({"sha256": {"../model.safetensors": "0" * 64}}, "../model.safetensors"),
        ({"labels": {}}, "labels"),
        ({"labels": {"rude": "rudeness"}}, "labels.rude"),
        ({"labels": {"rude": 1}}, "labels.rude"),
        ({"labels": {"rude": "bullying", "kind": "-bullying"}}, "both + and -"),
        ({"labels": {"rude": "bullying", "threat": "violence"}}, "calibration"),
        ({"calibration": {"bullying": {"slope": 1}}}, "calibration.bullying.intercept"),
        ({"calibration": {"bullying": {"slope": 0, "intercept": 0}}}, "calibration.bullying.slope"),
        ({"calibration": {"bullying": {"slope": float("nan"), "intercept": 0}}}, "calibration.bullying.slope"),
        ({"calibration": {"bullying": {"slope": 1, "intercept": 0, "shift": 1}}}, "shift"),
        ({"thresholds": {}}, "thresholds"),
        ({"thresholds": {"bullying": {"alert": 0.2, "review": 0.5}}}, "thresholds.bullying"),
        ({"thresholds": {"bullying": {"alert": 1.0, "review": 0.5}}}, "thresholds.bullying"),
        ({"thresholds": {"bullying": {"alert": 0.5}}}, "thresholds.bullying.review"),
        ({"thresholds": GOOD["thresholds"] | {"fax": GOOD["thresholds"]}}, "thresholds"),
        ({"thresholds": GOOD["thresholds"] | {"chat": {"violence": {}}}}, "thresholds.chat.violence"),
        ({"thresholds": GOOD["thresholds"] | {"chat": {"bullying": {"alert": 2}}}}, "thresholds.chat.bullying"),
    ],
)
def test_a_mistake_in_a_table_is_refused_by_the_name_of_its_key(changes, named):
    with pytest.raises(ClassifierError) as caught:
        parse_members([GOOD | changes], Path("/"))
    assert named in str(caught.value)


def test_two_members_of_one_name_are_refused():
    with pytest.raises(ClassifierError, match="two members"):
        parse_members([GOOD, GOOD], Path("/"))
