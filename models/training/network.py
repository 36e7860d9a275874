"""Building a trainable network, and moving its tuned tensors out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.adapters import attach_adapters, attach_nothing, export_adapters, export_deltas
from models.batching import plan_batches
from models.body import build_blocks
from models.categories import CATEGORIES
from models.encoder import build_bert, build_tokenizer, read_encoder
from models.heads import EARLY_LAYER, HeadShape, Network
from models.inference import padded
from models.precision import choose_precision
from models.store import Manifest, restore
from models.training.auxiliary import SIDE_QUESTIONS
from models.training.losses import OUTPUTS, SIDE_WEIGHT

HEADS_SEED = 17
"""Heads begin alike in every training, whatever it draws: only then does the mean of two trainings mean anything."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a training run besides the data.

    `tuning` is `full` or `adapters`; `loss` is `plain`, `focal` or `balanced`; `side` 0 leaves the side questions out;
    `share` is the part of each epoch's rows that is used; `average` is the decay of the running mean of the weights
    that is kept, 0 for the last weights; `draws` is how many different draws there are before they come again, `seed`
    decides in which order each is read; `precision` is `bf16`, `fp32` or `auto`, whichever is measured faster; `device`
    is `cpu`, `cuda` or `auto`, a GPU where there is one; `opinions` is how much an opinion or a reading counts beside a
    source's label, 0 leaves both out; `matching` how much their logits count beside all labels; `early` how much the
    early heads' lesson does, 0 leaves them untaught.
    """

    minutes: float = 170.0
    epochs: int = 8
    share: float = 1.0
    tuning: str = "full"
    pooling: str = "attention"
    loss: str = "plain"
    side: float = SIDE_WEIGHT
    rank: int = 32
    body_rate: float = 8e-5
    layer_decay: float = 0.9
    adapter_rate: float = 6e-4
    head_rate: float = 1e-3
    small_rate: float = 2e-4
    dropout: float = 0.0
    word_drop: float = 0.04
    average: float = 0.998
    warmup: float = 0.05
    token_budget: int = 2048
    precision: str = "auto"
    device: str = "auto"
    opinions: float = 0.5
    matching: float = 0.4
    early: float = 0.2
    max_tokens: int = 128
    draws: int = 4
    seed: int = 17
    threads: int = 2
    checkpoint_seconds: float = 240.0


class Learner(nn.Module):
    """The network that will be served, and the side questions that only teach it."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.side = nn.Linear(network.heads.shape.width, len(SIDE_QUESTIONS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Token numbers and mask, both (n, t) → logits (n, categories x outputs + side questions + categories).

        The last are those of the early heads.
        """
        read = self.network.bert(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        states = read.last_hidden_state.float()
        shares = mask.float().unsqueeze(-1)
        mean = (states * shares).sum(1) / shares.sum(1)
        early = self.network.early(read.hidden_states[EARLY_LAYER].float(), mask)
        return torch.cat([self.network.heads(states, mask).flatten(1), self.side(mean), early.flatten(1)], dim=1)


def training_device(wanted: str) -> torch.device:
    """Where a network is tuned: `wanted`, or for `auto` a GPU where there is one."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


@cache
def training_precision(wanted: str, device: str = "cpu") -> str:
    """`bf16` or `fp32`: `wanted`, or for `auto` what this machine computes a layer faster in; a GPU always bf16."""
    if device == "cuda" and wanted == "auto":
        return "bf16"
    files = read_encoder()
    return choose_precision(wanted, build_blocks(files.config, files.weights), files.config)


def autocast(wanted: str, device: torch.device) -> torch.autocast:
    """The context in which a network is tuned on `device` in the precision `wanted`; nothing changes in float32."""
    enabled = training_precision(wanted, device.type) == "bf16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


def build_trainable(settings: Settings) -> tuple[Learner, Any]:
    """A network ready to be tuned as `settings` says, and the tokenizer's backend.

    Attention is computed step by step on processors, where that is about twice as fast to train as the fused kernel.
    """
    files = read_encoder()
    bert = build_bert(files)
    bert.set_attn_implementation("eager" if training_device(settings.device).type == "cpu" else "sdpa")
    return prepare(bert, settings), build_tokenizer(files)


def prepare(bert: Any, settings: Settings) -> Learner:
    """Any encoder with fresh heads, ready to be tuned as `settings` says."""
    torch.manual_seed(HEADS_SEED)
    learner = Learner(
        Network(bert, HeadShape(pooling=settings.pooling, outputs=OUTPUTS, width=bert.config.hidden_size))
    )
    if settings.tuning == "adapters":
        attach_adapters(bert, settings.rank)
    else:
        attach_nothing(bert)
    for name, module in bert.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = settings.dropout
        elif name.endswith("attention.self"):
            module.dropout_prob = settings.dropout
    return learner


def build_optimizer(learner: Learner, settings: Settings) -> torch.optim.AdamW:
    """AdamW; the deeper a layer, the slower it is tuned. Biases and norms are not decayed."""
    rates = {"adapter": settings.adapter_rate, "head": settings.head_rate}
    deepest = max(_layer(name) for name, _ in learner.named_parameters() if "encoder.layer." in name)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in learner.named_parameters():
        if not parameter.requires_grad:
            continue
        decay = 0.01 if parameter.dim() > 1 else 0.0
        if not name.startswith("network.bert"):
            rate = rates["head"]
        elif "parametrizations" in name and "original" not in name:
            rate = rates["adapter"]
        elif settings.tuning == "adapters":
            rate = settings.small_rate
        else:
            rate = settings.body_rate * settings.layer_decay ** (deepest - _layer(name))
        groups.setdefault((rate, decay), []).append(parameter)
    parameters = [
        {"params": members, "lr": rate, "initial": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
    ]
    return torch.optim.AdamW(parameters, betas=(0.9, 0.98), fused=True)


def _layer(name: str) -> int:
    return int(name.split("encoder.layer.")[1].split(".", maxsplit=1)[0])


def set_rates(optimizer: torch.optim.Optimizer, done: float, warmup: float) -> None:
    """Learning rates for progress `done` in 0…1: linear warm-up, then a cosine to nearly nothing."""
    factor = done / warmup if done < warmup else 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
    for group in optimizer.param_groups:
        group["lr"] = group["initial"] * max(factor, 0.01)


def window_logits(learner: Learner, windows: Sequence[Sequence[int]], budget: int) -> NDArray[np.float64]:
    """Logits (windows, categories) of tokens without markers, `budget` tokens at a time, on a GPU if there is one."""
    device = training_device("auto")
    learner.to(device).eval()
    logits = np.zeros((len(windows), len(CATEGORIES)))
    with torch.inference_mode(), autocast("auto", device):
        for batch in plan_batches([len(row) + 2 for row in windows], budget):
            ids, mask = padded([windows[i] for i in batch])
            logits[batch] = learner.network(ids.to(device), mask.to(device))[..., 0].float().cpu().numpy()
    return logits


def restore_network(folder: Path, manifest: Manifest, learner: Learner) -> None:
    """Put a classifier's network into `learner`; what its folder does not keep, or lacks, stays as it began.

    Raises `ClassifierError` when a digest differs, `KeyError` or `RuntimeError` when the tensors do not fit.
    """
    early = restore(folder, manifest, learner.network.bert, learner.network.heads)["early"]
    if early:
        learner.network.early.take(early)


def export_network(learner: Learner) -> dict[str, torch.Tensor]:
    """All that tuning changed, by the names that `models.store` reads."""
    network = learner.network
    parts = (("heads", network.heads), ("early", network.early))
    heads = {f"{kind}.{name}": t.detach().clone() for kind, part in parts for name, t in part.state_dict().items()}
    adapted = any("parametrizations" in name for name, _ in network.bert.named_parameters())
    body = export_adapters(network.bert) if adapted else export_deltas(network.bert, read_encoder().weights)
    return {**body, **heads}
