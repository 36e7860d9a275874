import json
import shutil
from dataclasses import replace

import pytest
import torch

from models.adapters import merge_adapters
from models.categories import CATEGORIES
from models.classifier import load_classifier
from models.encoder import build_bert, read_encoder
from models.inference import padded
from models.store import SHIPPED, change_manifest, read_manifest, write_classifier
from models.training import pipeline
from models.training import train as loop
from models.training.losses import label_tensors, masked_loss
from models.training.mean import mean_network
from models.training.network import (
    Settings,
    build_trainable,
    export_network,
    set_rates,
    training_device,
    training_precision,
)
from models.training.progress import Progress
from models.training.rows import DataError
from models.training.sampling import Example
from tests.unit.models.single import single_reader
from tests.unit.models.training_arguments import arguments, command, toy_rows, write_toy_data

TINY = Settings(epochs=1, minutes=1000, rank=2, token_budget=128, max_tokens=32, checkpoint_seconds=0.0)


def test_training_on_200_rows_runs_end_to_end_and_its_output_loads(tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    given = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--minutes", "0.03", "--epochs", "1"]
    assert command.run(arguments(*given, "--no-first-pass")) == 0
    made = load_classifier(tmp_path / "out" / "classifier")
    assert capsys.readouterr().out.strip() == made.id
    assert 0 <= made.score(["hello there"])[0].scores["bullying"] <= 1
    provenance = read_manifest(tmp_path / "out" / "classifier").provenance
    assert set(provenance["data"]) == {"school_stress_sad", "insults"}
    teacher, reader = provenance["heard"]
    assert teacher["teacher"] == "all-mpnet-base-v2"
    assert reader["classifier"].startswith("heed-minilm-")


def test_a_training_without_opinions_says_that_it_heard_nobody():
    assert pipeline.describe([], Settings(opinions=0.0), only_open=True)["heard"] == []


def test_the_mean_of_two_classifiers_lies_between_them_and_says_of_whom_it_is(tmp_path, capsys, monkeypatch):
    raw = json.loads((SHIPPED / "manifest.json").read_text())
    kept = {key: raw[key] for key in ("heads", "max_tokens", "early_layer", "calibration", "thresholds", "provenance")}
    folders = [SHIPPED, tmp_path / "other"]
    other, _ = mean_network([SHIPPED])
    one, _ = mean_network([SHIPPED])
    with torch.no_grad():
        for parameter in other.network.parameters():
            parameter.add_(0.25)
    write_classifier(folders[1], export_network(other), {**kept, "name": "other"})
    mean, provenance = mean_network(folders, (3, 1))
    for parameter, begin in zip(mean.network.heads.parameters(), one.network.heads.parameters(), strict=True):
        assert torch.allclose(parameter, begin + 0.25 / 4, atol=2e-3)  # heads are stored in 16 bits
    assert [part["share"] for part in provenance["mean_of"]] == [0.75, 0.25]
    assert [part["id"] for part in provenance["mean_of"]] == [read_manifest(folder).id for folder in folders]
    finished = []
    monkeypatch.setattr(pipeline, "finish", lambda *_, **__: finished.append(_[4]) or "mean-1")
    write_toy_data(tmp_path / "data")
    given = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "mean")]
    assert command.run(arguments(*given, "--no-first-pass", "--mean", *map(str, folders))) == 0
    assert capsys.readouterr().out == "mean-1\n"
    assert [part["share"] for part in finished[0]["mean_of"]] == [0.5, 0.5]


def test_heads_begin_alike_whatever_is_drawn():
    one, other = (build_trainable(replace(TINY, seed=seed))[0].network.heads.state_dict() for seed in (17, 99))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_no_mean_of_classifiers_of_different_shapes(tmp_path, capsys):
    folder = tmp_path / "other"
    shutil.copytree(SHIPPED, folder)
    change_manifest(folder, max_tokens=64)
    assert command.run(arguments("--mean", str(SHIPPED), str(folder))) == 2
    assert "the same heads and windows" in capsys.readouterr().err
    assert command.run(arguments("--mean", str(SHIPPED), str(SHIPPED), "--shares", "1", "0")) == 2
    assert "one share above 0 for each folder" in capsys.readouterr().err


def test_a_run_that_begins_with_a_classifier_begins_with_its_scores_and_says_so(tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    given = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--minutes", "0", "--no-first-pass"]
    assert command.run(arguments(*given, "--from", str(SHIPPED))) == 0
    made = load_classifier(tmp_path / "out" / "classifier", precision="fp32")
    shipped = load_classifier(single_reader(tmp_path / "single"), precision="fp32")
    texts = ["nobody would miss me", "you are a mean loser", "the river is wide", "our little secret, do not tell"]
    assert abs(made.logits(texts) - shipped.logits(texts)).max() < 0.2  # rounded to eight bits once more
    begun = read_manifest(tmp_path / "out" / "classifier").provenance["begun_from"]
    assert begun["id"] == shipped.id
    assert begun["provenance"]["own_sentences"] == "models/training/synthetic"


def test_thresholds_fixed_anew_leave_the_weights_alone_and_change_the_id(tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    folder = shutil.copytree(SHIPPED, tmp_path / "copy")
    before = read_manifest(folder)
    assert command.run(arguments("--data", str(tmp_path / "data"), "--thresholds", str(folder))) == 0
    after = read_manifest(folder)
    assert capsys.readouterr().out.strip() == after.id != before.id
    assert after.files == before.files
    assert after.calibration["bullying"] != before.calibration["bullying"]
    assert load_classifier(folder).score(["hello there"])[0].scores.keys() == set(CATEGORIES)


def test_thresholds_of_no_classifier_end_with_code_2(tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    assert command.run(arguments("--data", str(tmp_path / "data"), "--thresholds", str(tmp_path / "nothing"))) == 2
    assert "no classifier in nothing" in capsys.readouterr().err


def test_beginning_where_no_classifier_is_ends_with_code_2(tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    given = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--from", str(tmp_path / "nothing")]
    assert command.run(arguments(*given)) == 2
    assert "no classifier in nothing" in capsys.readouterr().err


def test_absent_data_end_with_code_2_and_a_clear_message(tmp_path, capsys):
    assert command.run(arguments("--data", str(tmp_path), "--out", str(tmp_path / "out"))) == 2
    assert "point --data at a folder" in capsys.readouterr().err


def test_resuming_without_a_checkpoint_is_refused(tmp_path):
    with pytest.raises(DataError, match="train without --resume"):
        loop.train(toy_rows(), [], tmp_path, TINY, resume=True)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    loop.train(toy_rows(8), [], tmp_path, TINY)
    with pytest.raises(DataError, match="other settings"):
        loop.train(toy_rows(8), [], tmp_path, replace(TINY, tuning="adapters"), resume=True)


def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path, monkeypatch):
    whole = export_network(loop.train(toy_rows(), [], tmp_path / "whole", TINY))

    class Interrupted(Progress):
        def show(self, done: int, figure: float | None = None) -> None:
            super().show(done, figure)
            if done == 4:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "Progress", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            loop.train(toy_rows(), [], tmp_path / "parts", TINY)
    assert (tmp_path / "parts" / "checkpoint.safetensors").exists()
    resumed = export_network(loop.train(toy_rows(), [], tmp_path / "parts", TINY, resume=True))
    assert whole.keys() == resumed.keys()
    for name, tensor in whole.items():
        assert torch.allclose(tensor, resumed[name], atol=1e-5), name


def test_a_batch_holds_presence_ladder_and_side_questions_where_they_are_known():
    targets = {"self_harm": (1.0, 0.5), "violence": (0.0, 1.0), "distress": (1.0, 1.0)}
    wanted, weights = label_tensors([Example((7, 8), targets, 2)], side=0.25)
    assert wanted.shape == weights.shape == (1, 15)
    assert wanted[0, 3:6].tolist() == [1.0, 1.0, 0.0]
    assert weights[0, 3:6].tolist() == pytest.approx([1.5, 0.2, 0.2])
    assert weights[0, 6:9].tolist() == [1.0, 0.0, 0.0]
    assert weights[0, 12:].tolist() == [0.0, 0.0, 0.25]
    assert weights[0, :3].tolist() == weights[0, 9:12].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("tuning", ["full", "adapters"])
def test_what_is_exported_and_put_into_the_encoder_again_gives_the_same_scores(tuning, tmp_path):
    learner = loop.train(toy_rows(40), [], tmp_path, replace(TINY, tuning=tuning, average=0.5))
    tensors = export_network(learner)
    again = build_bert(read_encoder())
    merge_adapters(again, {name: t for name, t in tensors.items() if not name.startswith("heads.")})
    ids, mask = padded([[2023, 2003, 1037, 3231], [7592]])
    with torch.inference_mode():
        tuned = learner.network.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        put = again(input_ids=ids, attention_mask=mask).last_hidden_state
        plain = build_bert(read_encoder())(input_ids=ids, attention_mask=mask).last_hidden_state
    seen = mask.bool()
    assert (tuned - put)[seen].abs().max() < 0.05 * (tuned - plain)[seen].abs().max()


def test_unknown_labels_do_not_move_the_loss():
    logits = torch.zeros((2, 4))
    targets, weights = torch.zeros((2, 4)), torch.zeros((2, 4))
    assert float(masked_loss(logits, targets, weights)) == 0.0
    weights[0, 1] = 1.0
    with_known = float(masked_loss(logits, targets, weights))
    logits[1, 2] = 100.0
    assert float(masked_loss(logits, targets, weights)) == with_known > 0


def test_the_learning_rate_warms_up_and_ends_near_nothing():
    optimizer = torch.optim.AdamW([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 1.0, "initial": 1.0}])
    rates = []
    for done in (0.0, 0.025, 0.05, 0.5, 1.0, 1.2):
        set_rates(optimizer, done, 0.05)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] > rates[3] > rates[4]
    assert rates[4] == rates[5] < 0.03


def test_a_network_is_tuned_on_a_gpu_in_bfloat16_where_there_is_one_and_nobody_says_otherwise(monkeypatch):
    for available, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda answer=available: answer)
        assert training_device("auto").type == expected
        assert training_device("cpu").type == "cpu"
    assert training_precision("auto", "cuda") == "bf16"
    assert training_precision("fp32", "cuda") == training_precision("fp32") == "fp32"
