"""What tuning changes in the encoder, and how it is stored small: low-rank adapters, or differences in 8 bits.

Full tuning changes every weight of the blocks a little. The difference to the pinned encoder is stored in 8 bits with
one scale per row: half the size of float16, and finer than the arithmetic it is served in.

With adapters, each linear layer of the encoder gets `weight + scale · up @ down`. While training, the sum is computed
afresh in every step; for serving it is added once, so that the served network is as fast as the encoder alone.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize


class LowRank(nn.Module):
    """Adds a product of two thin matrices to a weight of shape (out, in)."""

    def __init__(self, out_features: int, in_features: int, rank: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.down = nn.Parameter(torch.empty(rank, in_features))
        self.up = nn.Parameter(torch.zeros(out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The adapted weight, same shape as `weight`."""
        return weight + self.scale * (self.up @ self.down)


def adapted_layers(bert: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    """Name and module of each linear layer that is adapted: attention and feed-forward of every block."""
    for name, module in bert.named_modules():
        if isinstance(module, nn.Linear) and name.startswith("encoder.layer."):
            yield name, module


def is_tuned_directly(name: str) -> bool:
    """True for the small parameters (biases and layer norms of the blocks) that are tuned as they are."""
    return name.startswith("encoder.layer.") and (name.endswith(".bias") or "LayerNorm" in name)


def attach_adapters(bert: nn.Module, rank: int, scale: float = 2.0) -> None:
    """Freeze `bert` except its small parameters, and put a trainable `LowRank` on every adapted layer."""
    for name, parameter in bert.named_parameters():
        parameter.requires_grad = is_tuned_directly(name)
    for _, layer in list(adapted_layers(bert)):
        adapter = LowRank(layer.out_features, layer.in_features, rank, scale)
        parametrize.register_parametrization(layer, "weight", adapter)


def attach_nothing(bert: nn.Module) -> None:
    """Make the blocks of `bert` trainable as they are; its embeddings stay frozen."""
    for name, parameter in bert.named_parameters():
        parameter.requires_grad = name.startswith("encoder.layer.")


def export_deltas(bert: nn.Module, base: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """`delta.<weight>` (int8) and `scale.<weight>` (per row) against `base`; biases and norms whole, `tuned.<name>`."""
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in bert.named_parameters():
        if not name.startswith("encoder.layer."):
            continue
        if parameter.dim() < 2:
            tensors[f"tuned.{name}"] = parameter.detach().clone()
            continue
        delta = parameter.detach() - base[name]
        scale = (delta.abs().amax(dim=1, keepdim=True) / 127).half().clamp(min=1e-7)
        tensors[f"delta.{name}"] = (delta / scale.float()).round().clamp(-127, 127).to(torch.int8)
        tensors[f"scale.{name}"] = scale
    return tensors


def export_adapters(bert: nn.Module) -> dict[str, torch.Tensor]:
    """The tuned tensors of `bert`: `adapter.<layer>.down` and `.up` (scale folded in), `tuned.<parameter>`."""
    tensors: dict[str, torch.Tensor] = {}
    for name, layer in adapted_layers(bert):
        adapter: Any = layer.parametrizations["weight"][0]  # type: ignore[index]
        tensors[f"adapter.{name}.down"] = adapter.down.detach().clone()
        tensors[f"adapter.{name}.up"] = adapter.up.detach() * adapter.scale
    for name, parameter in bert.named_parameters():
        if is_tuned_directly(name):
            tensors[f"tuned.{name}"] = parameter.detach().clone()
    return tensors


def merge_adapters(bert: nn.Module, tensors: dict[str, torch.Tensor]) -> None:
    """Put exported tensors, of either kind, into a plain `bert`, in place. Names that fit nothing raise `KeyError`."""
    layers = dict(adapted_layers(bert))
    parameters = dict(bert.named_parameters())
    with torch.no_grad():
        for key, tensor in tensors.items():
            kind, _, name = key.partition(".")
            if kind == "tuned":
                parameters[name].copy_(tensor.float())
            elif kind == "delta":
                parameters[name].add_(tensor.float() * tensors[f"scale.{name}"].float())
            elif key.endswith(".up"):
                layer = layers[name.removesuffix(".up")]
                layer.weight.add_(tensor.float() @ tensors[key.removesuffix(".up") + ".down"].float())
