"""A linear model on hashed runs of letters, beside the encoder: what spelling alone can say."""

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.categories import CATEGORIES
from models.folding import fold
from models.training.chance import seeded
from models.training.rows import Row

BUCKETS = 2**18
LENGTHS = (3, 4, 5)
TEXT_LIMIT = 800
BATCH = 256
RATE = 3e-3


def letter_runs(text: str) -> list[int]:
    """Buckets of the runs of 3 to 5 letters of each word and of neighbouring pairs of words, each once."""
    words = fold(text[:TEXT_LIMIT]).casefold().split()
    found = {
        crc32(f" {word} "[i : i + n].encode("utf-8", "replace")) % BUCKETS
        for word in words
        for n in LENGTHS
        for i in range(max(1, len(word) + 3 - n))
    }
    found |= {crc32(f"{a}_{b}".encode("utf-8", "replace")) % BUCKETS for a, b in pairwise(words)}
    return sorted(found) or [0]


class LetterModel(nn.Module):
    """Mean of the runs' weights, one logit per category."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.EmbeddingBag(BUCKETS, len(CATEGORIES), mode="sum")
        self.bias = nn.Parameter(torch.zeros(len(CATEGORIES)))
        nn.init.zeros_(self.weights.weight)

    def forward(self, texts: Sequence[list[int]]) -> torch.Tensor:
        """Buckets of each text → logits (n, categories)."""
        lengths = torch.tensor([len(text) for text in texts])
        offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
        summed = self.weights(torch.tensor([run for text in texts for run in text]), offsets)
        logits: torch.Tensor = summed / lengths.sqrt().unsqueeze(1) + self.bias
        return logits


def train_letters(rows: Sequence[Row], passes: int = 2, seed: int = 17) -> LetterModel:
    """A model trained on the known labels of `rows`."""
    torch.manual_seed(seed)
    chance, model = seeded(seed, 5), LetterModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    runs = [letter_runs(row.text) for row in rows]
    order = list(range(len(rows)))
    for _ in range(passes):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            targets, weights = _known([rows[i] for i in batch])
            logits = model([runs[i] for i in batch])
            losses = nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            loss = (losses * weights).sum() / len(batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model.eval()


def _known(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    pairs = [[row.targets.get(category, (0.0, 0.0)) for category in CATEGORIES] for row in rows]
    both = torch.tensor(pairs)
    return both[..., 0], both[..., 1]


def letter_logits(model: LetterModel, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Logits (rows, categories)."""
    with torch.inference_mode():
        parts = [
            model([letter_runs(row.text) for row in rows[start : start + BATCH]])
            for start in range(0, len(rows), BATCH)
        ]
    return torch.cat(parts).double().numpy()
