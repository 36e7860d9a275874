"""The first pass, with students made for the test: which windows reach the encoder, what the others score."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from models.cache import CacheUse, MemoryCache
from models.categories import CATEGORIES, ClassifierError
from models.classifier import Classifier, load_classifier
from models.first_pass import Student, StudentShape
from models.inference import Engine
from models.store import MANIFEST, SHIPPED, STUDENT, WEIGHTS, add_first_pass, read_manifest, write_classifier
from tests.unit.models.single import single_reader

SHAPE = StudentShape(width=16, layers=1, heads=2)

TEXTS = [
    "Can you please tell me what pages we have to read for history?",
    "I want to kill myself tonight. I can't do this any more.",
    "Thanks for helping me with math yesterday. " * 30,
    "You are such an ugly loser, everyone hates you.",
    "",
]


def folder_with(tmp_path: Path, cut: float, bias: float = 0.0, weight: float = 0.02) -> Path:
    """The shipped first reader with a student of random weights and the same cut for every category."""
    torch.manual_seed(3)
    student = Student(SHAPE)
    with torch.no_grad():
        student.bias.fill_(bias)
        student.leave.mul_(weight)
    folder = single_reader(tmp_path / "classifier")
    add_first_pass(
        folder,
        student.state_dict(),
        {"shape": SHAPE.as_dict(), "cuts": dict.fromkeys(CATEGORIES, cut), "measured": {"windows": 0}},
    )
    return folder


def counted(classifier: Classifier, monkeypatch) -> list[int]:
    """How many windows each call gave to the encoder."""
    calls: list[int] = []
    whole = Engine.outputs

    def outputs(self, rows):
        calls.append(len(rows))
        return whole(self, rows)

    monkeypatch.setattr(Engine, "outputs", outputs)
    return calls


def test_where_everything_passes_the_scores_are_exact(tmp_path):
    classifier = load_classifier(folder_with(tmp_path, cut=-100.0))
    for passed, exact in zip(classifier.score(TEXTS, first_pass=True), classifier.score(TEXTS), strict=True):
        assert passed.scores == pytest.approx(exact.scores, abs=1e-6)
        assert (passed.flags, passed.spans) == (exact.flags, exact.spans)


def test_what_does_not_pass_never_reaches_the_encoder_and_stays_under_review(tmp_path, monkeypatch):
    classifier = load_classifier(folder_with(tmp_path, cut=100.0, bias=50.0))
    calls = counted(classifier, monkeypatch)
    for channel in classifier.thresholds:
        for score in classifier.score(TEXTS, channel=channel, first_pass=True):
            assert (score.flags, score.reviews, score.spans) == ((), (), ())
    assert sum(calls) == 0


def test_the_estimate_of_what_does_not_pass_is_its_score(tmp_path):
    low = load_classifier(folder_with(tmp_path / "low", cut=100.0, bias=-9.0))
    high = load_classifier(folder_with(tmp_path / "high", cut=100.0, bias=-4.0))
    [a], [b] = low.score(TEXTS[:1], first_pass=True), high.score(TEXTS[:1], first_pass=True)
    assert all(0 < a.scores[category] < b.scores[category] for category in CATEGORIES)


def test_without_being_asked_for_the_first_pass_changes_nothing(tmp_path, classifier):
    other = load_classifier(folder_with(tmp_path, cut=100.0), precision=classifier.precision)
    plain = load_classifier(single_reader(tmp_path / "plain"), precision=classifier.precision)
    for found, wanted in zip(other.score(TEXTS), plain.score(TEXTS), strict=True):
        assert found.scores == pytest.approx(wanted.scores, abs=1e-6)


def test_a_classifier_without_a_first_pass_scores_exactly_when_asked_for_one(classifier, tmp_path):
    plain = Path(shutil.copytree(SHIPPED, tmp_path / "plain"))
    manifest = json.loads((plain / MANIFEST).read_text())
    manifest.pop("first_pass", None)
    manifest["files"].pop(STUDENT, None)
    (plain / MANIFEST).write_text(json.dumps(manifest))
    without = load_classifier(plain, precision=classifier.precision)
    assert not without.has_first_pass
    [asked] = without.score([TEXTS[1]], first_pass=True)
    [exact] = classifier.score([TEXTS[1]])
    assert asked.scores == pytest.approx(exact.scores, abs=1e-6)


def test_windows_are_judged_the_same_alone_and_among_others(tmp_path):
    classifier = load_classifier(folder_with(tmp_path, cut=0.0, weight=1.0))
    together = classifier.score(TEXTS, first_pass=True)
    for text, score in zip(TEXTS, together, strict=True):
        [alone] = classifier.score([text], first_pass=True)
        assert alone.scores == pytest.approx(score.scores, abs=1e-3)


def test_estimates_are_never_taken_for_the_whole_classifiers_scores(tmp_path, monkeypatch):
    classifier = load_classifier(folder_with(tmp_path, cut=100.0))
    use = CacheUse(b"secret", MemoryCache(100))
    classifier.score(TEXTS, first_pass=True, cache=use)
    calls = counted(classifier, monkeypatch)
    exact = classifier.score(TEXTS, cache=use)
    assert sum(calls) > 0
    assert exact[1].flags == ("self_harm",)
    calls.clear()
    again = classifier.score(TEXTS, cache=use)
    assert sum(calls) == 0
    assert [score.scores for score in again] == [score.scores for score in exact]
    assert [score.spans for score in again] == [score.spans for score in exact]


def test_the_id_changes_with_the_first_pass_and_with_nothing_else(tmp_path):
    one, same, other = (
        read_manifest(folder_with(tmp_path / name, cut)).id for name, cut in (("a", 0.5), ("b", 0.5), ("c", 0.6))
    )
    assert one == same != other
    assert one.rpartition("-")[0] == read_manifest(SHIPPED).id.rpartition("-")[0]


def test_other_main_weights_put_the_first_pass_aside(tmp_path, classifier):
    folder = folder_with(tmp_path, cut=0.0)
    manifest = json.loads((folder / MANIFEST).read_text())
    kept = {key: manifest[key] for key in ("heads", "max_tokens", "calibration", "thresholds", "provenance")}
    tensors = {"heads.some": torch.zeros(2)}
    write_classifier(folder, tensors, {"name": "other", **kept})
    assert sorted(path.name for path in folder.iterdir()) == [WEIGHTS, MANIFEST]
    assert read_manifest(folder).first_pass is None


def test_an_altered_first_pass_is_refused(tmp_path):
    folder = folder_with(tmp_path, cut=0.0)
    content = bytearray((folder / STUDENT).read_bytes())
    content[-1] ^= 1
    (folder / STUDENT).write_bytes(content)
    with pytest.raises(ClassifierError, match=r"first_pass.safetensors has SHA-256"):
        load_classifier(folder)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"first_pass": {"shape": {}, "cuts": {}}}, "lacks or garbles"),
        ({"first_pass": {"shape": {"width": 32}, "cuts": dict.fromkeys(CATEGORIES, 0)}}, "do not fit the network"),
        ({"first_pass": {"shape": {"depth": 3}, "cuts": dict.fromkeys(CATEGORIES, 0)}}, "do not fit the network"),
        ({"files": {}}, "lacks or garbles 'first_pass.safetensors'"),
    ],
)
def test_a_first_pass_that_does_not_fit_is_refused(changes, complaint, tmp_path):
    folder = folder_with(tmp_path, cut=0.0)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))
    with pytest.raises(ClassifierError, match=complaint):
        load_classifier(folder)
