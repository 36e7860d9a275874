"""Everything `worker.py train` does, in order: load, split, tune, calibrate, write."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from models.training.finish import finish
from models.training.mapping import SETS
from models.training.network import Settings, export_network
from models.training.rows import Row
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from models.training.train import train


def run_pipeline(
    data: Path, out: Path, *, only_open: bool = False, changes: Mapping[str, Any] | None = None, resume: bool = False
) -> str:
    """Train on the sets under `data` and write `out`/classifier; returns the classifier's id.

    `changes` replaces fields of `Settings`. Checkpoints lie in `out`; with `resume` the run goes on from there.
    Raises `DataError` when the data are absent or there is no checkpoint to go on from.
    """
    settings = replace(Settings(threads=os.cpu_count() or 1), **(changes or {}))
    splits = split_rows(load_sets(data, only_open=only_open))
    own = load_synthetic()
    sys.stderr.write(f"training on {len(splits['train'])} rows and {len(own['train'])} sentences of our own\n")
    learner = train(splits["train"], own["train"], out, settings, resume=resume)
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    provenance = describe(splits["train"], settings, only_open=only_open)
    tensors = export_network(learner)
    return finish(
        tensors,
        splits["tune"],
        own["dev"],
        out / "classifier",
        provenance,
        max_tokens=settings.max_tokens,
        shape=learner.network.heads.shape,
    )


def describe(rows: Iterable[Row], settings: Settings, *, only_open: bool) -> dict[str, Any]:
    """What the manifest says about where the weights come from."""
    present = {row.source for row in rows}
    return {
        "only_open": only_open,
        "data": {
            name: {"licence": card.licence, "restricted": card.restricted}
            for name, card in SETS.items()
            if name in present
        },
        "own_sentences": "models/training/synthetic",
        "settings": {key: value for key, value in asdict(settings).items() if key != "threads"},
    }
