"""The second reader: who reads what, what counts then, and what stands in the folder."""

import json
import shutil

import numpy as np
import pytest
import torch

from models.categories import CATEGORIES, ClassifierError
from models.classifier import load_classifier
from models.second_reader import TwoReaders
from models.store import MANIFEST, SECOND, SHIPPED, WEIGHTS, join_readers, load_parts, read_manifest, write_classifier
from models.training import pipeline
from models.training.mean import mean_network
from models.training.network import export_network
from models.training.pairing import BELOW_REVIEW, gates_of, pair_up
from models.training.peaks import watch_peaks
from tests.unit.models.single import single_reader
from tests.unit.models.training_arguments import arguments, command, write_toy_data

NEVER, ALWAYS = dict.fromkeys(CATEGORIES, 99.0), dict.fromkeys(CATEGORIES, -99.0)
KEPT = ("heads", "max_tokens", "early_layer", "calibration", "thresholds", "provenance", "chances")
TEXTS = ["nobody would miss me if i was gone", "the bus leaves at eight", "you are a mean loser", "our little secret"]


class Said:
    """An engine that says what it was given, and remembers what it was asked."""

    body = "the body"

    def __init__(self, *logits: float) -> None:
        self.logits = logits
        self.asked: list[list[int]] = []

    def outputs(self, rows):
        self.asked += [list(row) for row in rows]
        logits = [[[self.logits[row[0]]] * 3] * len(CATEGORIES) for row in rows]
        return np.array(logits, dtype=np.float32).reshape(-1, len(CATEGORIES), 3)


def test_only_doubtful_windows_are_read_twice_and_then_the_mean_counts():
    first, second = Said(-5.0, 1.0, -0.5), Said(9.0, -3.0, 2.5)
    pair = TwoReaders(first, second, {**NEVER, "violence": -0.5})
    assert pair.outputs([[0], [1], [2]])[:, 0, 0].tolist() == [-5.0, -1.0, 1.0]
    assert second.asked == [[1], [2]]
    assert pair.read_twice([[0], [1], [2]]) == pytest.approx(2 / 3)
    assert pair.body == first.body


def test_what_the_first_pass_settles_is_not_read_again():
    first, second = Said(3.0, 1.0), Said(9.0, -3.0)
    first.passed = lambda rows, *_: (first.outputs(rows), np.array([row[0] == 1 for row in rows]))
    found, through = TwoReaders(first, second, ALWAYS).passed([[0], [1]], None, "alert")
    assert found[:, 0, 0].tolist() == [3.0, -1.0]
    assert through.tolist() == [False, True]
    assert second.asked == [[1]]


def test_no_rows_ask_nobody():
    pair = TwoReaders(Said(), Said(), ALWAYS)
    assert pair.outputs([]).shape == (0, len(CATEGORIES), 3)
    assert pair.read_twice([]) == 0.0


@pytest.fixture(scope="module")
def singles(tmp_path_factory):
    """Two classifiers of one network each: the shipped first reader, and the same with its heads moved."""
    folder = tmp_path_factory.mktemp("singles")
    one, other = single_reader(folder / "one"), folder / "other"
    raw = json.loads((one / MANIFEST).read_text())
    learner, _ = mean_network([one])
    with torch.no_grad():
        for output in learner.network.heads.outputs:
            output[-1].bias.add_(2.0)
    kept = {key: raw[key] for key in KEPT}
    tensors = export_network(learner)
    write_classifier(other, tensors, {**kept, "name": "other"})
    write_classifier(other, {**tensors, **watch_peaks(other, TEXTS)}, {**kept, "name": "other"})
    return one, other


def test_two_classifiers_become_one_that_reads_as_both(singles, tmp_path):
    one, other, both = *singles, tmp_path / "both"
    identity = join_readers(both, one, other, ALWAYS, "both")
    made = load_classifier(both, precision="fp32")
    assert made.id == identity == read_manifest(both).id
    alone = [load_classifier(folder, precision="fp32").logits(TEXTS) for folder in singles]
    assert np.abs(alone[1] - alone[0]).min() > 1
    assert made.logits(TEXTS) == pytest.approx((alone[0] + alone[1]) / 2, abs=1e-3)
    join_readers(both, one, other, NEVER, "both")
    assert read_manifest(both).id != identity
    assert load_classifier(both, precision="fp32").logits(TEXTS) == pytest.approx(alone[0], abs=1e-3)


def test_of_a_pair_the_first_or_the_second_is_taken(singles, tmp_path):
    one, other = singles
    join_readers(tmp_path / "pair", one, other, ALWAYS, "pair")
    join_readers(tmp_path / "again", tmp_path / "pair", tmp_path / "pair", ALWAYS, "pair")
    assert read_manifest(tmp_path / "again").files == read_manifest(tmp_path / "pair").files
    join_readers(tmp_path / "turned", other, tmp_path / "pair", ALWAYS, "pair")
    files = read_manifest(tmp_path / "turned").files
    assert files[WEIGHTS] == files[SECOND] == read_manifest(other).files[WEIGHTS]


def test_both_readers_share_the_word_vectors(singles, tmp_path):
    join_readers(tmp_path, *singles, ALWAYS, "both")
    engine = load_parts(tmp_path, read_manifest(tmp_path), "fp32").engine
    first, second = engine._first.body, engine._second.body
    assert first._words.data_ptr() == second._words.data_ptr()


def test_an_altered_second_reader_is_refused(singles, tmp_path):
    join_readers(tmp_path, *singles, ALWAYS, "both")
    content = bytearray((tmp_path / SECOND).read_bytes())
    content[-1] ^= 1
    (tmp_path / SECOND).write_bytes(content)
    with pytest.raises(ClassifierError, match=rf"{SECOND} has SHA-256"):
        load_classifier(tmp_path)


def test_an_altered_classifier_is_not_joined(singles, tmp_path):
    altered = shutil.copytree(singles[1], tmp_path / "altered")
    content = bytearray((altered / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (altered / WEIGHTS).write_bytes(content)
    with pytest.raises(ClassifierError, match=rf"{WEIGHTS} has SHA-256"):
        join_readers(tmp_path / "both", singles[0], altered, ALWAYS, "both")
    assert not (tmp_path / "both").exists()


def test_gates_without_the_second_readers_file_are_refused(singles, tmp_path):
    join_readers(tmp_path, *singles, ALWAYS, "both")
    raw = json.loads((tmp_path / MANIFEST).read_text())
    del raw["files"][SECOND]
    (tmp_path / MANIFEST).write_text(json.dumps(raw))
    with pytest.raises(ClassifierError, match=f"lacks or garbles '{SECOND}'"):
        read_manifest(tmp_path)


def test_new_weights_leave_no_second_reader_behind(singles, tmp_path):
    join_readers(tmp_path, *singles, ALWAYS, "both")
    raw = json.loads((tmp_path / MANIFEST).read_text())
    kept = {key: raw[key] for key in ("heads", "max_tokens", "calibration", "thresholds", "provenance")}
    write_classifier(tmp_path, export_network(mean_network([singles[0]])[0]), {**kept, "name": "new"})
    assert not (tmp_path / SECOND).exists()
    assert not read_manifest(tmp_path).gates


def test_gates_lie_under_the_review_points_of_the_first_reader(singles):
    manifest = read_manifest(singles[0])
    for category, gate in gates_of(manifest).items():
        review = manifest.calibration[category].inverse(manifest.thresholds["mail"][category]["review"])
        assert gate == pytest.approx(review - BELOW_REVIEW, abs=0.01)


def test_readers_of_other_windows_are_not_joined(singles, tmp_path):
    other = shutil.copytree(singles[1], tmp_path / "short")
    raw = json.loads((other / MANIFEST).read_text())
    (other / MANIFEST).write_text(json.dumps(raw | {"max_tokens": 64}))
    with pytest.raises(ClassifierError, match="the same heads and windows"):
        pair_up(singles[0], other, tmp_path / "both", "both")
    assert not (tmp_path / "both").exists()


def test_the_command_joins_two_calibrates_and_says_what_of(singles, tmp_path, capsys):
    write_toy_data(tmp_path / "data")
    given = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--pair", *map(str, singles)]
    assert command.run(arguments(*given)) == 0
    manifest = read_manifest(tmp_path / "out" / "classifier")
    assert capsys.readouterr().out.strip() == manifest.id
    assert manifest.id.startswith(pipeline.NAME)
    assert [reader["id"] for reader in manifest.provenance["readers"]] == [read_manifest(f).id for f in singles]
    assert manifest.calibration["bullying"] != read_manifest(singles[0]).calibration["bullying"]
    assert manifest.provenance["data"] == read_manifest(singles[0]).provenance["data"]


def test_the_shipped_classifier_reads_twice_what_is_doubtful_and_only_that(classifier):
    assert classifier.read_twice(["The bus leaves at eight. Please bring the signed form on Monday."]) == 0.0
    assert classifier.read_twice(["i want to kill myself tonight"]) == 1.0
    assert read_manifest(SHIPPED).gates
