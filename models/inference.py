"""Running the network over windows of tokens: padded batches in, calibrated probabilities out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.batching import plan_batches
from models.categories import CATEGORIES

if TYPE_CHECKING:
    import torch

    from models.calibration import Calibration
    from models.heads import Network

CLS, SEP = 101, 102

TOKEN_BUDGET = 2048
"""Tokens of one batch; measured fastest on two cores, and it bounds memory."""


def padded(rows: Sequence[Sequence[int]]) -> "tuple[torch.Tensor, torch.Tensor]":
    """Token numbers without markers → (ids, mask), both (n, longest + 2), markers added, padded with zeros."""
    import torch

    longest = max(len(row) for row in rows) + 2
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for position, row in enumerate(rows):
        ids[position, : len(row) + 2] = torch.tensor([CLS, *row, SEP])
        mask[position, : len(row) + 2] = 1
    return ids, mask


def compute_logits(
    network: "Network", rows: Sequence[Sequence[int]], budget: int = TOKEN_BUDGET
) -> NDArray[np.float64]:
    """Logits (rows, categories) in the order of `rows`, in float32 arithmetic."""
    import torch

    logits = np.zeros((len(rows), len(CATEGORIES)))
    with torch.inference_mode():
        for batch in plan_batches([len(row) + 2 for row in rows], budget):
            ids, mask = padded([rows[i] for i in batch])
            logits[batch] = network(ids, mask)[..., 0].numpy()
    return logits


def calibrate(logits: NDArray[np.float64], calibration: "dict[str, Calibration]") -> NDArray[np.float64]:
    """Probabilities (rows, categories) for logits of that shape."""
    columns: list[Any] = [calibration[c](logits[:, i]) for i, c in enumerate(CATEGORIES)]
    return np.stack(columns, axis=1)
