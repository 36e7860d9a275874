"""What a step learns from: labels, the teacher's opinions, and for the early heads what the whole network says."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from models.categories import CATEGORIES
from models.training.auxiliary import SIDE_QUESTIONS
from models.training.sampling import Example

POSITIVE_WEIGHT = {"bullying": 1.0, "self_harm": 3.0, "violence": 2.0, "grooming": 1.0}
"""Dangerous rows of rare categories count more, so that they are not outvoted by masses of harmless ones."""

OUTPUTS = 3
"""Per category: is it there, is it at level 2 or more, is it at level 3."""

LEVEL_WEIGHT = 0.4
SIDE_WEIGHT = 0.2
UNKNOWN_WEIGHT = 1.0
"""Of the teacher's opinion on what a source does not answer, times the share that opinions have."""

LOWEST, HIGHEST = -8.0, 7.0
"""Logits beyond these are as good as these: how sure one is out there need not be learned."""

_FOCUS = 2.0
_NEAR, _AT = 2.0, -3.0
_MISSED, _ALERT = 3.0, -1.5
"""About where an alert begins, as a logit; windows around the review point, some logits lower, are `_NEAR`."""


def label_tensors(
    examples: Sequence[Example], side: float = SIDE_WEIGHT, opinions: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """(targets, weights), each (n, categories x outputs + side questions), in the order of `Learner`'s logits.

    An unknown label has weight 0, or hears the teacher alone where it has an opinion. A known label moves by the share
    `opinions` towards the teacher's.
    """
    width = len(CATEGORIES) * OUTPUTS + len(SIDE_QUESTIONS)
    targets = np.zeros((len(examples), width), np.float32)
    weights = np.zeros((len(examples), width), np.float32)
    for row, example in enumerate(examples):
        for column, category in enumerate(CATEGORIES):
            heard = opinions if example.opinion is not None else 0.0
            said = _share(example.opinion[column]) if example.opinion is not None else 0.0
            place = column * OUTPUTS
            if category not in example.targets:
                targets[row, place], weights[row, place] = said, UNKNOWN_WEIGHT * heard
                continue
            target, weight = example.targets[category]
            targets[row, place] = (1 - heard) * target + heard * said
            weights[row, place] = weight * (POSITIVE_WEIGHT[category] if target > 0.5 else 1.0)
            if example.level is not None and target > 0.5:
                targets[row, place + 1 : place + 3] = example.level >= 2, example.level >= 3
                weights[row, place + 1 : place + 3] = LEVEL_WEIGHT * weight
        for column, question in enumerate(SIDE_QUESTIONS, start=len(CATEGORIES) * OUTPUTS):
            if question in example.targets:
                target, weight = example.targets[question]
                targets[row, column], weights[row, column] = target, side * weight
    return torch.from_numpy(targets), torch.from_numpy(weights)


def opinion_tensor(examples: Sequence[Example]) -> torch.Tensor:
    """The teacher's logits (n, categories), bounded; not a number where it was not asked."""
    silent = (float("nan"),) * len(CATEGORIES)
    said = [silent if example.opinion is None else example.opinion for example in examples]
    return torch.tensor(said, dtype=torch.float32).reshape(-1, len(CATEGORIES)).clamp(LOWEST, HIGHEST)


def _share(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def masked_loss(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, kind: str = "plain"
) -> torch.Tensor:
    """Weighted binary cross-entropy over the known labels, per row of the batch.

    `focal` turns away from what is already right; `balanced` gives the dangerous and the harmless rows of each
    column the same weight in every batch.
    """
    smooth = targets * 0.98 + 0.01
    losses = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    if kind == "focal":
        p = logits.sigmoid()
        losses = losses * 4 * (targets * (1 - p) + (1 - targets) * p) ** _FOCUS
    elif kind == "balanced":
        yes, no = (weights * targets).sum(0), (weights * (1 - targets)).sum(0)
        ratio = (no / yes.clamp(min=1e-6)).clamp(0.2, 5.0).sqrt()
        weights = weights * (targets * ratio + (1 - targets))
    return (losses * weights).sum() / max(1, logits.shape[0])


def matching_loss(said: torch.Tensor, opinions: torch.Tensor) -> torch.Tensor:
    """How far logits `said` are from the teacher's `opinions`, both (n, categories), per row; silence counts nothing.

    Chances near nothing are all alike to a cross-entropy. Logits are not: how harmless the teacher finds a harmless
    text keeps odd ones from being taken for a danger (Kim et al., *Comparing Kullback-Leibler divergence and mean
    squared error loss in knowledge distillation*, 2021).
    """
    asked = torch.isfinite(opinions)
    return _distance(said, torch.where(asked, opinions, said.detach()), asked.float())


def early_loss(early: torch.Tensor, said: torch.Tensor, opinions: torch.Tensor) -> torch.Tensor:
    """How far the early heads' logits are from the teacher's, or where it is silent from the whole network's `said`.

    All are (n, categories). Too little on what is near an alert or over it counts most: such a window would be lost,
    while one too many costs a reading.
    """
    aim = torch.where(torch.isfinite(opinions), opinions, said.detach()).clamp(LOWEST, HIGHEST)
    short = torch.sigmoid(2 * (aim - _ALERT)) * (early.detach() < aim)
    return _distance(early, aim, 1 + _MISSED * short)


def _distance(said: torch.Tensor, aim: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Per row; from the review point on more."""
    weights = weights * (1 + _NEAR * torch.sigmoid(aim - _AT))
    return (functional.smooth_l1_loss(said, aim, reduction="none") * weights).sum() / max(1, len(said))
