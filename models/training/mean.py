"""The mean of several classifiers' weights: one network, as fast as each, and steadier than any of them.

Trainings that begin with the same encoder and the same heads end near enough to each other for their mean to lie
between them (Wortsman et al., *Model soups*, 2022). What one learned from its own draw by accident the mean forgets.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from models.categories import ClassifierError
from models.store import Manifest, read_manifest
from models.training.ancestry import common_provenance, require_alike
from models.training.network import Learner, Settings, build_trainable, restore_network


def mean_network(folders: Sequence[Path], shares: Sequence[float] = ()) -> tuple[Learner, dict[str, Any]]:
    """The network with the mean weights of the classifiers in `folders`, and where it comes from.

    `shares` says how much of each, equal parts where it is empty. Of a classifier with two readers it is the first. The
    side questions are not kept.
    Raises `ClassifierError` where a folder holds none, where their shapes differ, and for shares that are none.
    """
    manifests = [read_manifest(folder) for folder in folders]
    require_alike(manifests, "the mean needs classifiers with")
    wanted = list(shares) or [1.0] * len(folders)
    if len(wanted) != len(folders) or min(wanted) <= 0:
        message = "the mean needs one share above 0 for each folder"
        raise ClassifierError(message)
    parts = [share / sum(wanted) for share in wanted]
    mean, *others = [_network(folder, manifest) for folder, manifest in zip(folders, manifests, strict=True)]
    with torch.no_grad():
        for tensors in zip(*(one.network.parameters() for one in (mean, *others)), strict=True):
            weighted = [part * tensor for part, tensor in zip(parts, tensors, strict=True)]
            tensors[0].copy_(torch.stack(weighted).sum(0))
    origin = [
        {"id": manifest.id, "share": round(part, 4), "provenance": manifest.provenance}
        for manifest, part in zip(manifests, parts, strict=True)
    ]
    return mean.eval(), {**common_provenance(manifests), "mean_of": origin}


def _network(folder: Path, manifest: Manifest) -> Learner:
    learner, _ = build_trainable(Settings(pooling=manifest.heads.pooling))
    restore_network(folder, manifest, learner)
    return learner
