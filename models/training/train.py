"""The training loop: bounded in time, resumable at any moment, the same result from the same seed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.inference import padded
from models.training.chance import seeded
from models.training.checkpoint import Average, Position, Run, load_checkpoint, save_checkpoint
from models.training.losses import OUTPUTS, early_loss, label_tensors, masked_loss, matching_loss, opinion_tensor
from models.training.network import (
    Learner,
    Settings,
    autocast,
    build_optimizer,
    build_trainable,
    set_rates,
    training_device,
)
from models.training.progress import Progress
from models.training.readings import drawn_examples, with_readings
from models.training.rows import Row
from models.training.sampling import shuffled_batches

_REPORTED = 10
"""The loss of every tenth step is read: reading it waits for the device."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One epoch: the tokens of each text, labels and opinions of all of them as tensors, batches of their indices."""

    tokens: Sequence[Sequence[int]]
    targets: torch.Tensor
    weights: torch.Tensor
    opinions: torch.Tensor
    batches: Sequence[Sequence[int]]


def train(
    rows: Sequence[Row],
    synthetic: Sequence[Row],
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    start: Callable[[Learner], None] | None = None,
) -> Learner:
    """Tune a network on `rows` and our own sentences; checkpoints go to `folder`.

    Ends after `settings.epochs` or `settings.minutes`, whichever comes first; the learning rate falls with the one
    that is further on, so an early end is an ordered end. With `resume` it goes on from the checkpoint in `folder`.
    `start` may change the untuned network first.
    """
    torch.set_num_threads(settings.threads)
    learner, tokenizer = build_trainable(settings)
    if start is not None:
        start(learner)
    return tune(learner, tokenizer, (rows, synthetic), folder, settings, resume=resume)


def tune(
    learner: Learner,
    tokenizer: Any,
    rows: tuple[Sequence[Row], Sequence[Row]],
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
) -> Learner:
    """`learner` tuned in place on rows of the sets and on our own, as `train` says; it ends on the processor."""
    learner.to(training_device(settings.device))
    run = Run(learner, build_optimizer(learner, settings), Average(learner, settings.average))
    position = load_checkpoint(folder, run) if resume else Position()
    while position.epoch < settings.epochs and position.seconds < settings.minutes * 60:
        plan = _plan(*rows, tokenizer, position.epoch, settings)
        position = _run_epoch(run, plan, position, settings, folder)
    save_checkpoint(folder, run, position)
    run.average.put_into(learner)
    return learner.eval().cpu()


def _plan(rows: Sequence[Row], synthetic: Sequence[Row], tokenizer: Any, epoch: int, settings: Settings) -> Plan:
    draw, examples = drawn_examples(rows, synthetic, tokenizer, epoch, settings)
    if settings.opinions:
        examples = with_readings(examples, draw)
    batches = shuffled_batches(examples, settings.token_budget, seeded(settings.seed, epoch, 3))
    labels = label_tensors(examples, settings.side, settings.opinions)
    return Plan([example.tokens for example in examples], *labels, opinion_tensor(examples), batches)


def _run_epoch(
    run: Run,
    plan: Plan,
    position: Position,
    settings: Settings,
    folder: Path,
) -> Position:
    """Run one epoch from `position` on; returns where it stopped, at its end or at the time limit."""
    batches = plan.batches
    progress = Progress(len(batches), f"epoch {position.epoch + 1}/{settings.epochs}")
    run.learner.train()
    before, started, saved = position.seconds, time.monotonic(), time.monotonic()
    for index in range(position.batch, len(batches)):
        done = max(
            (position.epoch + index / len(batches)) / settings.epochs, position.seconds / (settings.minutes * 60)
        )
        set_rates(run.optimizer, done, settings.warmup)
        torch.manual_seed(settings.seed + 1_000_003 * position.epoch + index)
        loss = _step(run, plan, batches[index], settings)
        run.average.update(run.learner)
        position = Position(position.epoch, index + 1, before + time.monotonic() - started)
        progress.show(index + 1, float(loss) if index % _REPORTED == 0 else None)
        if position.seconds >= settings.minutes * 60:
            return position
        if time.monotonic() - saved > settings.checkpoint_seconds:
            save_checkpoint(folder, run, position)
            saved = time.monotonic()
    return Position(position.epoch + 1, 0, position.seconds)


def _step(run: Run, plan: Plan, batch: Sequence[int], settings: Settings) -> torch.Tensor:
    device = next(run.learner.parameters()).device
    ids, mask = padded([plan.tokens[i] for i in batch])
    with autocast(settings.precision, device):
        logits = run.learner(ids.to(device), mask.to(device))
    chosen = list(batch)
    labels = (plan.targets[chosen].to(device), plan.weights[chosen].to(device), plan.opinions[chosen].to(device))
    loss = _loss(logits.float(), *labels, settings)
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([p for p in run.learner.parameters() if p.requires_grad], 1.0)
    run.optimizer.step()
    return loss.detach()


def _loss(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, opinions: torch.Tensor, settings: Settings
) -> torch.Tensor:
    """All lessons of a batch together, per row; `logits` are the `Learner`'s."""
    labelled, early = logits[:, : targets.shape[1]], logits[:, targets.shape[1] :]
    said = labelled[:, : OUTPUTS * early.shape[1] : OUTPUTS]
    loss = masked_loss(labelled, targets, weights, settings.loss)
    if settings.opinions and settings.matching:
        loss = loss + settings.matching * matching_loss(said, opinions)
    if settings.early:
        loss = loss + settings.early * early_loss(early, said, opinions)
    return loss
