"""Forth and back through the network for one batch, in lanes: each processor reads its own part of the rows.

Where processors share every product of a batch they wait for each other at each of its hundreds of steps. The encoder
is nearly all of the cost and looks at each row by itself, so it runs in lanes; the heads answer for the whole batch at
once, so a loss over it is what it would be without lanes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from models.inference import padded
from models.lanes import Lanes
from models.training.network import Learner, Settings, autocast


@dataclass(slots=True)
class Part:
    """Some rows of a batch: their places in it, what the encoder says of them, and the same cut off from it."""

    places: Sequence[int]
    mask: torch.Tensor
    states: tuple[torch.Tensor, torch.Tensor]
    leaves: tuple[torch.Tensor, torch.Tensor]


def lanes_for(settings: Settings, device: torch.device) -> Lanes:
    """A lane for each thread of `settings`; one alone on a GPU, or where dropout draws lots in the encoder's order."""
    return Lanes(settings.threads if device.type == "cpu" and not settings.dropout else 1)


def learn(
    learner: Learner,
    rows: Sequence[Sequence[int]],
    loss_of: Callable[[torch.Tensor], torch.Tensor],
    settings: Settings,
    lanes: Lanes,
) -> torch.Tensor:
    """Put the gradients of `loss_of` into `learner` and return the loss; it reads logits (rows, …) in float32.

    The same rows give the same gradients each time, whichever lane is faster.
    """
    device = next(learner.parameters()).device
    count = min(lanes.count, len(rows))
    parts: list[Part | None] = [None] * count

    def forth(number: int) -> None:
        places = range(number, len(rows), count)
        ids, mask = padded([rows[i] for i in places])
        mask = mask.to(device)
        with autocast(settings.precision, device):
            states = learner.read(ids.to(device), mask)
        parts[number] = Part(places, mask, states, (_cut(states[0]), _cut(states[1])))

    lanes.each(forth, range(count))
    read = [part for part in parts if part is not None]
    with autocast(settings.precision, device):
        answers = torch.cat([learner.answer(*part.leaves, part.mask) for part in read])
    places = torch.tensor([place for part in read for place in part.places])
    loss = loss_of(answers[places.argsort().to(device)].float())
    loss.backward()  # type: ignore[no-untyped-call]
    _back(learner.network.bert, read, lanes)
    return loss.detach()


def _cut(states: torch.Tensor) -> torch.Tensor:
    return states.detach().requires_grad_()


def _back(body: nn.Module, parts: Sequence[Part], lanes: Lanes) -> None:
    """Take back through the encoder what the heads ask of its states, and add up what the parts ask of its weights."""
    weights = [weight for weight in body.parameters() if weight.requires_grad]
    asked: list[Sequence[torch.Tensor | None]] = [()] * len(parts)

    def back(number: int) -> None:
        part = parts[number]
        pairs = [(states, leaf.grad) for states, leaf in zip(part.states, part.leaves, strict=True)]
        heard = [(states, wish) for states, wish in pairs if wish is not None]
        asked[number] = torch.autograd.grad(
            [states for states, _ in heard], weights, [wish for _, wish in heard], allow_unused=True
        )

    lanes.each(back, range(len(parts)))
    for weight, *wishes in zip(weights, *asked, strict=True):
        known = [wish for wish in wishes if wish is not None]
        weight.grad = torch.stack(known).sum(0) if known else None
