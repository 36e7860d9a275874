"""Teaching the first pass: cuts on arrays made by hand, a student on two kinds of rows, and a whole tiny folder."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load

from models.batching import plan_packed
from models.body import Body, pack
from models.calibration import Calibration
from models.categories import CATEGORIES, CHANNELS
from models.classifier import load_classifier
from models.first_pass import StudentShape
from models.heads import Heads, HeadShape
from models.store import MANIFEST, SHIPPED, STUDENT, Parts, load_parts, read_manifest, write_classifier
from models.training import command, first_pass, pipeline
from models.training.chance import seeded
from models.training.cuts import (
    MARGINS,
    Judged,
    choose_cuts,
    choose_margin,
    find_alerts,
    measure,
    passing,
)
from models.training.first_pass import (
    LOWEST,
    Sizes,
    lesson_rows,
    register_of,
    sample_evenly,
    student_loss,
    teach,
    teach_first_pass,
)
from models.training.rows import Row
from models.training.sampling import shuffled_plan
from tests.unit.models.training_arguments import arguments, write_toy_data

LIMITS = np.zeros(4)
NO = -9.0
TOY_HEADS = HeadShape(pooling="mean", hidden=0)
SHAPE = StudentShape(width=16, layers=1, heads=2)
SMALL = Sizes(windows=100, passes=6, step_tokens=256, tune_texts=40, test_texts=40)


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


def test_too_little_on_an_alert_costs_more_than_too_much_and_more_than_on_ordinary_text():
    def cost(said: float, wanted: float) -> float:
        row = torch.full((1, 4), LOWEST)
        told, meant = row.clone(), row.clone()
        told[0, 0], meant[0, 0] = said, wanted
        return float(student_loss(told, meant, torch.zeros(4), torch.full((4,), -2.0)))

    assert cost(1.0, 3.0) > 1.5 * cost(5.0, 3.0)
    assert cost(1.0, 3.0) > 3 * cost(-6.0, -4.0)
    assert cost(-6.0, -4.0) > cost(-4.0, -4.0)


def test_batches_hold_each_window_once_in_order_of_length_and_differ_by_turn():
    lengths = [3 + i % 17 for i in range(200)]
    first, second = (shuffled_plan(lengths, 64, seeded(turn), plan_packed) for turn in (1, 2))
    for plan in (first, second):
        assert sorted(i for batch in plan for i in batch) == list(range(200))
        assert all([lengths[i] for i in batch] == sorted(lengths[i] for i in batch) for batch in plan)
    assert first != second


@pytest.fixture(scope="module")
def body() -> Body:
    """Any body: a student only reads the embeddings."""
    return load_parts(SHIPPED, read_manifest(SHIPPED), "fp32").engine.body


def test_the_student_learns_what_it_is_taught(body, tokenizer):
    texts = [f"{'you mean loser' if i % 3 else 'the wide river'} {'so ' * (i % 5)}" for i in range(60)]
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    logits = np.full((60, 4), -6.0, dtype=np.float32)
    logits[[i for i in range(60) if i % 3], 1] = 3.0
    points = {"alert": np.zeros(4), "review": np.full(4, -2.0)}
    student, steps = teach(rows, logits, points, body, (5.0, 3, Sizes(passes=25, step_tokens=128), SHAPE))
    with torch.inference_mode():
        said = student(body.embed(pack([rows[0], rows[1]])), pack([rows[0], rows[1]]))
    assert steps > 25
    assert said[1, 1] > 1 > -3 > said[0, 1]
    assert (said[:, 0] < -3).all()


def test_the_time_limit_ends_the_lesson_after_a_step(body):
    points = {"alert": np.zeros(4), "review": np.zeros(4)}
    _, steps = teach([[7, 8]] * 50, np.zeros((50, 4), np.float32), points, body, (0.0, 3, Sizes(step_tokens=8), SHAPE))
    assert steps == 1


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


def test_the_student_sees_drawn_rows_and_ordinary_ones_in_every_lesson():
    rows = lesson_rows([*harmless(50), *rough(50)], [], 17, SMALL)
    texts = {row.text for row in rows}
    assert len(rows) <= SMALL.windows
    assert len({row.text for row in harmless(50)} & texts) >= 33
    assert any(row.source == "insults" for row in rows)


def test_a_sample_is_even_over_sources_and_gives_the_room_of_small_ones_to_large_ones():
    sample = sample_evenly([*harmless(100), *harmless(5, "mail_ham"), *rough(100)], 65, 17)
    counts = {source: sum(row.source == source for row in sample) for source in ("mail_ham", "insults")}
    assert len(sample) == 65
    assert counts == {"mail_ham": 5, "insults": 30}


def toy_manifest() -> dict[str, object]:
    return {
        "name": "toy",
        "heads": TOY_HEADS.as_dict(),
        "max_tokens": 32,
        "calibration": {c: {"slope": 1.0, "intercept": 0.0, "shift": 0.0} for c in CATEGORIES},
        "thresholds": {ch: {c: {"alert": 0.5, "review": 0.2} for c in CATEGORIES} for ch in CHANNELS},
        "provenance": {},
    }


def mean_state(parts: Parts, rows: list[Row]) -> torch.Tensor:
    """The mean state of all tokens, normed as heads read it."""
    tokens = sorted((parts.tokenizer.encode(row.text, add_special_tokens=False).ids for row in rows), key=len)
    with torch.inference_mode():
        packed = pack(tokens)
        states, mask = packed.spread(parts.engine.body.states(packed))
        mean = (states * mask.unsqueeze(-1)).sum((0, 1)) / mask.sum()
        return torch.nn.functional.layer_norm(mean, mean.shape)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A classifier of our own: its bullying head points from quiet sentences to rough ones, the others never alert."""
    made = tmp_path / "toy"
    tensors = {f"heads.{name}": torch.zeros_like(tensor) for name, tensor in Heads(TOY_HEADS).state_dict().items()}
    write_classifier(made, tensors, toy_manifest())
    parts = load_parts(made, read_manifest(made), "fp32")
    quiet, loud = mean_state(parts, harmless(10)), mean_state(parts, rough(10))
    apart = (loud - quiet) * 8 / (loud - quiet).square().sum()
    for name, tensor in tensors.items():
        bullying = f".{CATEGORIES.index('bullying')}." in name
        if tensor.dim() > 1:
            tensor.copy_(apart * bullying)
        else:
            tensor.fill_(-float(apart @ (loud + quiet)) / 2 if bullying else -8.0)
    write_classifier(made, tensors, toy_manifest())
    return made


def test_a_taught_first_pass_is_written_and_loses_in_serving_what_was_measured(folder):
    before = read_manifest(folder).id
    data = {side: [*harmless(n), *rough(n)] for side, n in (("train", 40), ("tune", 20), ("test", 15))}
    own = {"train": harmless(2, "synthetic"), "dev": harmless(3, "synthetic")}
    new = teach_first_pass(folder, data, own, minutes=5.0, sizes=SMALL, shape=SHAPE)
    manifest = read_manifest(folder)
    assert before != new == manifest.id
    assert manifest.first_pass is not None
    found = manifest.first_pass["measured"]
    made = load_classifier(folder, precision="fp32")
    texts = [row.text for row in sample_evenly(data["test"], SMALL.test_texts, 17)]
    exact, served = made.score(texts), made.score(texts, first_pass=True)
    flags, kept = (sum(len(score.flags) for score in scores) for scores in (exact, served))
    alerts = found["lost"]["alert"]
    assert flags == alerts["of"] > 0
    assert flags - kept == alerts["lost"]
    assert made.let_through(texts) == pytest.approx(found["let_through"]["everything"], abs=1e-3)
    assert found["texts"] == len(texts)
    assert all(math.isfinite(cut) for cut in manifest.first_pass["cuts"].values())
    assert found["cuts_chosen_on"]["margin"] in MARGINS


def test_what_is_measured_is_the_student_as_it_is_stored(folder, monkeypatch):
    judges = []
    whole = first_pass._judged

    def recorded(rows, student, *rest):
        judges.append(student)
        return whole(rows, student, *rest)

    monkeypatch.setattr(first_pass, "_judged", recorded)
    rows = [*harmless(8), *rough(8)]
    data = {"train": rows, "tune": rows, "test": rows}
    teach_first_pass(folder, data, {"train": [], "dev": []}, minutes=0.0, sizes=SMALL, shape=SHAPE)
    stored = load((folder / STUDENT).read_bytes())
    assert len(judges) == 2
    for judge in judges:
        assert all(torch.equal(judge.state_dict()[name], tensor.float()) for name, tensor in stored.items())


def test_a_first_pass_cannot_be_taught_without_text(folder):
    nothing = {"train": harmless(4), "tune": [Row("12 34", "toy", "g", {})], "test": []}
    with pytest.raises(ValueError, match="no text with letters"):
        teach_first_pass(folder, nothing, {"train": [], "dev": []}, minutes=0.0, sizes=SMALL, shape=SHAPE)


def test_the_command_teaches_for_a_folder_and_prints_its_new_id(folder, tmp_path, monkeypatch, capsys):
    write_toy_data(tmp_path / "data")
    calls = []

    def taught(where, splits, own, **settings):
        calls.append((where, sorted(splits), sorted(own), settings["minutes"]))
        return "toy-12345678"

    monkeypatch.setattr(pipeline, "teach_first_pass", taught)
    given = ["--data", str(tmp_path / "data"), "--first-pass", str(folder), "--first-pass-minutes", "3"]
    assert command.run(arguments(*given)) == 0
    assert capsys.readouterr().out == "toy-12345678\n"
    assert calls == [(folder, ["test", "train", "tune"], ["dev", "train"], 3.0)]


def test_a_folder_without_a_classifier_ends_with_code_2(tmp_path, capsys):
    assert command.run(arguments("--first-pass", str(tmp_path))) == 2
    assert MANIFEST in capsys.readouterr().err


@pytest.mark.parametrize(("given", "wanted"), [([], 12.0), (["--no-first-pass"], None)])
def test_training_ends_with_the_first_pass_unless_it_is_left_out(given, wanted, monkeypatch):
    calls = []
    monkeypatch.setattr(pipeline, "run_pipeline", lambda *_, **settings: calls.append(settings) or "toy-1")
    assert command.run(arguments(*given)) == 0
    assert [call["first_pass_minutes"] for call in calls] == [wanted]


@pytest.mark.parametrize(("minutes", "wanted"), [(2.0, "toy-taught"), (None, "toy-plain")])
def test_the_pipeline_teaches_for_the_classifier_it_wrote(minutes, wanted, tmp_path, monkeypatch):
    write_toy_data(tmp_path / "data")
    calls = []
    learner = SimpleNamespace(network=SimpleNamespace(heads=SimpleNamespace(shape=HeadShape())))
    monkeypatch.setattr(pipeline, "train", lambda *_, **__: learner)
    monkeypatch.setattr(pipeline, "export_network", lambda _: {})
    monkeypatch.setattr(pipeline, "finish", lambda *_, **__: "toy-plain")
    monkeypatch.setattr(
        pipeline, "teach_first_pass", lambda where, *_, **settings: calls.append((where, settings)) or "toy-taught"
    )
    made = pipeline.run_pipeline(tmp_path / "data", tmp_path / "out", first_pass_minutes=minutes)
    assert made == wanted
    assert calls == ([(tmp_path / "out" / "classifier", {"minutes": 2.0, "seed": 17})] if minutes else [])
