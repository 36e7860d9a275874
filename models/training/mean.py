"""The mean of several classifiers' weights: one network, as fast as each, and steadier than any of them.

Trainings that begin with the same encoder and the same heads end near enough to each other for their mean to lie
between them (Wortsman et al., *Model soups*, 2022). What one learned from its own draw by accident the mean forgets.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.categories import ClassifierError
from models.store import Manifest, read_manifest, restore
from models.training.network import Learner, Settings, build_trainable


def mean_network(folders: Sequence[Path]) -> tuple[Learner, dict[str, Any]]:
    """The network with the mean weights of the classifiers in `folders`, and where it comes from.

    The side questions are not kept. Raises `ClassifierError` where a folder holds none, or one of another shape.
    """
    manifests = [read_manifest(folder) for folder in folders]
    if len({(manifest.heads, manifest.max_tokens) for manifest in manifests}) != 1:
        message = "the mean needs classifiers with the same heads and windows"
        raise ClassifierError(message)
    mean, *others = [_network(folder, manifest) for folder, manifest in zip(folders, manifests, strict=True)]
    parts = [dict(other.network.named_parameters()) for other in others]
    with torch.no_grad():
        for name, parameter in mean.network.named_parameters():
            parameter.copy_(torch.stack([parameter, *(part[name] for part in parts)]).mean(0))
    origin = [{"id": manifest.id, "provenance": manifest.provenance} for manifest in manifests]
    return mean.eval(), {"mean_of": origin}


def _network(folder: Path, manifest: Manifest) -> Learner:
    learner, _ = build_trainable(Settings(pooling=manifest.heads.pooling))
    restore(folder, manifest, learner.network.bert, learner.network.heads)
    return learner
