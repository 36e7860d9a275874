"""The network: encoder, pooling, four heads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from models.categories import CATEGORIES

EARLY_LAYER = 2
"""The early heads read what this layer of the encoder says: a third of its cost."""


@dataclass(frozen=True, slots=True)
class HeadShape:
    """How the heads are built. `pooling` is `mean` or `attention`; `hidden` 0 means a single linear layer.

    `outputs` is 1 (the category alone) or 3: the category, and the two steps of its severity ladder.
    """

    pooling: str = "attention"
    hidden: int = 64
    width: int = 384
    outputs: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The shape as the manifest writes it."""
        return asdict(self)


def early_shape(shape: HeadShape) -> HeadShape:
    """The shape of the early heads beside heads of `shape`: they say only whether a category is there."""
    return replace(shape, outputs=1)


class Heads(nn.Module):
    """Pools token states and gives the logits of each category.

    With `attention` pooling each category looks at the text through its own learned query beside the mean over all
    tokens, so one sentence inside a long ordinary mail is not averaged away.
    """

    def __init__(self, shape: HeadShape) -> None:
        super().__init__()
        self.shape = shape
        attends = shape.pooling == "attention"
        inner = shape.width * (2 if attends else 1)
        if attends:
            self.queries = nn.Parameter(torch.randn(len(CATEGORIES), shape.width) * shape.width**-0.5)
        self.outputs = nn.ModuleList(_output(inner, shape) for _ in CATEGORIES)

    def take(self, stored: Mapping[str, torch.Tensor]) -> None:
        """Put in weights as they are stored, in any precision. Raises `RuntimeError` when they do not fit."""
        self.load_state_dict({name: tensor.float() for name, tensor in stored.items()})

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Token states (n, t, width) and mask (n, t) of ones and zeros → logits (n, categories, outputs) in float32.

        Output 0 says whether the category is there, 1 whether it is at level 2 or more, 2 whether it is at level 3.
        """
        states = states.float()
        weights = mask.float().unsqueeze(-1)
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        if self.shape.pooling != "attention":
            pooled = [mean] * len(CATEGORIES)
        else:
            closeness = states @ self.queries.float().T
            closeness = closeness.masked_fill(mask.unsqueeze(-1) == 0, float("-inf"))
            seen = torch.einsum("ntc,ntw->ncw", closeness.softmax(dim=1), states)
            pooled = [torch.cat([seen[:, c], mean], dim=-1) for c in range(len(CATEGORIES))]
        logits = [out(functional.layer_norm(x, x.shape[-1:])) for out, x in zip(self.outputs, pooled, strict=True)]
        return torch.stack(logits, dim=1)


class Network(nn.Module):
    """Encoder, heads, and the early heads of the first pass together."""

    def __init__(self, bert: Any, shape: HeadShape) -> None:
        super().__init__()
        self.bert = bert
        self.heads = Heads(shape)
        self.early = Heads(early_shape(shape))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Token numbers and mask, both (n, t) → logits (n, categories, outputs)."""
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        logits: torch.Tensor = self.heads(states, mask)
        return logits


def _output(inner: int, shape: HeadShape) -> nn.Module:
    if shape.hidden == 0:
        return nn.Linear(inner, shape.outputs)
    return nn.Sequential(
        nn.Linear(inner, shape.hidden), nn.GELU(), nn.Dropout(0.1), nn.Linear(shape.hidden, shape.outputs)
    )
