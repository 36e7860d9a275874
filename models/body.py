"""The encoder's layers for serving: rows of any length packed one after the other, without padding and without masks.

Attention runs over rows of equal length together, so a row is computed in the same steps alone or among others. Matrix
products are in the arithmetic that the machine is fastest in; the residual stream, norms and softmax stay in float32.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.products import Affine, Arithmetic, Product

CLS, SEP = 101, 102


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows of tokens one after the other, in ascending order of length.

    `ids` and `positions` are (tokens,); `groups` holds (first token, rows, tokens of each) of rows of equal length.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    groups: tuple[tuple[int, int, int], ...]

    def spread(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """States (tokens, width) → (rows, longest, width) and the mask (rows, longest) of ones and zeros."""
        lengths = torch.tensor([length for _, rows, length in self.groups for _ in range(rows)])
        steps = torch.arange(int(lengths[-1]))
        mask = steps < lengths.unsqueeze(1)
        places = (lengths.cumsum(0) - lengths).unsqueeze(1) + steps
        return states[places.where(mask, 0)], mask


def pack(rows: Sequence[Sequence[int]]) -> Packed:
    """Token numbers without markers, in ascending order of length, as one batch with the markers added.

    Raises `ValueError` for no rows.
    """
    if not rows:
        message = "a batch needs at least one row"
        raise ValueError(message)
    flat = array("H")
    for row in rows:
        flat.append(CLS)
        flat.extend(row)
        flat.append(SEP)
    ids = np.frombuffer(flat, dtype=np.uint16).astype(np.int64)
    sizes = [(len(list(members)), length + 2) for length, members in groupby(map(len, rows))]
    firsts = accumulate((count * length for count, length in sizes), initial=0)
    positions = np.concatenate([np.tile(np.arange(length), count) for count, length in sizes])
    groups = tuple((first, count, length) for first, (count, length) in zip(firsts, sizes, strict=False))
    return Packed(torch.from_numpy(ids), torch.from_numpy(positions), groups)


def build_blocks(config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> nn.Module:
    """The encoder's weights as modules under the names that `transformers.BertModel` gives them, without its code.

    `weights` are taken over, not copied. Raises `RuntimeError` or `KeyError` when they do not fit `config`.
    """
    width, inner = config["hidden_size"], config["intermediate_size"]
    with torch.device("meta"):
        blocks = nn.ModuleDict(
            {
                "embeddings": nn.ModuleDict(
                    {
                        "word_embeddings": nn.Embedding(config["vocab_size"], width),
                        "position_embeddings": nn.Embedding(config["max_position_embeddings"], width),
                        "token_type_embeddings": nn.Embedding(config["type_vocab_size"], width),
                        "LayerNorm": nn.LayerNorm(width),
                    }
                ),
                "encoder": nn.ModuleDict(
                    {"layer": nn.ModuleList(_block(width, inner) for _ in range(config["num_hidden_layers"]))}
                ),
            }
        )
    wanted = {name: weights[name] for name in blocks.state_dict()}
    blocks.load_state_dict(wanted, assign=True)
    return blocks.requires_grad_(requires_grad=False)


def _block(width: int, inner: int) -> nn.Module:
    def closing(size: int) -> nn.Module:
        return nn.ModuleDict({"dense": nn.Linear(size, width), "LayerNorm": nn.LayerNorm(width)})

    attention = nn.ModuleDict({name: nn.Linear(width, width) for name in ("query", "key", "value")})
    return nn.ModuleDict(
        {
            "attention": nn.ModuleDict({"self": attention, "output": closing(width)}),
            "intermediate": nn.ModuleDict({"dense": nn.Linear(width, inner)}),
            "output": closing(inner),
        }
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """One block: query, key and value in one product, the closing products, and their norms (float32)."""

    mix: Product
    close: Product
    feed: Product
    norms: tuple[Affine, Affine]


class Body:
    """The encoder over packed rows. Needs `torch.inference_mode`; safe to share between threads."""

    def __init__(
        self, blocks: nn.Module, config: Mapping[str, Any], arithmetic: Arithmetic, layers: int | None = None
    ) -> None:
        """`arithmetic` computes the matrix products; `layers` limits the layers, for measuring."""
        tensors = {name: parameter.detach() for name, parameter in blocks.named_parameters()}
        self.dtype = arithmetic.dtype
        self.heads = int(config["num_attention_heads"])
        self.width = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _affine(tensors, ["embeddings.LayerNorm"])
        count = int(config["num_hidden_layers"]) if layers is None else layers
        self._layers = [self._layer(tensors, number, arithmetic) for number in range(count)]

    def embed(self, packed: Packed) -> torch.Tensor:
        """What the first layer reads: (tokens, width) in float32."""
        x = functional.embedding(packed.ids, self._words)
        x += functional.embedding(packed.positions, self._places)
        return self._normed(x, self._norm)

    def states(self, packed: Packed, begun: torch.Tensor | None = None, layers: slice = slice(None)) -> torch.Tensor:
        """What the last of `layers` says of each token: (tokens, width) in float32.

        `begun` is what the first of them reads, the embeddings where it is None.
        """
        x = self.embed(packed) if begun is None else begun
        for layer in self._layers[layers]:
            seen = attend(layer.mix(x.to(self.dtype)), packed.groups, self.heads)
            x = self._normed(layer.close(seen) + x, layer.norms[0])
            x = self._normed(layer.feed(x.to(self.dtype)) + x, layer.norms[1])
        return x

    def _normed(self, x: torch.Tensor, norm: Affine) -> torch.Tensor:
        return functional.layer_norm(x, (self.width,), norm.weight, norm.bias, self._epsilon)

    def _layer(self, tensors: Mapping[str, torch.Tensor], number: int, arithmetic: Arithmetic) -> Layer:
        name = f"encoder.layer.{number}"
        attention = f"{name}.attention.self"
        mix = _affine(tensors, [f"{attention}.{part}" for part in ("query", "key", "value")])
        scale = (self.width / self.heads) ** -0.5  # of the closeness of query and key, taken into the query once
        mix.weight[: self.width] *= scale
        mix.bias[: self.width] *= scale
        return Layer(
            mix=arithmetic.product(f"{number}.mix", mix),
            close=arithmetic.product(f"{number}.close", _affine(tensors, [f"{name}.attention.output.dense"])),
            feed=arithmetic.feed(
                f"{number}.feed",
                _affine(tensors, [f"{name}.intermediate.dense"]),
                _affine(tensors, [f"{name}.output.dense"]),
            ),
            norms=(
                _affine(tensors, [f"{name}.attention.output.LayerNorm"]),
                _affine(tensors, [f"{name}.output.LayerNorm"]),
            ),
        )


def attend(mixed: torch.Tensor, groups: Iterable[tuple[int, int, int]], heads: int) -> torch.Tensor:
    """Query (already scaled), key and value (tokens, 3 x width) → what each token saw of its row (tokens, width)."""
    width = mixed.shape[1] // 3
    seen = mixed.new_empty((mixed.shape[0], width))
    for first, rows, length in groups:
        part = mixed[first : first + rows * length].view(rows, length, 3, heads, width // heads)
        query, key, value = part.permute(2, 0, 3, 1, 4).unbind(0)
        found = functional.scaled_dot_product_attention(query, key, value, scale=1.0)
        seen[first : first + rows * length].view(rows, length, heads, width // heads).copy_(found.transpose(1, 2))
    return seen


def _affine(tensors: Mapping[str, torch.Tensor], names: Sequence[str]) -> Affine:
    """Weights and biases of the modules `names` in float32, one under the other, copied."""
    return Affine(
        torch.cat([tensors[f"{name}.weight"] for name in names]).float(),
        torch.cat([tensors[f"{name}.bias"] for name in names]).float(),
    )
