"""A sequence classifier in a local folder: safetensors by digest, no pickle, no code from the folder, no network.

What was hashed is what is loaded: each file is read once, and the network is built from what is in memory then. The
architecture is one that the installed `transformers` has; the folder only names it.
"""

import hashlib
import inspect
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.batching import plan_batches
from models.categories import ClassifierError
from models.encoder import read_verified
from models.panel_spec import Evidence, MemberSpec

if TYPE_CHECKING:
    import torch

MAX_TOKENS = 512
STRIDE = 32
"""A window that has too many tokens all the same is read in pieces that share this many."""

TOKEN_BUDGET = 2048
UNSURE = ("auto_map", "fusion_config", "attn_implementation", "_attn_implementation", "experts_implementation")
"""Keys of config.json that could bring in other code or arithmetic; they are left out."""

_PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack"}
_REMEDY = "restore the folder, or correct the [[panel]] table in the policy"


@dataclass(frozen=True, slots=True)
class Member:
    """A classifier as it was read from its folder. `files` maps the name of each file read to its SHA-256."""

    network: Any
    tokenizer: Any
    labels: tuple[str, ...]
    is_single: bool
    max_tokens: int
    padding: int
    takes_types: bool
    files: Mapping[str, str]

    @property
    def markers(self) -> int:
        """How many tokens the tokenizer puts around a text."""
        return int(self.tokenizer.num_special_tokens_to_add(False))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Logits (texts, labels) in float32 arithmetic; of a text with too many tokens the highest of its pieces."""
        import torch

        rows, owners = self._rows(texts)
        found: NDArray[np.float64] = np.full((len(texts), len(self.labels)), -np.inf)
        with torch.inference_mode():
            for batch in plan_batches([len(row.ids) for row in rows], TOKEN_BUDGET):
                values = self.network(**self._padded([rows[i] for i in batch])).logits.double().numpy()
                np.maximum.at(found, [owners[i] for i in batch], values)
        return found

    def log_odds(self, texts: Sequence[str], evidence: Sequence[Evidence]) -> NDArray[np.float64]:
        """Log-odds (texts, evidence) that each of `evidence` holds."""
        if not texts:
            return np.zeros((0, len(evidence)))
        logits = self.logits(texts)
        return np.stack([self._odds_of(logits, one) for one in evidence], axis=1)

    def _odds_of(self, logits: NDArray[np.float64], evidence: Evidence) -> NDArray[np.float64]:
        chosen = np.isin(self.labels, evidence.labels)
        odds: NDArray[np.float64] = logits[:, chosen].max(axis=1)
        if self.is_single:
            odds = np.logaddexp.reduce(logits[:, chosen], axis=1) - np.logaddexp.reduce(logits[:, ~chosen], axis=1)
        return -odds if evidence.is_absence else odds

    def _rows(self, texts: Sequence[str]) -> tuple[list[Any], list[int]]:
        """Encodings with their markers, and which text each belongs to."""
        rows, owners = [], []
        for index, encoding in enumerate(self.tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            room = self.max_tokens - self.markers
            encoding.truncate(room, stride=min(STRIDE, room // 2))
            for piece in (encoding, *encoding.overflowing):
                rows.append(self.tokenizer.post_process(piece))
                owners.append(index)
        return rows, owners

    def _padded(self, rows: Sequence[Any]) -> "dict[str, torch.Tensor]":
        import torch

        longest = max(1, *(len(row.ids) for row in rows))
        ids = torch.full((len(rows), longest), self.padding, dtype=torch.long)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for place, row in enumerate(rows):
            length = len(row.ids)
            ids[place, :length] = torch.tensor(row.ids)
            types[place, :length] = torch.tensor(row.type_ids)
            mask[place, : max(1, length)] = 1  # of nothing, the network looks at one padding
        given = {"input_ids": ids, "attention_mask": mask}
        # All zero is what leaving them out means, but to a few networks, whose tokenizers give none.
        return given | {"token_type_ids": types} if self.takes_types and types.any() else given


def read_member(spec: MemberSpec) -> Member:
    """Verify and load the folder of `spec`. Seconds, and as much memory as the weights have, twice for a moment.

    Raises `ClassifierError` with the remedy when a file is missing or altered, when there are only weights that could
    run code, or when folder and table do not fit each other.
    """
    _refuse_pickles(spec)
    files: dict[str, str] = {}
    config = _json_object(_read(spec, "config.json", files), spec)
    tokenizer = _tokenizer(_read(spec, "tokenizer.json", files), spec)
    network = _network(config, _weights(spec, files), spec)
    labels = tuple(str(network.config.id2label[number]) for number in range(network.config.num_labels))
    _check_labels(spec, labels)
    member = Member(
        network=network,
        tokenizer=tokenizer,
        labels=labels,
        is_single=_is_single(spec, config, len(labels)),
        max_tokens=_max_tokens(network, tokenizer),
        padding=_padding(network, spec),
        takes_types=_takes_types(network),
        files=files,
    )
    _check(member, spec)
    return member


def _refuse_pickles(spec: MemberSpec) -> None:
    """A folder with only weights that could run code gets an answer of its own: it is what most people try first."""
    try:
        names = [path.name for path in spec.path.iterdir()]
    except OSError as error:
        message = f"panel {spec.id}: the folder {spec.path} cannot be read ({error.strerror}); {_REMEDY}"
        raise ClassifierError(message) from error
    if any(name.endswith(".safetensors") for name in names):
        return
    pickles = sorted(name for name in names if Path(name).suffix in _PICKLES)
    held = f"only {', '.join(pickles)}, which may run code when it is opened" if pickles else "no weights"
    message = f"panel {spec.id}: {spec.path} holds {held}; save the weights again as safetensors"
    raise ClassifierError(message)


def _read(spec: MemberSpec, name: str, files: dict[str, str]) -> bytes:
    """The bytes of a file, with their digest written into `files`."""
    path = spec.path / name
    if name in spec.digests:
        content = read_verified(path, spec.digests[name], f"panel {spec.id}: {_REMEDY}")
    else:
        try:
            content = path.read_bytes()
        except OSError as error:
            need = "; a fast tokenizer is needed, save one" if name == "tokenizer.json" else ""
            message = f"panel {spec.id}: {name} cannot be read from {spec.path} ({error.strerror}){need}; {_REMEDY}"
            raise ClassifierError(message) from error
    files[name] = hashlib.sha256(content).hexdigest()
    return content


def _json_object(content: bytes, spec: MemberSpec) -> dict[str, Any]:
    try:
        config = json.loads(content)
    except ValueError as error:
        message = f"panel {spec.id}: config.json is not JSON ({error}); {_REMEDY}"
        raise ClassifierError(message) from error
    if not isinstance(config, dict):
        message = f"panel {spec.id}: config.json holds no object; {_REMEDY}"
        raise ClassifierError(message)
    if "quantization_config" in config:
        message = f"panel {spec.id}: quantised weights are not read; save them in float16, bfloat16 or float32"
        raise ClassifierError(message)
    return {name: value for name, value in config.items() if name not in UNSURE}


def _tokenizer(content: bytes, spec: MemberSpec) -> Any:
    try:
        made = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises bare exceptions
        message = f"panel {spec.id}: tokenizer.json is not a fast tokenizer ({error}); {_REMEDY}"
        raise ClassifierError(message) from error
    made.no_padding()
    return made


def _weights(spec: MemberSpec, files: dict[str, str]) -> "dict[str, torch.Tensor]":
    from safetensors import SafetensorError
    from safetensors.torch import load

    tensors: dict[str, torch.Tensor] = {}
    for name in sorted(name for name in spec.digests if name.endswith(".safetensors")):
        try:
            tensors.update(load(_read(spec, name, files)))
        except SafetensorError as error:
            message = f"panel {spec.id}: {name} is not a safetensors file ({error}); {_REMEDY}"
            raise ClassifierError(message) from error
    return tensors


def _network(config: dict[str, Any], tensors: "dict[str, torch.Tensor]", spec: MemberSpec) -> Any:
    """The network in evaluation mode and float32, every one of its weights from the folder."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"  # nothing below asks; this makes sure
    import torch
    import transformers

    kind = _architecture(config, spec)
    transformers.logging.disable_progress_bar()
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity(transformers.logging.CRITICAL)  # its report of odd weights; ours follows
    try:
        network, report = kind.from_pretrained(
            None,
            config=kind.config_class.from_dict(config),
            state_dict=tensors,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:
        message = f"panel {spec.id}: the weights do not fit config.json ({type(error).__name__}: {error}); {_REMEDY}"
        raise ClassifierError(message) from error
    finally:
        transformers.logging.set_verbosity(level)
    missing = sorted(report["missing_keys"])
    if missing:  # they would be random: a network that was never trained to classify
        message = f"panel {spec.id}: the weights lack {', '.join(missing[:3])}; only a trained classifier can be used"
        raise ClassifierError(message)
    return network.eval().requires_grad_(requires_grad=False)


def _architecture(config: dict[str, Any], spec: MemberSpec) -> Any:
    """The class that config.json names, when it is a sequence classifier of the installed library."""
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES as KNOWN

    names = config.get("architectures")
    name = names[0] if isinstance(names, list) and len(names) == 1 else names
    if not isinstance(name, str) or KNOWN.get(str(config.get("model_type"))) != name:
        message = (
            f"panel {spec.id}: config.json names the architecture {name!r} of the type {config.get('model_type')!r}; "
            "it must be one …ForSequenceClassification that the installed transformers has"
        )
        raise ClassifierError(message)
    return getattr(transformers, name)


def _check_labels(spec: MemberSpec, labels: tuple[str, ...]) -> None:
    named = {label for evidence in spec.evidence.values() for label in evidence.labels}
    unknown = sorted(named - set(labels))
    if unknown:
        message = f"panel {spec.id}: the folder's labels are {', '.join(labels)}; there is no {', '.join(unknown)}"
        raise ClassifierError(message)


def _is_single(spec: MemberSpec, config: Mapping[str, Any], count: int) -> bool:
    """Whether the labels exclude each other, and so share one probability."""
    is_multi = count == 1 or config.get("problem_type") == "multi_label_classification"
    is_single = spec.head == "single" or (spec.head == "" and not is_multi)
    if is_single and any(len(evidence.labels) == count for evidence in spec.evidence.values()):
        message = f'panel {spec.id}: one of the labels always holds, so all of them say nothing; or is head "multi"?'
        raise ClassifierError(message)
    return is_single


def _max_tokens(network: Any, tokenizer: Any) -> int:
    """The most tokens of one window, markers included; the tokenizer's own cut is lifted."""
    limits = [MAX_TOKENS]
    if tokenizer.truncation:
        limits.append(tokenizer.truncation["max_length"])
    tokenizer.no_truncation()
    positions = getattr(network.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions - _first_position(network))
    return int(min(limits))


def _first_position(network: Any) -> int:
    """RoBERTa and its kin count positions from behind the padding's."""
    for name, module in network.named_modules():
        if name.endswith(".position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0


def _padding(network: Any, spec: MemberSpec) -> int:
    if network.config.pad_token_id is None:
        message = f"panel {spec.id}: config.json gives no pad_token_id; add the tokenizer's"
        raise ClassifierError(message)
    return int(network.config.pad_token_id)


def _takes_types(network: Any) -> bool:
    return "token_type_ids" in inspect.signature(network.forward).parameters


def _check(member: Member, spec: MemberSpec) -> None:
    """Read the longest window once: what does not fit shows now, not at the first student's text."""
    try:
        found = member.logits(["", "a " * MAX_TOKENS])
    except Exception as error:
        message = f"panel {spec.id}: the classifier cannot be run ({type(error).__name__}: {error}); {_REMEDY}"
        raise ClassifierError(message) from error
    if not np.isfinite(found).all():
        message = f"panel {spec.id}: the classifier gives no numbers; its weights are damaged, {_REMEDY}"
        raise ClassifierError(message)
