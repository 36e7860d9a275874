"""Cutting the first pass: cuts for a classifier's early heads, and what they lose and save on text not seen before.

The cuts are chosen on the rows that calibration uses; what is lost is measured on the test rows, which neither network
nor cuts have seen. Both are read by the classifier as it is stored and serves.
"""

import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.categories import CATEGORIES, CHANNELS
from models.chunking import iter_windows
from models.store import CUT_POINTS, Manifest, Parts, add_first_pass, load_parts, require_early_heads
from models.training.augment import is_harmless
from models.training.chance import hash_share
from models.training.cuts import Flags, Judged, choose_cuts, choose_margin, measure
from models.training.finish import TEXT_LIMIT, calibration_rows, sample_rows
from models.training.progress import Progress
from models.training.rows import Row

REGISTERS: Mapping[str, tuple[str, ...]] = {
    "formal": ("mail_ham", "literature", "clear_a"),
    "social": ("goemotions", "tweeteval_offensive", "school_stress_sad"),
}
"""Ordinary text: the rows of these sets in which no danger is known. Keeping it out is what the first pass is for."""

PROMISED = 0.005
"""The share of alerts that may be lost on text not seen before."""

_SEED = 5
_BLOCK = 1024
_ELSEWHERE = 0.05


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows as serving cuts them: token numbers without markers, and the text (a number) that each belongs to."""

    rows: "list[array[int]]"
    owners: NDArray[np.int64]


def cut_first_pass(folder: Path, splits: Mapping[str, Sequence[Row]], own: Mapping[str, Sequence[Row]]) -> str:
    """Give the classifier in `folder` the cuts of a first pass; returns its new id.

    `splits` has `tune` and `test` rows, `own` our held-out sentences as `dev`. What is lost on the test rows stands in
    the manifest, whatever it is; more than 0.5 % is also said on stderr.
    Raises `ClassifierError` when the folder holds no classifier or one without early heads, `ValueError` when there is
    no text to choose or measure on.
    """
    # Only to have the early heads loaded: cuts that nothing reaches must never stand in the folder.
    cuts = {point: dict.fromkeys(CATEGORIES, math.inf) for point in CUT_POINTS}
    manifest = replace(require_early_heads(folder), first_pass={"cuts": cuts})
    # In the precision that serves on this machine: its rounding is far below what an early layer is wrong by.
    parts = load_parts(folder, manifest)
    limits = point_limits(manifest)
    tune, test = calibration_rows(splits["tune"], own["dev"]), sample_rows(splits["test"], _SEED)
    known, unseen = _judged(tune, parts, manifest), _judged(test, parts, manifest)
    entry: dict[str, Any] = {"cuts": {}, "measured": {}}
    for point in CUT_POINTS:
        found, chosen = _chosen(tune, known, limits.get(point, limits["alert"]))
        measured = measure(unseen, found, limits, _registers(test, unseen.owners))
        _say(point, measured)
        entry["cuts"][point] = dict(zip(CATEGORIES, found.tolist(), strict=True))
        entry["measured"][point] = {**measured, "cuts_chosen_on": chosen}
    return add_first_pass(folder, entry)


def point_limits(manifest: Manifest) -> dict[str, NDArray[np.float64]]:
    """Operating point → the lowest logit per category (categories,) that reaches it in any channel."""
    names = set.intersection(*(set(manifest.thresholds[ch][c]) for ch in CHANNELS for c in CATEGORIES))
    return {
        point: np.array(
            [
                manifest.calibration[c].inverse(min(manifest.thresholds[ch][c][point] for ch in CHANNELS))
                for c in CATEGORIES
            ]
        )
        for point in sorted(names)
    }


def register_of(row: Row) -> str | None:
    """The register of ordinary text that `row` belongs to; None when it is not ordinary."""
    if not is_harmless(row):
        return None
    return next((name for name, sources in REGISTERS.items() if row.source in sources), None)


def _cut(rows: Sequence[Row], parts: Parts, manifest: Manifest) -> Windows:
    """The windows of the first 6,000 characters of each row; a row without letters has none."""
    told = [index for index, row in enumerate(rows) if any(map(str.isalpha, row.text[:TEXT_LIMIT]))]
    texts = (rows[index].text[:TEXT_LIMIT] for index in told)
    found: list[array[int]] = []
    owners: list[int] = []
    for position, chunk in iter_windows(texts, parts.tokenizer, manifest.max_tokens):
        found.append(chunk.tokens)
        owners.append(told[position])
    if not found:
        message = "there is no text with letters to cut or measure a first pass on; check the training data"
        raise ValueError(message)
    return Windows(found, np.array(owners, dtype=np.int64))


def _judged(rows: Sequence[Row], parts: Parts, manifest: Manifest) -> Judged:
    """The windows of `rows` with the whole network's logits and the early heads'; ordinary ones weigh.

    `parts` has a first pass, whatever its cuts.
    """
    windows = _cut(rows, parts, manifest)
    logits, estimates = np.zeros((2, len(windows.rows), len(CATEGORIES)), dtype=np.float32)
    starts = range(0, len(windows.rows), _BLOCK)
    progress = Progress(len(starts), "held-out windows, read whole and early")
    for number, first in enumerate(starts):
        block = windows.rows[first : first + _BLOCK]
        logits[first : first + len(block)] = parts.engine.outputs(block)[..., 0]
        if parts.first_pass is not None:
            estimates[first : first + len(block)] = parts.engine.estimates(block, parts.first_pass)
        progress.show(number + 1)
    return Judged(logits, estimates, windows.owners, _weights(rows, windows.owners))


def _weights(rows: Sequence[Row], owners: NDArray[np.int64]) -> NDArray[np.float64]:
    """What letting each window through costs: each register the same in all, everything a little, 1 altogether."""
    registers = [inside for name, inside in _registers(rows, owners).items() if name in REGISTERS and inside.any()]
    weights = np.full(len(owners), (_ELSEWHERE if registers else 1.0) / len(owners))
    for inside in registers:
        weights[inside] += (1 - _ELSEWHERE) / len(registers) / inside.sum()
    return weights


def _registers(rows: Sequence[Row], owners: NDArray[np.int64]) -> dict[str, Flags]:
    """Register → which windows (windows,) are of it; `everything` has all."""
    named = np.array([register_of(row) or "" for row in rows])[owners]
    return {**{name: named == name for name in REGISTERS}, "everything": np.ones(len(owners), dtype=np.bool_)}


def _chosen(
    rows: Sequence[Row], judged: Judged, limits: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The cuts (categories,), lowered by the margin that other halves of the same text ask for, and how they came."""
    halves = np.array([hash_share(row.group) < 0.5 for row in rows])[judged.owners]
    margin, lost = choose_margin(judged, limits, halves)
    cuts = choose_cuts(judged, limits) - margin
    found = measure(judged, cuts, {"alert": limits}, _registers(rows, judged.owners))
    return cuts, {**found, "margin": margin, "lost_on_other_halves": int(lost.sum())}


def _say(point: str, found: Mapping[str, Any]) -> None:
    """One line on stderr about what was measured, and one more when it is not what is promised."""
    alerts, through = found["lost"].get(point, found["lost"]["alert"]), found["let_through"]
    shares: Iterable[str] = (f"{name} {value:.1%}" for name, value in through.items() if value is not None)
    label = f"first pass at `{point}`"
    sys.stderr.write(f"{label}: {alerts['lost']} of {alerts['of']} alerts lost; lets through {', '.join(shares)}\n")
    if alerts["lost"] > PROMISED * alerts["of"]:
        sys.stderr.write(f"{label}: more than {PROMISED:.1%} of the alerts are lost; the manifest says so\n")
