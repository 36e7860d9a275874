"""Everything `worker.py train` does, in order: load, split, tune, calibrate, write, cut the first pass."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from models.processors import usable_processors
from models.store import read_manifest, require_early_heads
from models.training import opinions, readings
from models.training.finish import NAME, finish, fix_points
from models.training.first_pass import cut_first_pass
from models.training.mapping import SETS
from models.training.mean import mean_network
from models.training.network import Settings, export_network, restore_network
from models.training.opinions import origin_of, with_opinions
from models.training.pairing import pair_up
from models.training.rows import Row
from models.training.splits import load_sets, split_rows
from models.training.synthetic import load_synthetic
from models.training.train import train

GENTLER = 0.4
"""Learning rates of a run that begins with a tuned classifier, as a share of those of a run from the encoder."""

Splits = dict[str, list[Row]]


def run_pipeline(
    data: Path,
    out: Path,
    *,
    only_open: bool = False,
    changes: Mapping[str, Any] | None = None,
    resume: bool = False,
    begin: Path | None = None,
    first_pass: bool = True,
) -> str:
    """Train on the sets under `data` and write `out`/classifier; returns the classifier's id.

    `changes` replaces fields of `Settings`. Checkpoints lie in `out`; with `resume` the run goes on from there. With
    `begin` the network is that classifier's instead of the untuned encoder, and is changed more gently.
    Without `first_pass` the early heads get no cuts.
    Raises `DataError` when the data are absent or there is no checkpoint to go on from, `ClassifierError` when there is
    no classifier in `begin`.
    """
    settings = replace(Settings(threads=usable_processors()), **(changes or {}))
    start, earlier = None, None
    if begin is not None:
        earlier = read_manifest(begin)
        settings, start = gentler(settings), partial(restore_network, begin, earlier)
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
    return _cut(out / "classifier", splits, own) if first_pass else identity


def _cut(folder: Path, splits: Splits, own: Splits) -> str:
    """Cut the first pass of the classifier in `folder` where it has early heads; returns the classifier's id."""
    manifest = read_manifest(folder)
    return cut_first_pass(folder, splits, own) if manifest.early_layer else manifest.id


def cut_first_pass_anew(data: Path, folder: Path, *, only_open: bool = False) -> str:
    """Only cut the first pass of the classifier in `folder`, on the same splits; returns the classifier's new id.

    Raises `DataError` when the data are absent, `ClassifierError` when there is no classifier with early heads.
    """
    require_early_heads(folder)  # before the data, which take longer to read
    return cut_first_pass(folder, split_rows(load_sets(data, only_open=only_open)), load_synthetic())


def fix_points_anew(data: Path, folder: Path, *, only_open: bool = False, first_pass: bool = True) -> str:
    """Only calibrate the classifier in `folder` and fix thresholds and cuts, on the same splits; returns its new id.

    Raises `DataError` when the data are absent, `ClassifierError` when there is no classifier in `folder`.
    """
    read_manifest(folder)
    splits, own = split_rows(load_sets(data, only_open=only_open)), load_synthetic()
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    identity = fix_points(folder, splits["tune"], own["dev"])
    return _cut(folder, splits, own) if first_pass else identity


def take_mean(
    data: Path,
    folders: Sequence[Path],
    out: Path,
    *,
    shares: Sequence[float] = (),
    only_open: bool = False,
    first_pass: bool = True,
) -> str:
    """Write the mean of the classifiers in `folders` to `out`/classifier, calibrated anew; returns its id.

    `shares` as in `mean_network`.

    Raises `DataError` when the data are absent, `ClassifierError` when a folder holds no classifier or another shape.
    """
    learner, provenance = mean_network(folders, shares)  # before the data, which take longer to read
    splits = split_rows(load_sets(data, only_open=only_open))
    sys.stderr.write(f"calibrating on {len(splits['tune'])} held-out rows\n")
    shape, tokens = learner.network.heads.shape, read_manifest(folders[0]).max_tokens
    own, folder = load_synthetic(), out / "classifier"
    tensors = export_network(learner)
    identity = finish(tensors, splits["tune"], own["dev"], folder, provenance, max_tokens=tokens, shape=shape)
    return _cut(folder, splits, own) if first_pass else identity


def take_pair(
    data: Path, folders: tuple[Path, Path], out: Path, *, only_open: bool = False, first_pass: bool = True
) -> str:
    """Write the classifier whose first and second reader are those in `folders` to `out`/classifier; returns its id.

    Raises `DataError` when the data are absent, `ClassifierError` as `pair_up` does.
    """
    pair_up(*folders, out / "classifier", NAME)  # before the data, which take longer to read
    return fix_points_anew(data, out / "classifier", only_open=only_open, first_pass=first_pass)


def gentler(settings: Settings) -> Settings:
    """`settings` for a network that is tuned already: smaller steps, and the rows in another order."""
    rates = ("body_rate", "adapter_rate", "head_rate", "small_rate")
    smaller = {rate: GENTLER * getattr(settings, rate) for rate in rates}
    return replace(settings, seed=settings.seed + 1, **smaller)


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
        "heard": [origin_of(path) for path in (opinions.FILE, readings.FILE)] if settings.opinions else [],
        "settings": {key: value for key, value in asdict(settings).items() if key != "threads"},
    }
