"""Running the network over windows of tokens: batches without padding in, logits out."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from models.batching import plan_packed
from models.body import CLS, SEP, Body, pack
from models.categories import CATEGORIES
from models.heads import Heads

TOKEN_BUDGET = 2048
"""Tokens of one batch; measured fastest on two cores, and it bounds memory."""

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

    def outputs(self, rows: Rows) -> NDArray[np.float32]:
        """Logits (rows, categories, outputs) in the order of `rows`."""
        found = np.zeros((len(rows), len(CATEGORIES), self.heads.shape.outputs), dtype=np.float32)
        with torch.inference_mode():
            for batch in plan_packed([len(row) + 2 for row in rows], self.budget):
                packed = pack([rows[i] for i in batch])
                found[batch] = self.heads(*packed.spread(self.body.states(packed))).numpy()
        return found
