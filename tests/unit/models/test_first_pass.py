"""The first pass, with cuts made for the test: which windows the other layers read, what the others score."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from models.body import Body
from models.cache import CacheUse, MemoryCache
from models.categories import CATEGORIES, ClassifierError
from models.classifier import Classifier, load_classifier
from models.first_pass import FirstPass
from models.inference import LEAST_BUDGET, NEVER, Engine
from models.lanes import Lanes
from models.store import (
    CUT_POINTS,
    MANIFEST,
    SHIPPED,
    WEIGHTS,
    add_first_pass,
    change_manifest,
    load_parts,
    read_manifest,
    write_classifier,
)
from tests.unit.models.single import single_reader

TEXTS = [
    "Can you please tell me what pages we have to read for history?",
    "I want to kill myself tonight. I can't do this any more.",
    "Thanks for helping me with math yesterday. " * 30,
    "You are such an ugly loser, everyone hates you.",
    "",
]
LAYERS = 6


def folder_with(tmp_path: Path, cut: float, higher: float | None = None) -> Path:
    """The shipped first reader with the same cut for every category."""
    folder = single_reader(tmp_path / "classifier")
    cuts = {"alert": cut, "higher": cut if higher is None else higher}
    add_first_pass(folder, {"cuts": {point: dict.fromkeys(CATEGORIES, cuts[point]) for point in CUT_POINTS}})
    return folder


def read_tokens(monkeypatch) -> dict[str, int]:
    """How many tokens went through the early layers, and how many through the others."""
    counts = {"early": 0, "late": 0}
    whole = Body.states

    def states(self, packed, begun=None, layers=slice(None)):
        first, last, _ = layers.indices(LAYERS)
        counts["early"] += len(packed.ids) if first == 0 else 0
        counts["late"] += len(packed.ids) if last == LAYERS else 0
        return whole(self, packed, begun, layers)

    monkeypatch.setattr(Body, "states", states)
    return counts


def batch_sizes(monkeypatch) -> list[int]:
    """The tokens of each batch that goes through any layers."""
    sizes = []
    whole = Body.states

    def states(self, packed, begun=None, layers=slice(None)):
        sizes.append(len(packed.ids))
        return whole(self, packed, begun, layers)

    monkeypatch.setattr(Body, "states", states)
    return sizes


def test_where_everything_passes_the_scores_are_exact(tmp_path):
    classifier = load_classifier(folder_with(tmp_path, cut=-100.0))
    for passed, exact in zip(classifier.score(TEXTS, first_pass=True), classifier.score(TEXTS), strict=True):
        assert passed.scores == pytest.approx(exact.scores, abs=1e-6)
        assert (passed.flags, passed.spans) == (exact.flags, exact.spans)


def test_what_does_not_pass_never_reaches_the_other_layers_and_stays_under_review(tmp_path, monkeypatch):
    classifier = load_classifier(folder_with(tmp_path, cut=100.0))
    counts = read_tokens(monkeypatch)
    for channel in classifier.thresholds:
        for score in classifier.score(TEXTS, channel=channel, first_pass=True):
            assert (score.flags, score.reviews, score.spans) == ((), (), ())
            assert all(value >= 0 for value in score.scores.values())
    assert counts["early"] > 0 == counts["late"]


def test_nothing_is_computed_twice_for_what_passes(tmp_path, monkeypatch):
    classifier = load_classifier(folder_with(tmp_path, cut=-100.0))
    counts = read_tokens(monkeypatch)
    classifier.score(TEXTS[:1], first_pass=True)
    assert counts["early"] == counts["late"] > 0


def test_only_what_passes_goes_on_and_gets_the_whole_networks_outputs(tmp_path):
    folder = folder_with(tmp_path, cut=-2.0)
    parts = load_parts(folder, read_manifest(folder), "fp32")
    rows = [parts.tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS[:2] * 40]
    found, through = parts.engine.passed(rows, parts.first_pass, "alert")
    assert through.tolist() == [False, True] * 40
    exact = parts.engine.outputs(rows)
    assert found[through] == pytest.approx(exact[through], abs=1e-4)
    assert (found[~through, :, 1:] == NEVER).all()
    assert np.abs(found[~through, :, 0] - exact[~through, :, 0]).max() < 4  # an estimate of the same thing


def test_rows_that_wait_are_run_in_batches_of_bounded_size(tmp_path, monkeypatch):
    folder = folder_with(tmp_path, cut=-100.0)
    parts = load_parts(folder, read_manifest(folder), "fp32")
    sizes = batch_sizes(monkeypatch)
    parts.engine.passed([[2023] * 30] * 500, parts.first_pass, "alert")
    assert max(sizes) < 2 * parts.engine.budget


@pytest.mark.parametrize("count", [0, 1, 2, 9, 50, 400])
def test_every_lane_gets_as_many_batches_however_many_windows_there_are(count, tmp_path, monkeypatch):
    folder = folder_with(tmp_path, cut=100.0)
    parts = load_parts(folder, read_manifest(folder), "fp32")
    sizes = batch_sizes(monkeypatch)
    rows = [[2023] * (5 + 7 * i % 60) for i in range(count)]
    lanes = 2
    engine = Engine(parts.engine.body, parts.engine.heads, Lanes(lanes))
    found, through = engine.passed(rows, parts.first_pass, "alert")
    assert (len(found), through.any()) == (count, False)
    assert sum(sizes) == sum(len(row) + 2 for row in rows)
    assert max(sizes, default=0) <= engine.budget + 64
    if sum(sizes) > lanes * LEAST_BUDGET + 64:
        assert len(sizes) % lanes == 0


def test_without_being_asked_for_the_first_pass_changes_nothing(tmp_path, classifier):
    other = load_classifier(folder_with(tmp_path, cut=100.0), precision=classifier.precision)
    plain = load_classifier(single_reader(tmp_path / "plain"), precision=classifier.precision)
    for found, wanted in zip(other.score(TEXTS), plain.score(TEXTS), strict=True):
        assert found.scores == pytest.approx(wanted.scores, abs=1e-6)


def test_a_classifier_without_a_first_pass_scores_exactly_when_asked_for_one(classifier, tmp_path):
    plain = Path(shutil.copytree(SHIPPED, tmp_path / "plain"))
    change_manifest(plain)
    without = load_classifier(plain, precision=classifier.precision)
    assert not without.has_first_pass
    assert without.let_through(TEXTS) is None
    [asked] = without.score([TEXTS[1]], first_pass=True)
    [exact] = classifier.score([TEXTS[1]])
    assert asked.scores == pytest.approx(exact.scores, abs=1e-6)


def test_windows_are_judged_the_same_alone_and_among_others(tmp_path):
    classifier = load_classifier(folder_with(tmp_path, cut=-2.0))
    together = classifier.score(TEXTS, first_pass=True)
    for text, score in zip(TEXTS, together, strict=True):
        [alone] = classifier.score([text], first_pass=True)
        assert alone.scores == pytest.approx(score.scores, abs=1e-3)


def test_estimates_are_never_taken_for_the_whole_classifiers_scores(tmp_path, monkeypatch):
    classifier = load_classifier(folder_with(tmp_path, cut=100.0))
    use = CacheUse(b"secret", MemoryCache(100))
    classifier.score(TEXTS, first_pass=True, cache=use)
    counts = read_tokens(monkeypatch)
    exact = classifier.score(TEXTS, cache=use)
    assert counts["late"] > 0
    assert exact[1].flags == ("self_harm",)
    before = dict(counts)
    again = classifier.score(TEXTS, cache=use)
    assert counts == before
    assert [score.scores for score in again] == [score.scores for score in exact]
    assert [score.spans for score in again] == [score.spans for score in exact]


def test_who_asks_for_more_alerts_gets_cuts_that_lose_none_of_them(tmp_path):
    classifier = load_classifier(folder_with(tmp_path, cut=100.0, higher=-100.0))
    use = CacheUse(b"secret", MemoryCache(100))
    assert classifier.score([TEXTS[1]], first_pass=True, cache=use)[0].flags == ()
    assert classifier.at({"violence": "lower"}).score([TEXTS[1]], first_pass=True)[0].flags == ()
    more = classifier.at({"violence": "higher"})
    assert more.score([TEXTS[1]], first_pass=True, cache=use)[0].flags == ("self_harm",)
    assert (classifier.let_through(TEXTS), more.let_through(TEXTS)) == (0.0, 1.0)


def test_the_id_changes_with_the_first_pass_and_with_nothing_else(tmp_path):
    one, same, other = (
        read_manifest(folder_with(tmp_path / name, cut)).id for name, cut in (("a", 0.5), ("b", 0.5), ("c", 0.6))
    )
    assert one == same != other
    assert one.rpartition("-")[0] == read_manifest(SHIPPED).id.rpartition("-")[0]


def test_other_main_weights_put_the_first_pass_aside(tmp_path):
    folder = folder_with(tmp_path, cut=0.0)
    manifest = json.loads((folder / MANIFEST).read_text())
    kept = {key: manifest[key] for key in ("heads", "max_tokens", "calibration", "thresholds", "provenance")}
    write_classifier(folder, {"heads.some": torch.zeros(2)}, {"name": "other", **kept})
    assert sorted(path.name for path in folder.iterdir()) == [WEIGHTS, MANIFEST]
    assert read_manifest(folder).first_pass is None
    with pytest.raises(ClassifierError, match="has no early heads"):
        add_first_pass(folder, {"cuts": {}})


CUTS = {point: dict.fromkeys(CATEGORIES, 0) for point in CUT_POINTS}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"first_pass": {"cuts": {}}}, "lacks or garbles 'alert'"),
        ({"first_pass": {"cuts": {"alert": CUTS["alert"]}}}, "lacks or garbles 'higher'"),
        ({"first_pass": {"cuts": CUTS | {"alert": dict.fromkeys(CATEGORIES, math.inf)}}}, "lacks or garbles cuts"),
        ({"early_layer": 0}, "lacks or garbles 'early_layer'"),
        ({"early_layer": LAYERS}, "do not fit the network"),
    ],
)
def test_a_first_pass_that_does_not_fit_is_refused(changes, complaint, tmp_path):
    folder = folder_with(tmp_path, cut=0.0)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
    with pytest.raises(ClassifierError, match=complaint):
        load_classifier(folder)


def test_a_window_that_reaches_the_cut_of_any_category_passes():
    cuts = {"alert": dict.fromkeys(CATEGORIES, 9.0) | {"violence": -1.0}, "higher": dict.fromkeys(CATEGORIES, -2.0)}
    first_pass = FirstPass.of(2, torch.nn.Module(), cuts)
    estimates = np.array([[0, 0, -1.5, 0], [-3, -3, -1, -3], [-3, -3, -3, -3]], dtype=np.float32)
    assert first_pass.passes(estimates, "alert").tolist() == [False, True, False]
    assert first_pass.passes(estimates, "higher").tolist() == [True, True, False]


def test_the_shipped_first_pass_settles_what_is_ordinary_and_not_what_is_dangerous(classifier: Classifier):
    ordinary = ["The bus leaves at eight. Please bring the signed form on Monday.", TEXTS[0]]
    assert classifier.has_first_pass
    assert classifier.let_through(ordinary) == 0.0
    assert classifier.let_through([TEXTS[1], TEXTS[3]]) == 1.0
    asked = classifier.score([TEXTS[1], TEXTS[3]], first_pass=True)
    assert [score.flags for score in asked] == [score.flags for score in classifier.score([TEXTS[1], TEXTS[3]])]
