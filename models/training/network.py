"""Building a trainable network, its loss, and moving its tuned tensors out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from models.adapters import attach_adapters, export_adapters
from models.categories import CATEGORIES
from models.encoder import build_bert, build_tokenizer, read_encoder
from models.heads import HeadShape, Network
from models.inference import padded
from models.training.sampling import Example

POSITIVE_WEIGHT = {"bullying": 1.0, "self_harm": 3.0, "violence": 2.0, "grooming": 1.0}
"""Dangerous rows of rare categories count more, so that they are not outvoted by masses of harmless ones."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training run besides the data."""

    minutes: float = 42.0
    epochs: int = 4
    rank: int = 32
    adapter_rate: float = 6e-4
    head_rate: float = 1.5e-3
    small_rate: float = 2e-4
    warmup: float = 0.05
    token_budget: int = 8192
    max_tokens: int = 128
    seed: int = 17
    threads: int = 2
    checkpoint_seconds: float = 120.0


def build_trainable(settings: Settings) -> tuple[Network, Any]:
    """A network with fresh adapters (none when `rank` is 0) and heads, and the tokenizer's backend."""
    torch.manual_seed(settings.seed)
    files = read_encoder()
    network = Network(build_bert(files), HeadShape())
    attach_adapters(network.bert, settings.rank)
    return network, build_tokenizer(files)


def build_optimizer(network: Network, settings: Settings) -> torch.optim.AdamW:
    """AdamW with one group each for adapters, small encoder parameters and heads."""
    groups: dict[str, list[torch.nn.Parameter]] = {"adapter": [], "small": [], "head": []}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            kind = "head" if name.startswith("heads.") else "adapter" if "parametrizations" in name else "small"
            groups[kind].append(parameter)
    rates = {"adapter": settings.adapter_rate, "small": settings.small_rate, "head": settings.head_rate}
    decay = {"adapter": 0.01, "small": 0.0, "head": 0.01}
    parameters = [
        {"params": members, "lr": rates[kind], "initial": rates[kind], "weight_decay": decay[kind]}
        for kind, members in groups.items()
    ]
    return torch.optim.AdamW(parameters, betas=(0.9, 0.98))


def set_rates(optimizer: torch.optim.Optimizer, done: float, warmup: float) -> None:
    """Learning rates for progress `done` in 0…1: linear warm-up, then a cosine to nearly nothing."""
    factor = done / warmup if done < warmup else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    for group in optimizer.param_groups:
        group["lr"] = group["initial"] * max(factor, 0.01)


def batch_tensors(examples: Sequence[Example]) -> tuple[torch.Tensor, ...]:
    """(ids, mask, targets, weights) of a batch; an unknown label has weight 0."""
    ids, mask = padded([tokens for tokens, _ in examples])
    targets = torch.zeros((len(examples), len(CATEGORIES)))
    weights = torch.zeros((len(examples), len(CATEGORIES)))
    for position, (_, known) in enumerate(examples):
        for column, category in enumerate(CATEGORIES):
            if category in known:
                target, weight = known[category]
                targets[position, column] = target
                weights[position, column] = weight * (POSITIVE_WEIGHT[category] if target > 0.5 else 1.0)
    return ids, mask, targets, weights


def masked_loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted binary cross-entropy over the known labels, per row of the batch."""
    smooth = targets * 0.98 + 0.01
    losses = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    return (losses * weights).sum() / max(1, logits.shape[0])


def export_network(network: Network) -> dict[str, torch.Tensor]:
    """All that tuning changed, by the names that `models.store` reads."""
    heads = {f"heads.{name}": tensor.detach().clone() for name, tensor in network.heads.state_dict().items()}
    return {**export_adapters(network.bert), **heads}
