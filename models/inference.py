"""Running the network over windows of tokens: batches without padding in, logits out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from models.batching import plan_packed
from models.body import CLS, SEP, Body, pack
from models.cache import Outputs
from models.categories import CATEGORIES
from models.first_pass import FirstPass
from models.heads import Heads

TOKEN_BUDGET = 2048
"""Tokens of one batch; measured fastest on two cores, and it bounds memory."""

NEVER = -30.0
"""The logit of the steps of the severity ladder where only the first pass looked."""

Rows = Sequence[Sequence[int]]
"""Token numbers of windows, without markers."""


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

    def __init__(self, body: Body, heads: Heads, budget: int = TOKEN_BUDGET) -> None:
        self.body = body
        self.heads = heads
        self.budget = budget

    def outputs(self, rows: Rows) -> Outputs:
        """Logits (rows, categories, outputs) in the order of `rows`."""
        found = np.zeros((len(rows), len(CATEGORIES), self.heads.shape.outputs), dtype=np.float32)
        with torch.inference_mode():
            for batch in plan_packed([len(row) + 2 for row in rows], self.budget):
                packed = pack([rows[i] for i in batch])
                found[batch] = self.heads(*packed.spread(self.body.states(packed))).numpy()
        return found

    def passed(self, rows: Rows, first_pass: FirstPass, point: str) -> tuple[Outputs, NDArray[np.bool_]]:
        """As `outputs` for the rows that `first_pass` lets through at `point`, and which (rows,) these are.

        Of the others output 0 is its estimate, and the steps of the ladder are `NEVER`.
        """
        found = np.full((len(rows), len(CATEGORIES), self.heads.shape.outputs), NEVER, dtype=np.float32)
        through = np.zeros(len(rows), dtype=np.bool_)
        waiting = _Waiting()
        with torch.inference_mode():
            for batch in plan_packed([len(row) + 2 for row in rows], self.budget):
                packed = pack([rows[i] for i in batch])
                states = self.body.states(packed, layers=slice(first_pass.layer))
                found[batch, :, 0] = estimates = first_pass.estimates(states, packed)
                through[batch] = goes = first_pass.passes(estimates, point)
                waiting.take(batch, states, goes, [len(rows[i]) + 2 for i in batch])
                if waiting.tokens >= self.budget:
                    self._go_on(rows, waiting, first_pass.layer, found)
            self._go_on(rows, waiting, first_pass.layer, found)
        return found, through

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
