"""`worker.py train`: from the data sets to a classifier folder."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.categories import ClassifierError
from models.training.rows import DataError, Row

DEFAULT_DATA = Path("../shared/data/train")
DEFAULT_OUT = Path("var/training")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `worker.py train`."""
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder with open/ and restricted/ sets")
    parser.add_argument("--only-open", action="store_true", help="leave out sets without a licence to share")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="receives checkpoint and classifier")
    parser.add_argument("--minutes", type=float, default=42.0, help="time limit of the tuning (default 42)")
    parser.add_argument("--epochs", type=int, default=4, help="passes over the drawn rows (default 4)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")


def run(arguments: argparse.Namespace) -> int:
    """Train, calibrate and write `<out>/classifier`; prints the id. 0, or 2 when the data are absent."""
    from models.training.splits import load_sets, split_rows
    from models.training.synthetic import load_synthetic

    try:
        splits = split_rows(load_sets(arguments.data, only_open=arguments.only_open))
        synthetic = load_synthetic()["train"]
        identity = _train_and_finish(arguments, splits, synthetic)
    except (DataError, ClassifierError) as error:
        sys.stderr.write(f"train: {error}\n")
        return 2
    sys.stdout.write(f"{identity}\n")
    return 0


def _train_and_finish(arguments: argparse.Namespace, splits: dict[str, list[Row]], synthetic: list[Row]) -> str:
    from models.training.finish import finish
    from models.training.network import Settings, export_network
    from models.training.train import train

    settings = replace(Settings(), minutes=arguments.minutes, epochs=arguments.epochs, threads=os.cpu_count() or 1)
    sys.stderr.write(f"training on {len(splits['train'])} rows, {len(synthetic)} own sentences\n")
    network = train(splits["train"], synthetic, arguments.out, settings, resume=arguments.resume)
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    provenance = describe(splits["train"], settings.max_tokens, only_open=arguments.only_open)
    tensors = export_network(network)
    return finish(tensors, splits["tune"], arguments.out / "classifier", provenance, max_tokens=settings.max_tokens)


def describe(rows: list[Row], max_tokens: int, *, only_open: bool) -> dict[str, Any]:
    """What the manifest says about where the weights come from."""
    from models.training.mapping import SETS

    present = {row.source for row in rows}
    return {
        "pooling": "attention per category, beside the mean",
        "max_tokens": max_tokens,
        "only_open": only_open,
        "data": {
            name: {"licence": card.licence, "restricted": card.restricted}
            for name, card in SETS.items()
            if name in present
        },
        "own_sentences": "models/training/synthetic",
    }
