"""The first pass: what the encoder's first layers say of every window decides whether the other layers read it.

Early heads on an early layer were taught, together with the network, what the whole network says. A window in which
they see nothing that could matter is settled there and keeps their estimate; the others go on from where they are, so
nothing is computed twice. How much is lost by that is measured on held-out text, and stands in the manifest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from models.body import Packed
from models.categories import CATEGORIES
from models.heads import Heads


@dataclass(frozen=True, slots=True)
class FirstPass:
    """Early heads with their cuts. Safe to share between threads.

    They read what the encoder's layer `layer` says. `cuts` are logits: operating point → (categories,). A window that
    reaches the cut of any category goes on. The cuts of a point lose hardly any alert of that point.
    """

    layer: int
    heads: Heads
    cuts: Mapping[str, NDArray[np.float32]]

    @classmethod
    def of(cls, layer: int, heads: Heads, cuts: Mapping[str, Mapping[str, float]]) -> "FirstPass":
        """From `cuts` as the manifest has them: operating point → category → logit."""
        arrays = {point: np.array([by[c] for c in CATEGORIES], dtype=np.float32) for point, by in cuts.items()}
        return cls(layer, heads.eval().requires_grad_(requires_grad=False), arrays)

    def estimates(self, states: torch.Tensor, packed: Packed) -> NDArray[np.float32]:
        """The early heads' logits (rows, categories) of a batch, from its states (tokens, width) after `layer`."""
        found: NDArray[np.float32] = self.heads(*packed.spread(states))[..., 0].numpy()
        return found

    def passes(self, estimates: NDArray[np.float32], point: str) -> NDArray[np.bool_]:
        """Which windows (rows,) go on to the other layers."""
        reached: NDArray[np.bool_] = np.logical_or.reduce(estimates >= self.cuts[point], axis=1)
        return reached
