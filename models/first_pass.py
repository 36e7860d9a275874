"""The first pass: a network of a few percent of the encoder's cost that sees every window first.

It reads what the encoder's first layer reads, and was taught the full network's logits. Windows in which it sees
anything that could matter go on to the encoder; the others keep its estimate. How much is lost by that is measured on
held-out text when it is trained, and stands in the manifest.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from models.batching import plan_packed
from models.body import Body, Packed, attend, pack
from models.categories import CATEGORIES
from models.inference import Rows


@dataclass(frozen=True, slots=True)
class StudentShape:
    """How the student is built: `inputs` is the encoder's width; `width`, `layers` and `heads` are its own.

    It reads what the encoder's layer `depth` says; 0 is what the first layer reads.
    """

    inputs: int = 384
    width: int = 128
    layers: int = 2
    heads: int = 4
    depth: int = 0

    def as_dict(self) -> dict[str, int]:
        """The shape as the manifest writes it."""
        return asdict(self)


class StudentLayer(nn.Module):
    """Attention and a feed-forward part, each behind a norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_mix, self.norm_widen = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.close = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: torch.Tensor, groups: tuple[tuple[int, int, int], ...]) -> torch.Tensor:
        """Packed states (tokens, width) → the same shape. The scale of closeness is learned with the weights."""
        x = x + self.close(attend(self.mix(self.norm_mix(x)), groups, self.heads))
        widened: torch.Tensor = self.narrow(functional.gelu(self.widen(self.norm_widen(x))))
        return x + widened


class Student(nn.Module):
    """From what one of the encoder's layers says to one logit per category."""

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.shape = shape
        self.enter = nn.Linear(shape.inputs, shape.width)
        self.layers = nn.ModuleList(StudentLayer(shape.width, shape.heads) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.queries = nn.Parameter(torch.randn(len(CATEGORIES), shape.width) * shape.width**-0.5)
        self.leave = nn.Parameter(torch.randn(len(CATEGORIES), 2 * shape.width) * shape.width**-0.5)
        self.bias = nn.Parameter(torch.zeros(len(CATEGORIES)))

    def forward(self, states: torch.Tensor, packed: Packed) -> torch.Tensor:
        """States (tokens, inputs) of a batch → logits (rows, categories)."""
        x = self.enter(states)
        for layer in self.layers:
            x = layer(x, packed.groups)
        spread, mask = packed.spread(self.norm(x).float())
        closeness = (spread @ self.queries.float().T).masked_fill(~mask.unsqueeze(-1), float("-inf"))
        seen = torch.einsum("ntc,ntw->ncw", closeness.softmax(dim=1), spread)
        mean = (spread * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
        pooled = torch.cat([seen, mean.unsqueeze(1).expand_as(seen)], dim=-1)
        logits: torch.Tensor = (pooled * self.leave.float()).sum(-1) + self.bias.float()
        return logits


class FirstPass:
    """The student with its cuts. Safe to share between threads."""

    def __init__(self, student: Student, cuts: Mapping[str, float], body: Body, budget: int) -> None:
        self.student = student.to(body.dtype).eval()
        self.cuts = np.array([cuts[category] for category in CATEGORIES], dtype=np.float32)
        self._body = body
        self._budget = budget

    def estimates(self, rows: Rows) -> NDArray[np.float32]:
        """The student's logits (rows, categories) of windows given as token numbers without markers."""
        found = np.zeros((len(rows), len(CATEGORIES)), dtype=np.float32)
        with torch.inference_mode():
            for batch in plan_packed([len(row) + 2 for row in rows], self._budget):
                packed = pack([rows[i] for i in batch])
                states = self._body.states(packed, depth=self.student.shape.depth).to(self._body.dtype)
                found[batch] = self.student(states, packed).numpy()
        return found

    def passes(self, estimates: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which windows (rows,) go on to the encoder."""
        reached: NDArray[np.bool_] = np.logical_or.reduce(estimates >= self.cuts, axis=1)
        return reached


def build_student(raw: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Student:
    """The student of a manifest's `first_pass.shape` with `tensors` (in any precision).

    Raises `TypeError`, `KeyError` or `RuntimeError` when they do not fit.
    """
    student = Student(StudentShape(**raw))
    student.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return student.requires_grad_(requires_grad=False)
