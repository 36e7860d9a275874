"""Teaching the first pass: a small student learns the full network's logits and gets cuts whose loss is measured.

It learns on training rows; the cuts are chosen on the rows that calibration uses; what is lost is measured on the test
rows, which neither student nor cuts have seen. The weights are rounded as they are stored before anything is measured.
"""

import math
import sys
import time
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from models.batching import plan_packed
from models.body import Body, pack
from models.categories import CATEGORIES, CHANNELS
from models.chunking import iter_windows
from models.first_pass import FirstPass, Student, StudentShape, build_student
from models.inference import TOKEN_BUDGET
from models.store import Manifest, Parts, add_first_pass, load_parts, read_manifest
from models.training.augment import is_harmless
from models.training.chance import hash_share, seeded
from models.training.cuts import Flags, Floats, Judged, choose_cuts, choose_margin, measure
from models.training.network import set_rates
from models.training.progress import Progress
from models.training.rows import Row
from models.training.sampling import draw_epoch, shuffled_plan

REGISTERS: Mapping[str, tuple[str, ...]] = {
    "formal": ("mail_ham", "literature", "clear_a"),
    "social": ("goemotions", "tweeteval_offensive", "school_stress_sad"),
}
"""Ordinary text: the rows of these sets in which no danger is known. Keeping it out is what the first pass is for."""

PROMISED = 0.005
"""The share of alerts that may be lost on text not seen before."""

EPOCH = 1009
"""The draw that the student learns from: none that the full network is tuned on."""

LOWEST, HIGHEST = -10.0, 6.0
"""Logits beyond these are as good as these: how sure the full network is out there need not be learned."""

ORDINARY_SHARE = 1 / 3
"""So many of the student's windows are ordinary text as it stands, besides those in the draw."""

_TEXT_LIMIT = 6000
_BLOCK = 1024
_WARMUP = 0.05
_RATE = 2e-3
_DECAY = 0.01
_NEAR, _MISSED, _CROSSING = 4.0, 4.0, 2.0
_ELSEWHERE = 0.05


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much the student learns from: windows and passes over them, tokens per step, texts for cuts and measuring."""

    windows: int = 120_000
    passes: int = 6
    step_tokens: int = 4096
    tune_texts: int = 14_000
    test_texts: int = 8_000


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows as serving cuts them: token numbers without markers, and the text (a number) that each belongs to."""

    rows: "list[array[int]]"
    owners: NDArray[np.int64]


def teach_first_pass(
    folder: Path,
    splits: Mapping[str, Sequence[Row]],
    own: Mapping[str, Sequence[Row]],
    *,
    minutes: float = 12.0,
    seed: int = 17,
    sizes: Sizes | None = None,
    shape: StudentShape | None = None,
) -> str:
    """Teach a first pass for the classifier in `folder` and write it there; returns the classifier's new id.

    `splits` has `train`, `tune` and `test` rows, `own` our sentences as `train` and `dev`. `minutes` bounds the steps
    of the student, not the full network's reading around them (about as long again, and more where it is slow). What
    is lost on the test rows stands in the manifest, whatever it is; more than 0.5 % is also said on stderr.
    Raises `ClassifierError` when the folder holds no classifier, `ValueError` when there is no text to learn from.
    """
    sizes, shape = sizes or Sizes(), shape or StudentShape()
    manifest = read_manifest(folder)
    # In the precision that serves on this machine: its rounding is far below what the student is wrong by.
    parts = load_parts(folder, manifest)
    points = point_limits(manifest)
    learned = _cut(lesson_rows(splits["train"], own["train"], seed, sizes), parts, manifest, sizes.windows)
    logits = _full_logits(learned, parts, "full network on training windows")
    student, steps = teach(learned.rows, logits, points, parts.engine.body, (minutes, seed, sizes, shape))
    student = build_student(shape.as_dict(), {name: tensor.half() for name, tensor in student.state_dict().items()})
    tune = [*sample_evenly(splits["tune"], sizes.tune_texts, seed), *own["dev"]]
    cuts, chosen = _chosen(tune, _judged(tune, student, parts, manifest), points["alert"])
    test = sample_evenly(splits["test"], sizes.test_texts, seed)
    judged = _judged(test, student, parts, manifest)
    found = measure(judged, cuts, points, _registers(test, judged.owners))
    _say(found)
    entry = {
        "shape": shape.as_dict(),
        "cuts": dict(zip(CATEGORIES, cuts.tolist(), strict=True)),
        "measured": {**found, "cuts_chosen_on": chosen, "learned_from": {"windows": len(learned.rows), "steps": steps}},
    }
    entry["measured"]["learned_from"] |= {**asdict(sizes), "seed": seed}
    return add_first_pass(folder, student.state_dict(), entry)


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


def lesson_rows(rows: Sequence[Row], own: Sequence[Row], seed: int, sizes: Sizes) -> list[Row]:
    """A fresh draw as the full network's epochs are, and ordinary rows as they stand, shuffled.

    Of both about so many that they make `sizes.windows` windows; a text makes at least one.
    """
    chance = seeded(seed, EPOCH, 3)
    ordinary = [row for row in rows if register_of(row) is not None]
    chance.shuffle(ordinary)
    ordinary = ordinary[: int(ORDINARY_SHARE * sizes.windows)]
    drawn = draw_epoch(rows, own, EPOCH, seed)
    mixed = [*drawn[: max(1, sizes.windows - len(ordinary))], *ordinary]
    chance.shuffle(mixed)
    return mixed


def register_of(row: Row) -> str | None:
    """The register of ordinary text that `row` belongs to; None when it is not ordinary."""
    if not is_harmless(row):
        return None
    return next((name for name, sources in REGISTERS.items() if row.source in sources), None)


def sample_evenly(rows: Sequence[Row], limit: int, seed: int) -> list[Row]:
    """At most `limit` rows drawn by chance, of every source as evenly as its size allows."""
    chance = seeded(seed, 4)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    members = sorted(by_source.items(), key=lambda one: (len(one[1]), one[0]))
    sample: list[Row] = []
    for done, (_, held) in enumerate(members):
        chance.shuffle(held)
        sample += held[: (limit - len(sample)) // (len(members) - done)]
    return sample


def _cut(rows: Sequence[Row], parts: Parts, manifest: Manifest, limit: int | None = None) -> Windows:
    """The windows of the first 6,000 characters of each row, at most `limit`; a row without letters has none."""
    told = [index for index, row in enumerate(rows) if any(map(str.isalpha, row.text[:_TEXT_LIMIT]))]
    texts = (rows[index].text[:_TEXT_LIMIT] for index in told)
    found: list[array[int]] = []
    owners: list[int] = []
    for position, chunk in iter_windows(texts, parts.tokenizer, manifest.max_tokens):
        if limit is not None and len(found) >= limit:
            break
        found.append(chunk.tokens)
        owners.append(told[position])
    if not found:
        message = "there is no text with letters to teach or measure a first pass on; check the training data"
        raise ValueError(message)
    return Windows(found, np.array(owners, dtype=np.int64))


def _full_logits(windows: Windows, parts: Parts, label: str) -> Floats:
    """The full network's logits (windows, categories) of output 0."""
    logits = np.zeros((len(windows.rows), len(CATEGORIES)), dtype=np.float32)
    starts = range(0, len(windows.rows), _BLOCK)
    progress = Progress(len(starts), label)
    for number, first in enumerate(starts):
        block = windows.rows[first : first + _BLOCK]
        logits[first : first + len(block)] = parts.engine.outputs(block)[..., 0]
        progress.show(number + 1)
    return logits


def teach(
    rows: Sequence[Sequence[int]],
    logits: Floats,
    points: Mapping[str, NDArray[np.float64]],
    body: Body,
    how: tuple[float, int, Sizes, StudentShape],
) -> tuple[Student, int]:
    """A student taught `logits` (windows, categories) of the windows `rows`, and the number of its steps.

    `how` is (minutes, seed, sizes, shape). It ends after `sizes.passes` or `minutes`, whichever comes first, with the
    learning rate at nearly nothing; at least one step is taken. Where the passes end it, the seed decides the result.
    """
    minutes, seed, sizes, shape = how
    torch.manual_seed(seed)
    student = Student(shape)
    optimizer = torch.optim.AdamW([{"params": list(student.parameters()), "lr": _RATE, "initial": _RATE}], fused=True)
    optimizer.param_groups[0]["weight_decay"] = _DECAY
    wanted = torch.from_numpy(np.clip(logits, LOWEST, HIGHEST))
    with torch.no_grad():
        student.bias.copy_(wanted.mean(dim=0))  # nearly all windows are harmless: no steps are spent on learning that
    limits = (torch.tensor(points["alert"]).float(), torch.tensor(points["review"]).float())
    started, steps = time.monotonic(), 0
    for turn in range(sizes.passes):
        plan = shuffled_plan([len(row) + 2 for row in rows], sizes.step_tokens, seeded(seed, 5, turn), plan_packed)
        progress = Progress(len(plan), f"first pass, pass {turn + 1}/{sizes.passes}")
        for number, batch in enumerate(plan):
            spent = (time.monotonic() - started) / max(1e-9, 60 * minutes)
            if spent >= 1 and steps:
                return student.eval(), steps
            set_rates(optimizer, max((turn + number / len(plan)) / sizes.passes, spent), _WARMUP)
            loss = _step(student, optimizer, body, [rows[i] for i in batch], (wanted[batch], *limits))
            steps += 1
            progress.show(number + 1, loss)
    return student.eval(), steps


def _step(
    student: Student,
    optimizer: torch.optim.Optimizer,
    body: Body,
    rows: Sequence[Sequence[int]],
    aims: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> float:
    packed = pack(rows)
    with torch.no_grad():  # not inference mode: what is made there cannot be learned from
        states = body.states(packed, depth=student.shape.depth)
    loss = student_loss(student(states, packed), *aims)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def student_loss(said: torch.Tensor, wanted: torch.Tensor, alert: torch.Tensor, review: torch.Tensor) -> torch.Tensor:
    """How far the student's logits `said` (n, categories) are from the clipped `wanted` ones, as a mean.

    `alert` and `review` are the limits (categories,). Windows near and above `review` count more, and those over
    `alert` most where the student says too little: an alert that it misses is lost, one that it adds costs a reading.
    A cross-entropy on the chance to be over `alert` sharpens the order around the limit.
    """
    near = torch.sigmoid(wanted - review)
    missed = torch.sigmoid(2 * (wanted - alert)) * (said.detach() < wanted)
    distance = functional.smooth_l1_loss(said, wanted, reduction="none") * (1 + _NEAR * near + _MISSED * missed)
    crossing = functional.binary_cross_entropy_with_logits(
        said - alert, torch.sigmoid(wanted - alert), reduction="none"
    )
    return (distance + _CROSSING * crossing * (1 + near)).mean()


def _judged(rows: Sequence[Row], student: Student, parts: Parts, manifest: Manifest) -> Judged:
    """The windows of `rows` with both networks' logits; ordinary ones weigh."""
    windows = _cut(rows, parts, manifest)
    logits = _full_logits(windows, parts, "full network on held-out windows")
    reader = FirstPass(student, dict.fromkeys(CATEGORIES, math.inf), parts.engine.body, TOKEN_BUDGET)
    return Judged(logits, reader.estimates(windows.rows), windows.owners, _weights(rows, windows.owners))


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
    rows: Sequence[Row], judged: Judged, alert: NDArray[np.float64]
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The cuts (categories,), lowered by the margin that other halves of the same text ask for, and how they came."""
    halves = np.array([hash_share(row.group) < 0.5 for row in rows])[judged.owners]
    margin, lost = choose_margin(judged, alert, halves)
    cuts = choose_cuts(judged, alert) - margin
    found = measure(judged, cuts, {"alert": alert}, _registers(rows, judged.owners))
    return cuts, {**found, "margin": margin, "lost_on_other_halves": int(lost.sum())}


def _say(found: Mapping[str, Any]) -> None:
    """One line on stderr about what was measured, and one more when it is not what is promised."""
    alerts, through = found["lost"]["alert"], found["let_through"]
    shares: Iterable[str] = (f"{name} {value:.1%}" for name, value in through.items() if value is not None)
    sys.stderr.write(f"first pass: {alerts['lost']} of {alerts['of']} alerts lost; lets through {', '.join(shares)}\n")
    if alerts["lost"] > PROMISED * alerts["of"]:
        sys.stderr.write(f"first pass: more than {PROMISED:.1%} of the alerts are lost; the manifest says so\n")
