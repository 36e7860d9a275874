"""Running the network over windows of tokens: batches without padding in, logits out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from models.batching import plan_packed
from models.body import CLS, SEP, Body, Packed, pack
from models.cache import Outputs
from models.categories import CATEGORIES
from models.first_pass import FirstPass
from models.heads import Heads
from models.lanes import Lanes

TOKEN_BUDGET = 1024
"""Tokens of one batch; of 512 to 4,096 measured fastest in two lanes, and it bounds memory."""

TOGETHER = 4
"""At most so many batches' rows wait together for the layers after the first pass."""

LEAST_BUDGET = 256
"""Few windows are cut into smaller batches, so that every lane has some; not into smaller ones than this."""

NEVER = -30.0
"""The logit of the steps of the severity ladder where only the first pass looked."""

Rows = Sequence[Sequence[int]]
"""Token numbers of windows, without markers."""

Batch = list[int]
"""Places of rows that are run together, shortest first."""


def padded(rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
    """Token numbers without markers → (ids, mask), both (n, longest + 2), markers added, padded with zeros."""
    lengths = np.array([len(row) + 2 for row in rows])
    ids = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    for position, row in enumerate(rows):
        ids[position, : len(row) + 2] = (CLS, *row, SEP)
    mask = np.arange(ids.shape[1]) < lengths[:, None]
    return torch.from_numpy(ids), torch.from_numpy(mask.astype(np.int64))


class Engine:
    """Body and heads over any number of windows. Safe to share between threads.

    A window's outputs do not depend on the windows it is computed with, but for the last digits of float32.
    """

    def __init__(self, body: Body, heads: Heads, lanes: Lanes | None = None, budget: int = TOKEN_BUDGET) -> None:
        """Without `lanes` one batch runs after the other, in the caller's thread."""
        self.body = body
        self.heads = heads
        self.budget = budget
        self._lanes = lanes or Lanes(1)

    def outputs(self, rows: Rows) -> Outputs:
        """Logits (rows, categories, outputs) in the order of `rows`."""
        found = np.zeros((len(rows), len(CATEGORIES), self.heads.shape.outputs), dtype=np.float32)
        self._fill(found, rows, lambda packed: self.heads(*packed.spread(self.body.states(packed))).numpy())
        return found

    def passed(self, rows: Rows, first_pass: FirstPass, point: str) -> tuple[Outputs, NDArray[np.bool_]]:
        """As `outputs` for the rows that `first_pass` lets through at `point`, and which (rows,) these are.

        Of the others output 0 is its estimate, and the steps of the ladder are `NEVER`.
        """
        found = np.full((len(rows), len(CATEGORIES), self.heads.shape.outputs), NEVER, dtype=np.float32)
        through = np.zeros(len(rows), dtype=np.bool_)

        def read(batches: Sequence[Batch]) -> None:
            waiting = _Waiting()
            with torch.inference_mode():
                for batch in batches:
                    packed = pack([rows[i] for i in batch])
                    states = self.body.states(packed, layers=slice(first_pass.layer))
                    found[batch, :, 0] = estimates = first_pass.estimates(states, packed)
                    through[batch] = goes = first_pass.passes(estimates, point)
                    waiting.take(batch, states, goes, [len(rows[i]) + 2 for i in batch])
                    if waiting.tokens >= self.budget:
                        self._go_on(rows, waiting, first_pass.layer, found)
                self._go_on(rows, waiting, first_pass.layer, found)

        batches = self._planned(rows)
        together = max(1, math.ceil(len(batches) / self._even(math.ceil(len(batches) / TOGETHER))))
        self._lanes.each(read, [batches[i : i + together] for i in range(0, len(batches), together)])
        return found, through

    def estimates(self, rows: Rows, first_pass: FirstPass) -> NDArray[np.float32]:
        """What `first_pass` estimates of every row (rows, categories)."""
        found = np.zeros((len(rows), len(CATEGORIES)), dtype=np.float32)
        early = slice(first_pass.layer)
        self._fill(found, rows, lambda packed: first_pass.estimates(self.body.states(packed, layers=early), packed))
        return found

    def _fill(self, found: Outputs, rows: Rows, say: Callable[[Packed], Outputs]) -> None:
        """Put what `say` says of each batch into the places of its rows in `found`."""

        def read(batch: Batch) -> None:
            with torch.inference_mode():
                found[batch] = say(pack([rows[i] for i in batch]))

        self._lanes.each(read, self._planned(rows))

    def _planned(self, rows: Rows) -> Sequence[Batch]:
        """Batches of rows, shortest first, about as large as the budget and as many for each lane."""
        lengths = [len(row) + 2 for row in rows]
        wanted = self._even(math.ceil(sum(lengths) / self.budget))
        share = max(LEAST_BUDGET, math.ceil(sum(lengths) / wanted))
        return plan_packed(lengths, share + max(lengths, default=0))  # which is no more batches than are wanted

    def _even(self, parts: int) -> int:
        """So many parts or a few more, that every lane gets as many."""
        return max(1, math.ceil(parts / self._lanes.count)) * self._lanes.count

    def _go_on(self, rows: Rows, waiting: "_Waiting", layer: int, found: Outputs) -> None:
        """Run what waits through the layers after `layer`, and put its outputs into `found`."""
        if waiting.rows:
            packed = pack([rows[i] for i in waiting.rows])
            states = self.body.states(packed, torch.cat(waiting.states), slice(layer, None))
            found[waiting.rows] = self.heads(*packed.spread(states)).numpy()
            waiting.clear()


@dataclass(slots=True)
class _Waiting:
    """Rows that the first pass let through, shortest first, with their states, until they fill a batch."""

    rows: list[int] = field(default_factory=list)
    states: list[torch.Tensor] = field(default_factory=list)
    tokens: int = 0

    def take(self, batch: Sequence[int], states: torch.Tensor, goes: NDArray[np.bool_], lengths: Sequence[int]) -> None:
        """Those of `batch` that go on."""
        inside = torch.from_numpy(np.repeat(goes, lengths))
        self.rows += [row for row, on in zip(batch, goes.tolist(), strict=True) if on]
        self.states.append(states[inside])
        self.tokens += int(inside.sum())

    def clear(self) -> None:
        """Nothing waits any more."""
        self.rows, self.states, self.tokens = [], [], 0
