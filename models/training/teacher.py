"""The teacher: a larger encoder tuned three times, each time without a third of the groups, on which it then speaks.

Nobody serves it: it is 110 million parameters. A row is judged by the network that never saw its group, so that a wrong
label is not simply said again.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.body import CLS, SEP
from models.categories import CATEGORIES, ClassifierError
from models.encoder import build_tokenizer, read_encoder, read_verified
from models.store import SHIPPED
from models.training import opinions, readings
from models.training.chance import hash_share
from models.training.network import Learner, Settings, prepare, window_logits
from models.training.rows import Row
from models.training.sampling import encode_texts
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from models.training.train import tune

NAME = "all-mpnet-base-v2"
DIGEST = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""SHA-256 of its `model.safetensors`."""

FOLDS = 3

SETTINGS = Settings(
    minutes=600,
    epochs=2,
    body_rate=6e-5,
    dropout=0.1,
    token_budget=8192,
    opinions=0.0,
    early=0.0,
    checkpoint_seconds=1e9,
)

READING_BUDGET = 16384
_WORDS_BEFORE = 4
_START, _END = 0, 2


def teach(data: Path, folder: Path, out: Path) -> str:
    """Tune the encoder in `folder` once for each fold of the sets under `data`; its opinions and readings go to `out`.

    Of what a draw puts together from several texts all three say what they think; it counts as much as what the
    shipped classifier says. Takes some six minutes on one large GPU, and a day on two cores. Returns what was written,
    in words.
    Raises `DataError` when the data are absent, `ClassifierError` when the encoder is not the pinned one.
    """
    rows, own = split_rows(load_sets(data))["train"], load_synthetic()["train"]
    logits = np.zeros((len(rows), len(CATEGORIES)))
    learners = []
    for fold in range(FOLDS):
        learners.append(teach_fold(rows, own, folder, out, fold))
        chosen = [i for i, row in enumerate(rows) if fold_of(row) == fold]
        logits[chosen] = read_all(learners[fold], [rows[i] for i in chosen])
    out.mkdir(parents=True, exist_ok=True)
    path, drawn = out / opinions.FILE.name, out / readings.FILE.name
    count = opinions.write_opinions(path, rows, logits, origin())
    read = _read_drawn(learners, opinions.with_opinions(rows, path), own, drawn)
    return f"{count} opinions in {path}\n{read} readings in {drawn}"


def _read_drawn(learners: Sequence[Learner], rows: Sequence[Row], own: Sequence[Row], path: Path) -> int:
    """Keep at `path` what all `learners` and the shipped classifier say of each draw; returns of how many texts."""
    shipped, identity = readings.reader_of(SHIPPED)

    def read(windows: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        said = np.mean([window_logits(learner, windows, READING_BUDGET) for learner in learners], axis=0)
        both: NDArray[np.float64] = (said + shipped(windows)) / 2
        return both

    return readings.write_readings(path, readings.all_draws(rows, own), read, {**origin(), "classifier": identity})


def teach_fold(rows: Sequence[Row], own: Sequence[Row], folder: Path, out: Path, fold: int) -> Learner:
    """The encoder in `folder`, tuned on all `rows` outside `fold` and on our `own`."""
    sys.stderr.write(f"fold {fold + 1} of {FOLDS}\n")
    learner = prepare(load_teacher(folder), SETTINGS)
    kept = [row for row in rows if fold_of(row) != fold]
    return tune(learner, build_tokenizer(read_encoder()), (kept, own), out / f"fold{fold}", SETTINGS)


def fold_of(row: Row) -> int:
    """Which third of the groups the row's group is in."""
    return int(FOLDS * hash_share(f"fold:{row.group}"))


def load_teacher(folder: Path) -> Any:
    """The pinned encoder with the shipped one's word numbers. Raises `ClassifierError` when it is another."""
    from safetensors.torch import load
    from transformers import MPNetConfig, MPNetModel

    class Renumbered(MPNetModel):  # type: ignore[misc]
        """Takes the numbers of the shipped encoder's words, which are its own less four."""

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **how: Any) -> Any:
            ids = input_ids + _WORDS_BEFORE
            ids = ids.masked_fill(input_ids == CLS, _START).masked_fill(input_ids == SEP, _END)
            return super().forward(input_ids=ids, attention_mask=attention_mask, **how)

    remedy = f"--teacher needs the folder of {NAME} as it is published"
    weights = load(read_verified(folder / "model.safetensors", DIGEST, remedy))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = Renumbered(MPNetConfig(**config), add_pooling_layer=False)
    missing, _ = model.load_state_dict(weights, strict=False)  # its pooler and head are left over
    if wrong := [name for name in missing if "position_ids" not in name]:
        message = f"the weights in {folder} lack {wrong[0]}; {remedy}"
        raise ClassifierError(message)
    return model


def read_all(learner: Learner, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Logits (rows, categories) of the first window of each text."""
    tokens = [ids[: SETTINGS.max_tokens - 2] for ids in encode_texts(rows, build_tokenizer(read_encoder()))]
    return window_logits(learner, tokens, READING_BUDGET)


def origin() -> dict[str, Any]:
    """Where the opinions come from, as their file says it."""
    return {"teacher": NAME, "sha256": DIGEST, "licence": "Apache-2.0", "folds": FOLDS, "epochs": SETTINGS.epochs}
