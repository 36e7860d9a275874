"""Makes folders with tiny random sequence classifiers, as a district could have put them on its machine."""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    PreTrainedTokenizerFast,
)

WORDS = (
    "you",
    "are",
    "the",
    "worst",
    "of",
    "all",
    "nobody",
    "likes",
    "him",
    "we",
    "read",
    "book",
    "on",
    "plants",
    "in",
    "class",
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARKERS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
POSITIONS = 64
UNKNOWN = 1
WEIGHTS = "model.safetensors"


def make_folder(folder: Path, labels: list[str], *, problem: str | None = None, seed: int = 1) -> Path:
    """A classifier of windows of 64 tokens with random weights, saved by the library's own means."""
    vocabulary = [*MARKERS, *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS]
    backend = Tokenizer(models.WordPiece({word: n for n, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=POSITIONS,
        pad_token_id=0,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        problem_type=problem,
        initializer_range=0.5,  # else a random network says the same of every text
    )
    network = BertForSequenceClassification(config).eval()
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def put_network(folder: Path, config: Any, labels: list[str], seed: int = 1) -> None:
    """Another random network in the place of the folder's, of the kind that `config` is for."""
    config.id2label, config.label2id = dict(enumerate(labels)), {label: n for n, label in enumerate(labels)}
    config.vocab_size = json.loads((folder / "config.json").read_text())["vocab_size"]
    torch.manual_seed(seed)
    AutoModelForSequenceClassification.from_config(config).eval().save_pretrained(folder)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def table(folder: Path, labels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The `[[panel]]` table of a folder: each category that `labels` names, uncalibrated, alert at .5, review at .2."""
    meanings = [meaning for given in labels.values() for meaning in (given if isinstance(given, list) else [given])]
    categories = sorted({meaning.strip("+-") for meaning in meanings})
    given = {
        "id": "tiny",
        "path": str(folder),
        "sha256": changes.pop("sha256", None) or {WEIGHTS: digest(folder / WEIGHTS)},
        "labels": labels,
        "calibration": {category: {"slope": 1.0, "intercept": 0.0} for category in categories},
        "thresholds": {category: {"alert": 0.5, "review": 0.2} for category in categories},
    }
    return given | changes


def change_config(folder: Path, **changes: Any) -> None:
    """Write keys of config.json; None takes one out."""
    file = folder / "config.json"
    config = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
