"""Second opinions on the training texts: how they are kept, heard and made."""

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import MPNetConfig, MPNetModel

from models.body import CLS, SEP
from models.categories import CATEGORIES, ClassifierError
from models.store import SHIPPED, load_parts, read_manifest
from models.training import pipeline, readings, teacher
from models.training.losses import (
    HIGHEST,
    LOWEST,
    UNKNOWN_WEIGHT,
    early_loss,
    label_tensors,
    matching_loss,
    opinion_tensor,
)
from models.training.network import window_logits
from models.training.opinions import FILE, read_opinions, with_opinions, write_opinions
from models.training.rows import DataError, Row
from models.training.sampling import LONG, Example, draw_epoch
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from tests.unit.models.training_arguments import arguments, command

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))


def rows(count=6):
    return [Row(f"Text number {'abcdefghij'[i]}, you know.", "toy", f"g{i // 2}", HARMLESS) for i in range(count)]


def test_an_opinion_is_found_again_by_any_copy_of_its_text(tmp_path):
    path = tmp_path / "opinions.safetensors"
    logits = np.array([[-3.0, 0.0, 2.5, 90.0], [1.0, -1.0, 0.51, -0.49]])
    assert write_opinions(path, rows(2), logits, {"teacher": "toy"}) == 2
    copies = [Row("TEXT number a you KNOW", "other", "", {}), Row("Text number zero.", "other", "", {})]
    heard, unknown = with_opinions(copies, path)
    assert heard.opinion == pytest.approx((-3.0, 0.0, 2.5, 127 / 16))
    assert (heard.text, unknown.opinion) == (copies[0].text, None)


def test_the_file_does_not_depend_on_the_order_of_the_rows(tmp_path):
    given, logits = rows(6), np.arange(24).reshape(6, 4) / 4 - 3
    write_opinions(tmp_path / "one", given, logits, {"teacher": "toy"})
    write_opinions(tmp_path / "other", given[::-1], logits[::-1], {"teacher": "toy"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_file_that_is_absent_or_broken_says_how_to_make_it(tmp_path):
    (tmp_path / "broken").write_bytes(b"no tensors")
    for name in ("absent", "broken"):
        with pytest.raises(DataError, match=f"{name} cannot be read .*train --teacher"):
            with_opinions(rows(), tmp_path / name)


def test_the_projects_own_file_holds_judgements_and_digests_and_nothing_else():
    with safe_open(FILE, framework="numpy") as opened:
        assert set(opened.keys()) == {"keys", "logits"}
        keys, logits = opened.get_tensor("keys"), opened.get_tensor("logits")
        origin = json.loads(opened.metadata()["origin"])
    assert keys.shape[1] == 8
    assert len({bytes(key) for key in keys}) == len(keys) == len(logits) > 150_000
    assert (origin["teacher"], origin["sha256"]) == (teacher.NAME, teacher.DIGEST)
    known = read_opinions()
    assert all(-8 <= logit <= 8 for logit in known[bytes(keys[0]).hex()])


def test_a_known_label_moves_towards_the_opinion_and_an_unknown_one_is_the_opinion():
    targets = {"bullying": (1.0, 0.8), "violence": (0.0, 1.0)}
    example = Example((7, 8), targets, 3, tuple(np.log(np.array([1.0, 9.0, 1 / 3, 1 / 9])).tolist()))
    wanted, weights = label_tensors([example], opinions=0.4)
    assert wanted[0, 0:3].tolist() == pytest.approx([0.8, 1.0, 1.0])  # its level is nobody's opinion
    assert weights[0, 0].item() == pytest.approx(0.8)
    assert wanted[0, 3].item() == pytest.approx(0.9)
    assert weights[0, 3].item() == pytest.approx(0.4 * UNKNOWN_WEIGHT)
    assert wanted[0, 6].item() == pytest.approx(0.1)
    assert weights[0, 6].item() == 1.0
    unheard, without = label_tensors([example], opinions=0.0)
    assert unheard[0, 0].item() == 1.0
    assert without[0, 3].item() == 0.0


def test_the_teachers_logits_are_matched_where_it_was_asked():
    heard = opinion_tensor([Example((7,), {}, None, (-20.0, 0.0, 2.0, 90.0)), Example((7,), {}, None)])
    assert heard[0].tolist() == [LOWEST, 0.0, 2.0, HIGHEST]
    assert heard[1].isnan().all()
    said = torch.zeros((2, 4), requires_grad=True)
    loss = matching_loss(said, heard)
    loss.backward()
    assert said.grad is not None
    assert said.grad[1].tolist() == [0.0] * 4  # silence pulls nowhere
    assert said.grad[0, 0] > 0 == said.grad[0, 1] > said.grad[0, 2]
    assert float(matching_loss(heard.nan_to_num(), heard)) == 0.0


def test_harmless_texts_are_told_apart_by_how_harmless_the_teacher_finds_them():
    opinions = torch.tensor([[-7.0] * 4])
    near, far = (float(matching_loss(torch.full((1, 4), logit), opinions)) for logit in (-6.0, -3.0))
    assert far > 4 * near > 0


def test_early_heads_learn_from_the_teacher_and_in_its_silence_from_the_network_without_moving_it():
    said = torch.tensor([[-6.0, -6.0, 2.0, 2.0]], requires_grad=True)
    early = torch.zeros((1, 4), requires_grad=True)
    opinions = torch.tensor([[5.0, float("nan"), float("nan"), -5.0]])
    early_loss(early, said, opinions).backward()
    assert said.grad is None
    assert early.grad is not None
    assert [bool(pull < 0) for pull in early.grad[0]] == [True, False, True, False]


def test_too_little_of_an_alert_costs_early_heads_more_than_too_much_and_more_than_on_ordinary_text():
    def cost(early: float, aim: float) -> float:
        silent = torch.full((1, 4), float("nan"))
        return float(early_loss(torch.full((1, 4), early), torch.full((1, 4), aim), silent))

    assert cost(1.0, 3.0) > 1.5 * cost(5.0, 3.0)
    assert cost(1.0, 3.0) > 3 * cost(-6.0, -4.0)
    assert cost(-6.0, -4.0) > cost(-4.0, -4.0) == 0


def test_an_opinion_goes_with_its_text_through_every_change_of_an_epoch():
    said = (0.1, 0.2, 0.3, 0.4)
    text = "the boat came in late and nobody on the shore had seen it " * 20
    long = Row(text, "literature", "literature:1", HARMLESS, opinion=said)
    drawn = draw_epoch([long], [], 0, 1)
    assert len(text) > LONG
    assert [row.opinion for row in drawn if row.source == "literature"] == [said] * 3
    short = Row("the boat came in late", "literature", "literature:2", HARMLESS, opinion=said)
    assert len([row for row in draw_epoch([short], [], 0, 1) if row.source == "literature"]) == 1


def test_a_group_is_in_one_fold_and_folds_are_about_equal():
    folds = defaultdict(set)
    for number in range(3000):
        folds[number // 3].add(teacher.fold_of(Row("text", "toy", f"toy:{number // 3}", {})))
    assert all(len(found) == 1 for found in folds.values())
    sizes = Counter(fold for found in folds.values() for fold in found)
    assert set(sizes) == set(range(teacher.FOLDS))
    assert min(sizes.values()) > 250


@pytest.fixture
def small_teacher(tmp_path, monkeypatch):
    """A folder with a random network of the teacher's kind, which passes for it."""
    torch.manual_seed(1)
    settings = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 2}
    config = {**settings, "vocab_size": 30527, "max_position_embeddings": 514}
    folder = tmp_path / "teacher"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    save_file(MPNetModel(MPNetConfig(**config)).state_dict(), folder / "model.safetensors")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(teacher, "DIGEST", digest)
    monkeypatch.setattr(teacher, "SETTINGS", replace(teacher.SETTINGS, minutes=0.01, epochs=1, token_budget=512))
    return folder


def test_the_teacher_reads_the_shipped_encoders_word_numbers(small_teacher):
    ours = teacher.load_teacher(small_teacher).eval()
    config = MPNetConfig(**json.loads((small_teacher / "config.json").read_text()))
    theirs = MPNetModel(config, add_pooling_layer=False)
    theirs.load_state_dict(ours.state_dict())
    mask = torch.ones((1, 4), dtype=torch.long)
    with torch.inference_mode():
        here = ours(input_ids=torch.tensor([[CLS, 2023, 2003, SEP]]), attention_mask=mask).last_hidden_state
        there = theirs.eval()(input_ids=torch.tensor([[0, 2027, 2007, 2]]), attention_mask=mask).last_hidden_state
    assert torch.allclose(here, there)


def test_another_network_than_the_pinned_one_is_refused(small_teacher, monkeypatch):
    monkeypatch.setattr(teacher, "DIGEST", "0" * 64)
    with pytest.raises(ClassifierError, match="--teacher needs the folder of all-mpnet-base-v2"):
        teacher.load_teacher(small_teacher)


def write_sets(folder):
    (folder / "open").mkdir(parents=True)
    lines = [{"text": f"line {chr(97 + i)} {chr(97 + i // 5)} of a day", "source_label": "school"} for i in range(60)]
    (folder / "open" / "school_stress_sad.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def test_each_text_is_judged_by_a_network_that_never_saw_its_group(small_teacher, tmp_path, monkeypatch, capsys):
    seen, judged = [], []
    tune, read_all = teacher.tune, teacher.read_all

    def watched_tune(learner, tokenizer, given, *rest):
        seen.append({row.group for row in given[0]})
        return tune(learner, tokenizer, (given[0], given[1][:5]), *rest)

    def watched_reading(learner, given):
        judged.append({row.group for row in given})
        return read_all(learner, given)

    monkeypatch.setattr(teacher, "tune", watched_tune)
    monkeypatch.setattr(teacher, "read_all", watched_reading)
    monkeypatch.setattr(teacher, "load_synthetic", lambda: {"train": load_synthetic()["train"][:40]})
    data = write_sets(tmp_path / "data")
    given = arguments("--data", data, "--teacher", small_teacher, "--out", tmp_path / "out")
    assert command.run(given) == 0
    assert all(one.isdisjoint(other) for one, other in zip(seen, judged, strict=True))
    assert len(judged) == teacher.FOLDS
    known = read_opinions(tmp_path / "out" / "opinions.safetensors")
    assert len(known) == sum(map(len, judged)) > 15
    assert f"{len(known)} opinions in " in capsys.readouterr().out


def test_a_teacher_reads_what_draws_put_together_before_it_is_gone(small_teacher, tmp_path, monkeypatch):
    learners = []
    fold = teacher.teach_fold
    exact = partial(load_parts, precision="fp32")  # a busy machine may measure another arithmetic the second time
    monkeypatch.setattr(readings, "load_parts", exact)
    monkeypatch.setattr(teacher, "load_synthetic", lambda: {"train": load_synthetic()["train"][:40]})
    monkeypatch.setattr(teacher, "teach_fold", lambda *given: learners.append(fold(*given)) or learners[-1])
    assert "readings in " in teacher.teach(write_sets(tmp_path / "data"), small_teacher, tmp_path / "out")
    rows = with_opinions(split_rows(load_sets(tmp_path / "data"))["train"], tmp_path / "out" / "opinions.safetensors")
    draw, drawn = list(readings.all_draws(rows, load_synthetic()["train"][:40]))[3]
    heard = readings.with_readings(drawn, draw, tmp_path / "out" / "readings.safetensors")
    new = [i for i, example in enumerate(drawn) if example.opinion is None]
    windows = [drawn[i].tokens for i in new]
    theirs = np.mean([window_logits(learner, windows, 512) for learner in learners], axis=0)
    ours = readings.read_windows(exact(SHIPPED, read_manifest(SHIPPED)).engine, windows)
    said = np.array([heard[i].opinion for i in new])
    assert len(new) > 40
    assert np.abs(said - ((theirs + ours) / 2).clip(-127 / 16, 127 / 16)).max() < 0.1


@pytest.mark.parametrize(("option", "heard"), [((), True), (("--no-opinions",), False), (("--only-open",), False)])
def test_opinions_are_heard_unless_the_teacher_knows_more_than_it_may(option, heard, tmp_path, monkeypatch):
    data = write_sets(tmp_path / "data")
    asked = []

    def spy(given):
        asked.append(True)
        return list(given)

    monkeypatch.setattr(pipeline, "with_opinions", spy)
    monkeypatch.setattr(pipeline, "finish", lambda *_, **__: "toy-1")
    given = ("--data", data, "--out", tmp_path / "out", "--minutes", "0", "--no-first-pass", *option)
    assert command.run(arguments(*given)) == 0
    assert bool(asked) is heard


def test_the_two_sides_of_a_pair_are_nearly_always_held_out_together():
    sides = {row.group: name for name, members in load_synthetic().items() for row in members}
    pairs = [(group, group.replace("_pair_", "_nopair_")) for group in sides if "_pair_" in group]
    split = [one for one, other in pairs if other in sides and sides[one] != sides[other]]
    assert len(pairs) > 100
    assert len(split) <= 6  # at the edges, where a kind has more families without a pair
