"""Everything `worker.py train` does, in order: load, split, tune, calibrate, write, teach the first pass."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from models.processors import usable_processors
from models.store import Manifest, read_manifest, restore
from models.training.finish import NAME, finish, fix_points
from models.training.first_pass import teach_first_pass
from models.training.mapping import SETS
from models.training.mean import mean_network
from models.training.network import Learner, Settings, export_network
from models.training.opinions import with_opinions
from models.training.pairing import pair_up
from models.training.rows import Row
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from models.training.train import train

GENTLER = 0.4
"""Learning rates of a run that begins with a tuned classifier, as a share of those of a run from the encoder."""

FIRST_PASS_MINUTES = 12.0
"""Time limit of the student's steps; the full network's reading of what it is taught comes on top."""


def run_pipeline(
    data: Path,
    out: Path,
    *,
    only_open: bool = False,
    changes: Mapping[str, Any] | None = None,
    resume: bool = False,
    begin: Path | None = None,
    first_pass_minutes: float | None = FIRST_PASS_MINUTES,
) -> str:
    """Train on the sets under `data` and write `out`/classifier; returns the classifier's id.

    `changes` replaces fields of `Settings`. Checkpoints lie in `out`; with `resume` the run goes on from there. With
    `begin` the network is that classifier's instead of the untuned encoder, and is changed more gently.
    `first_pass_minutes` bounds the teaching of the first pass; None leaves it out.
    Raises `DataError` when the data are absent or there is no checkpoint to go on from, `ClassifierError` when there is
    no classifier in `begin`.
    """
    settings = replace(Settings(threads=usable_processors()), **(changes or {}))
    start, earlier = None, None
    if begin is not None:
        earlier = read_manifest(begin)
        settings, start = gentler(settings), partial(_restore, begin, earlier)
    if only_open:  # the teacher has read the other sets
        settings = replace(settings, opinions=0.0)
    splits = split_rows(load_sets(data, only_open=only_open))
    if settings.opinions:
        splits["train"] = with_opinions(splits["train"])
    own = load_synthetic()
    sys.stderr.write(f"training on {len(splits['train'])} rows and {len(own['train'])} sentences of our own\n")
    learner = train(splits["train"], own["train"], out, settings, resume=resume, start=start)
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    provenance = describe(splits["train"], settings, only_open=only_open)
    if earlier is not None:
        provenance["begun_from"] = {"id": earlier.id, "provenance": earlier.provenance}
    tensors = export_network(learner)
    identity = finish(
        tensors,
        splits["tune"],
        own["dev"],
        out / "classifier",
        provenance,
        max_tokens=settings.max_tokens,
        shape=learner.network.heads.shape,
    )
    if first_pass_minutes is None:
        return identity
    return teach_first_pass(out / "classifier", splits, own, minutes=first_pass_minutes, seed=settings.seed)


def add_taught_first_pass(
    data: Path, folder: Path, *, only_open: bool = False, minutes: float = FIRST_PASS_MINUTES
) -> str:
    """Teach only the first pass, for the classifier in `folder`, on the same splits; returns the classifier's new id.

    Raises `DataError` when the data are absent, `ClassifierError` when there is no classifier in `folder`.
    """
    read_manifest(folder)  # before the data, which take longer to read
    splits = split_rows(load_sets(data, only_open=only_open))
    return teach_first_pass(folder, splits, load_synthetic(), minutes=minutes)


def fix_points_anew(data: Path, folder: Path, *, only_open: bool = False) -> str:
    """Only calibrate the classifier in `folder` and fix its thresholds, on the same splits; returns its new id.

    Raises `DataError` when the data are absent, `ClassifierError` when there is no classifier in `folder`.
    """
    read_manifest(folder)
    splits = split_rows(load_sets(data, only_open=only_open))
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    return fix_points(folder, splits["tune"], load_synthetic()["dev"])


def take_mean(
    data: Path, folders: Sequence[Path], out: Path, *, shares: Sequence[float] = (), only_open: bool = False
) -> str:
    """Write the mean of the classifiers in `folders` to `out`/classifier, calibrated anew; returns its id.

    `shares` as in `mean_network`.

    Raises `DataError` when the data are absent, `ClassifierError` when a folder holds no classifier or another shape.
    """
    learner, provenance = mean_network(folders, shares)  # before the data, which take longer to read
    splits = split_rows(load_sets(data, only_open=only_open))
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    shape, tokens = learner.network.heads.shape, read_manifest(folders[0]).max_tokens
    tune, own = splits["tune"], load_synthetic()["dev"]
    tensors = export_network(learner)
    return finish(tensors, tune, own, out / "classifier", provenance, max_tokens=tokens, shape=shape)


def take_pair(data: Path, folders: tuple[Path, Path], out: Path, *, only_open: bool = False) -> str:
    """Write the classifier whose first and second reader are those in `folders` to `out`/classifier; returns its id.

    Raises `DataError` when the data are absent, `ClassifierError` as `pair_up` does.
    """
    pair_up(*folders, out / "classifier", NAME)  # before the data, which take longer to read
    return fix_points_anew(data, out / "classifier", only_open=only_open)


def gentler(settings: Settings) -> Settings:
    """`settings` for a network that is tuned already: smaller steps, and rows drawn anew."""
    rates = ("body_rate", "adapter_rate", "head_rate", "small_rate")
    smaller = {rate: GENTLER * getattr(settings, rate) for rate in rates}
    return replace(settings, seed=settings.seed + 1, **smaller)


def _restore(folder: Path, manifest: Manifest, learner: Learner) -> None:
    """Put a classifier's network into `learner`; the side questions are not kept, and are learned anew."""
    restore(folder, manifest, learner.network.bert, learner.network.heads)


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
