"""Cutting the first pass: cuts on arrays made by hand, and a whole tiny folder."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from models.calibration import Calibration
from models.categories import CATEGORIES
from models.classifier import load_classifier
from models.store import CUT_POINTS, MANIFEST, change_manifest, read_manifest
from models.training import command, pipeline
from models.training.cuts import (
    MARGINS,
    Judged,
    choose_cuts,
    choose_margin,
    find_alerts,
    measure,
    passing,
)
from models.training.first_pass import cut_first_pass, register_of
from models.training.rows import Row
from tests.unit.models.single import single_reader
from tests.unit.models.training_arguments import arguments, write_toy_data

LIMITS = np.zeros(4)
NO = -9.0


def judged(logits, estimates, owners=None, weights=None) -> Judged:
    """Arrays from lists; each window its own text and as dear as the others, unless told otherwise."""
    count = len(logits)
    return Judged(
        np.array(logits, dtype=np.float32).reshape(count, 4),
        np.array(estimates, dtype=np.float32).reshape(count, 4),
        np.arange(count) if owners is None else np.array(owners),
        np.full(count, 1 / count) if weights is None else np.array(weights, dtype=np.float64),
    )


def noisy(seed: int, count: int = 4000, noise: float = 1.0) -> Judged:
    """Windows, two to a text, of which one in ten is over a limit, and a student that is off by some noise."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(-6, 2, (count, 4))
    over = chance.random(count) < 0.1
    logits[over, chance.integers(0, 4, int(over.sum()))] = chance.uniform(0, 4, int(over.sum()))
    estimates = logits + chance.normal(0, noise, logits.shape)
    return judged(logits, estimates, np.arange(count) // 2, (~over).astype(float))


def lost_of(one: Judged, cuts) -> int:
    return int(find_alerts(one.logits, one.owners, LIMITS).lost(passing(one.estimates, cuts)).sum())


def test_an_alert_is_a_text_and_a_category_and_lost_only_when_no_window_of_it_passes():
    logits = [[1, NO, NO, NO], [2, 3, NO, NO], [NO, NO, NO, NO], [NO, NO, NO, 0]]
    alerts = find_alerts(np.array(logits, dtype=np.float32), np.array([0, 0, 1, 1]), LIMITS)
    assert alerts.counts().tolist() == [1, 1, 0, 1]
    assert alerts.lost(np.array([True, False, False, False])).tolist() == [False, True, True]
    assert alerts.lost(np.array([False, True, False, False])).tolist() == [False, False, True]
    assert alerts.lost(np.array([False, False, True, False])).tolist() == [True, True, True]
    assert alerts.counts(alerts.lost(np.array([False, True, True, False]))).tolist() == [0, 0, 0, 1]


def test_the_cut_lies_at_the_lowest_alert_when_none_may_be_lost():
    one = judged([[2, NO, NO, NO], [2, NO, NO, NO], [NO] * 4], [[-1, NO, NO, NO], [-3, NO, NO, NO], [-4, NO, NO, NO]])
    cuts = choose_cuts(one, LIMITS, loss=0.0)
    assert cuts.tolist() == [-3.0, 0.0, 0.0, 0.0]
    assert passing(one.estimates, cuts).tolist() == [True, True, False]


def test_an_alert_that_another_categorys_cut_lets_through_does_not_hold_its_own_cut_down():
    logits = [[2, 2, NO, NO], [NO, 2, NO, NO], [NO] * 4, [NO] * 4]
    estimates = [[-7, 1, NO, NO], [NO, -1, NO, NO], [-6, NO, NO, NO], [-6.5, NO, NO, NO]]
    cuts = choose_cuts(judged(logits, estimates), LIMITS, loss=0.0)
    assert cuts[0] > -6
    assert passing(np.array(estimates, dtype=np.float32), cuts).tolist() == [True, True, False, False]


def test_a_cut_is_never_above_the_limit_of_an_alert():
    one = judged([[8, NO, NO, NO], [NO] * 4], [[7, NO, NO, NO], [0.5, NO, NO, NO]])
    assert (choose_cuts(one, LIMITS) <= LIMITS).all()


@pytest.mark.parametrize("loss", [0.0, 0.003, 0.01])
def test_no_more_than_the_bound_is_lost_in_all_and_in_each_category(loss):
    one = noisy(1)
    cuts = choose_cuts(one, LIMITS, loss)
    alerts = find_alerts(one.logits, one.owners, LIMITS)
    lost = alerts.lost(passing(one.estimates, cuts))
    assert lost.sum() <= loss * len(lost)
    assert (alerts.counts(lost) <= 0.005 * alerts.counts()).all()


def test_what_may_be_lost_is_used_to_keep_ordinary_text_out():
    one = noisy(2, count=20_000)
    strict, loose = choose_cuts(one, LIMITS, 0.0), choose_cuts(one, LIMITS, 0.003)
    assert lost_of(one, strict) == 0 < lost_of(one, loose)
    through = [float(one.weights @ passing(one.estimates, cuts)) for cuts in (strict, loose)]
    assert through[1] < through[0] < one.weights.sum()


def test_the_margin_grows_until_the_other_half_holds_the_bound():
    sure, unsure = noisy(3, noise=0.01), noisy(3, noise=1.0)
    halves = np.arange(4000) // 2 % 2 == 0
    small, few = choose_margin(sure, LIMITS, halves, loss=0.01)
    large, many = choose_margin(unsure, LIMITS, halves, loss=0.003)
    assert small == MARGINS[0]
    assert few.sum() <= 0.01 * len(find_alerts(sure.logits, sure.owners, LIMITS).columns)
    assert MARGINS[-1] > large > small
    assert many.sum() <= 1


def test_the_measured_figures_are_those_of_the_arrays():
    logits = [[1, NO, NO, NO], [NO, 1, NO, NO], [-1, NO, NO, NO], [NO] * 4]
    estimates = [[1, NO, NO, NO], [NO, -4, NO, NO], [-5, NO, NO, NO], [0, NO, NO, NO]]
    registers = {"formal": np.array([False, True, True, True]), "social": np.zeros(4, dtype=bool)}
    points = {"alert": LIMITS, "review": np.full(4, -2.0)}
    found = measure(judged(logits, estimates, [0, 0, 1, 2]), np.zeros(4), points, registers)
    assert (found["texts"], found["windows"]) == (3, 4)
    assert found["let_through"] == {"formal": 0.3333, "social": None}
    alert, review = found["lost"]["alert"], found["lost"]["review"]
    assert (alert["of"], alert["lost"], alert["share"]["value"]) == (2, 1, 0.5)
    assert alert["share"]["interval"] == pytest.approx([0.0945, 0.9055], abs=1e-3)
    assert (review["of"], review["lost"]) == (3, 2)
    gone = {category: counts["lost"] for category, counts in review["by_category"].items()}
    assert gone == {CATEGORIES[0]: 1, CATEGORIES[1]: 1, CATEGORIES[2]: 0, CATEGORIES[3]: 0}
    json.dumps(found, allow_nan=False)


def test_without_any_alert_the_figures_are_null_and_not_a_division_by_nothing():
    found = measure(judged([[NO] * 4], [[NO] * 4]), LIMITS, {"alert": LIMITS}, {})
    assert found["lost"]["alert"]["share"] == {"value": None, "interval": None}


@pytest.mark.parametrize("probability", [0.0, 1e-4, 0.2, 0.9, 1.0])
def test_a_calibrations_inverse_leads_back_to_the_probability(probability):
    fitted = Calibration(1.3, -0.4, -2.5)
    assert float(fitted(np.array(fitted.inverse(probability)))) == pytest.approx(probability, rel=1e-6, abs=1e-9)


def harmless(count: int, source: str = "school_stress_sad") -> list[Row]:
    places = ("river", "garden", "library", "harbour", "market")
    return [
        Row(
            f"the {places[i % 5]} is wide and quiet on day {i}",
            source,
            f"{source}{i}",
            dict.fromkeys(CATEGORIES, (0.0, 1.0)),
        )
        for i in range(count)
    ]


def rough(count: int) -> list[Row]:
    names = ("loser", "idiot", "creep", "coward", "freak")
    return [
        Row(f"you are a mean ugly {names[i % 5]} number {i}", "insults", f"r{i}", {"bullying": (1.0, 1.0)})
        for i in range(count)
    ]


def test_ordinary_text_is_of_a_register_and_without_known_danger():
    [row] = harmless(1)
    assert register_of(row) == "social"
    assert register_of(harmless(1, "mail_ham")[0]) == "formal"
    assert register_of(Row(row.text, row.source, row.group, {"bullying": (1.0, 1.0)})) is None
    assert register_of(rough(1)[0]) is None


@pytest.fixture
def folder(tmp_path) -> Path:
    """The shipped first reader, without a first pass."""
    made = single_reader(tmp_path / "single")
    change_manifest(made)
    return made


def sides() -> dict[str, list[Row]]:
    return {side: [*harmless(n), *rough(n)] for side, n in (("train", 2), ("tune", 20), ("test", 15))}


def test_a_first_pass_loses_in_serving_what_was_measured(folder):
    before, data = read_manifest(folder).id, sides()
    new = cut_first_pass(folder, data, {"train": [], "dev": harmless(3, "synthetic")})
    manifest = read_manifest(folder)
    assert before != new == manifest.id
    assert manifest.first_pass is not None
    texts = [row.text for row in data["test"]]
    made = load_classifier(folder)
    levels = {"alert": made, "higher": made.at(dict.fromkeys(CATEGORIES, "higher"))}
    for point in CUT_POINTS:
        found = manifest.first_pass["measured"][point]
        exact = levels[point].score(texts, channel="chat")
        served = levels[point].score(texts, channel="chat", first_pass=True)
        flags, kept = (sum(len(score.flags) for score in scores) for scores in (exact, served))
        alerts = found["lost"][point]
        assert alerts["of"] >= flags > 0  # chat has the lowest points of nearly every category
        assert flags - kept <= alerts["lost"]
        assert levels[point].let_through(texts) == pytest.approx(found["let_through"]["everything"], abs=1e-3)
        assert found["texts"] == len(texts)
        assert all(math.isfinite(cut) for cut in manifest.first_pass["cuts"][point].values())
        assert found["cuts_chosen_on"]["margin"] in MARGINS


def test_more_than_is_promised_is_said(folder, capsys):
    rows = sides() | {"tune": harmless(20)}  # cuts that saw no alert keep nothing but what the early heads call one
    cut_first_pass(folder, rows, {"train": [], "dev": []})
    said = capsys.readouterr().err
    assert "first pass at `alert`: " in said
    assert ("more than 0.5%" in said) == (read_lost(folder) > 0)


def read_lost(folder: Path) -> int:
    found = read_manifest(folder).first_pass
    assert found is not None
    return sum(found["measured"][point]["lost"][point]["lost"] for point in CUT_POINTS)


def test_a_first_pass_cannot_be_cut_without_text(folder):
    nothing = {"tune": [Row("12 34", "toy", "g", {})], "test": []}
    with pytest.raises(ValueError, match="no text with letters"):
        cut_first_pass(folder, nothing, {"train": [], "dev": []})


def test_the_command_cuts_for_a_folder_and_prints_its_new_id(folder, tmp_path, monkeypatch, capsys):
    write_toy_data(tmp_path / "data")
    calls = []

    def cut(where, splits, own):
        calls.append((where, sorted(splits), sorted(own)))
        return "toy-12345678"

    monkeypatch.setattr(pipeline, "cut_first_pass", cut)
    assert command.run(arguments("--data", str(tmp_path / "data"), "--first-pass", str(folder))) == 0
    assert capsys.readouterr().out == "toy-12345678\n"
    assert calls == [(folder, ["test", "train", "tune"], ["dev", "train"])]


def test_folders_without_a_classifier_or_without_early_heads_end_with_code_2(folder, tmp_path, capsys):
    assert command.run(arguments("--first-pass", str(tmp_path))) == 2
    assert MANIFEST in capsys.readouterr().err
    raw = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**raw, "early_layer": 0}))
    assert command.run(arguments("--first-pass", str(folder))) == 2
    assert "has no early heads" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "wanted"), [([], True), (["--no-first-pass"], False)])
def test_training_ends_with_the_first_pass_unless_it_is_left_out(given, wanted, monkeypatch):
    calls = []
    monkeypatch.setattr(pipeline, "run_pipeline", lambda *_, **settings: calls.append(settings) or "toy-1")
    assert command.run(arguments(*given)) == 0
    assert [call["first_pass"] for call in calls] == [wanted]


@pytest.mark.parametrize("option", ["--thresholds", "--mean"])
def test_what_changes_thresholds_cuts_again_unless_told_otherwise(option, folder, tmp_path, monkeypatch):
    write_toy_data(tmp_path / "data")
    monkeypatch.setattr(pipeline, "cut_first_pass", lambda *_: "toy-cut")
    given = ("--data", tmp_path / "data", "--out", tmp_path / "out", option, folder)
    said = []
    monkeypatch.setattr(command.sys.stdout, "write", said.append)
    assert command.run(arguments(*given)) == command.run(arguments(*given, "--no-first-pass")) == 0
    assert said[0] == "toy-cut\n" != said[1]
