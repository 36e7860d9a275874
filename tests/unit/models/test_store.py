import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.categories import ClassifierError
from models.classifier import load_classifier
from models.encoder import encoder_folder, read_encoder
from models.store import MANIFEST, SHIPPED, WEIGHTS, read_manifest
from tests.unit.models.single import single_reader

ROOT = Path(__file__).parents[3]

GUARDED = """
import sys
from models.classifier import load_classifier
import models.store, models.adapters, torch, transformers, safetensors.torch
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "pickle.find_class"):
        raise RuntimeError("refused: " + event)
sys.addaudithook(refuse)
classifier = load_classifier()
print(classifier.score(["Hello there, see you at practice."])[0].flags)
"""


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "classifier"))


@pytest.fixture
def single(tmp_path) -> Path:
    return single_reader(tmp_path / "single")


def edit(folder: Path, **changes) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_an_altered_weights_file_is_refused_with_both_digests(copy):
    content = bytearray((copy / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (copy / WEIGHTS).write_bytes(content)
    with pytest.raises(ClassifierError, match=r"has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}; restore"):
        load_classifier(copy)


def test_a_missing_weights_file_is_refused(copy):
    (copy / WEIGHTS).unlink()
    with pytest.raises(ClassifierError, match=r"cannot be read.*restore the folder"):
        load_classifier(copy)


def test_a_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(ClassifierError, match=r"no classifier in nothing.*worker.py train"):
        load_classifier(tmp_path / "nothing")


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "model.pt", "model.pkl", "../up.safetensors", "/etc/x.safetensors"]
)
def test_only_safetensors_beside_the_manifest_are_ever_read(name, copy):
    edit(copy, files={name: "0" * 64})
    with pytest.raises(ClassifierError, match="only safetensors beside the manifest"):
        load_classifier(copy)


def test_a_pickle_in_the_guise_of_safetensors_is_not_opened(single):
    content = pickle.dumps({"weights": [1, 2, 3]})
    (single / WEIGHTS).write_bytes(content)
    edit(single, files={WEIGHTS: hashlib.sha256(content).hexdigest()})
    with pytest.raises(ClassifierError, match="not a safetensors file"):
        load_classifier(single)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 2}', '"text"'])
def test_a_broken_manifest_is_refused(content, copy):
    (copy / MANIFEST).write_text(content)
    with pytest.raises(ClassifierError, match="manifest"):
        load_classifier(copy)


def test_another_format_is_refused(copy):
    edit(copy, format=99)
    with pytest.raises(ClassifierError, match="has format 99"):
        load_classifier(copy)


def test_another_encoder_is_refused(copy):
    edit(copy, encoder={"sha256": "0" * 64})
    with pytest.raises(ClassifierError, match="was made for encoder"):
        load_classifier(copy)


def test_tensors_that_do_not_fit_are_refused(copy):
    edit(copy, heads={"pooling": "mean", "hidden": 3, "width": 384})
    with pytest.raises(ClassifierError, match="do not fit the network"):
        load_classifier(copy)


def test_an_altered_encoder_is_refused(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(encoder_folder() / name, folder / name)
    (folder / "model.safetensors").write_bytes(b"not the encoder")
    with pytest.raises(
        ClassifierError, match=r"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db.*reinstall"
    ):
        read_encoder(folder)


def test_loading_and_scoring_touch_no_network_and_read_no_pickle():
    done = subprocess.run(
        [sys.executable, "-c", GUARDED], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "()"


def test_the_shipped_files_are_small_and_hold_no_pickle():
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".safetensors", ".json"}
    assert sum(path.stat().st_size for path in files) < 23 * 2**20


def test_the_manifest_names_its_data_and_their_licences(classifier):
    provenance = read_manifest(SHIPPED).provenance
    assert provenance["data"]["grooming_windows"]["restricted"] is True
    assert provenance["data"]["cssrs"]["licence"] == "CC BY 4.0"
    assert classifier.id.startswith("heed-minilm-6-")
