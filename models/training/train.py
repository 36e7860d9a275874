"""The training loop: bounded in time, resumable at any moment, the same result from the same seed."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from models.training.chance import seeded
from models.training.checkpoint import Average, Position, Run, load_checkpoint, save_checkpoint
from models.training.network import (
    Learner,
    Settings,
    autocast,
    batch_tensors,
    build_optimizer,
    build_trainable,
    masked_loss,
    set_rates,
)
from models.training.progress import Progress
from models.training.rows import Row
from models.training.sampling import Example, draw_epoch, encode_rows, shuffled_batches


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
    run = Run(learner, build_optimizer(learner, settings), Average(learner, settings.average))
    position = load_checkpoint(folder, run) if resume else Position()
    while position.epoch < settings.epochs and position.seconds < settings.minutes * 60:
        examples, batches = _plan(rows, synthetic, tokenizer, position.epoch, settings)
        position = _run_epoch(run, (examples, batches), position, settings, folder)
    save_checkpoint(folder, run, position)
    run.average.put_into(learner)
    return learner.eval()


def _plan(
    rows: Sequence[Row], synthetic: Sequence[Row], tokenizer: Any, epoch: int, settings: Settings
) -> tuple[list[Example], list[list[int]]]:
    chance = seeded(settings.seed, epoch, 2)
    drawn = draw_epoch(rows, synthetic, epoch, settings.seed)
    drawn = drawn[: max(1, int(settings.share * len(drawn)))]
    examples = encode_rows(drawn, tokenizer, settings.max_tokens, chance, settings.word_drop)
    return examples, shuffled_batches(examples, settings.token_budget, chance)


def _run_epoch(
    run: Run,
    plan: tuple[list[Example], list[list[int]]],
    position: Position,
    settings: Settings,
    folder: Path,
) -> Position:
    """Run one epoch from `position` on; returns where it stopped, at its end or at the time limit."""
    examples, batches = plan
    progress = Progress(len(batches), f"epoch {position.epoch + 1}/{settings.epochs}")
    run.learner.train()
    before, started, saved = position.seconds, time.monotonic(), time.monotonic()
    for index in range(position.batch, len(batches)):
        done = max(
            (position.epoch + index / len(batches)) / settings.epochs, position.seconds / (settings.minutes * 60)
        )
        set_rates(run.optimizer, done, settings.warmup)
        torch.manual_seed(settings.seed + 1_000_003 * position.epoch + index)
        loss = _step(run, [examples[i] for i in batches[index]], settings)
        run.average.update(run.learner)
        position = Position(position.epoch, index + 1, before + time.monotonic() - started)
        progress.show(index + 1, loss)
        if position.seconds >= settings.minutes * 60:
            return position
        if time.monotonic() - saved > settings.checkpoint_seconds:
            save_checkpoint(folder, run, position)
            saved = time.monotonic()
    return Position(position.epoch + 1, 0, position.seconds)


def _step(run: Run, examples: Sequence[Example], settings: Settings) -> float:
    ids, mask, targets, weights = batch_tensors(examples, settings.side)
    with autocast(settings.precision):
        logits = run.learner(ids, mask)
    loss = masked_loss(logits.float(), targets, weights, settings.loss)
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_([p for p in run.learner.parameters() if p.requires_grad], 1.0)
    run.optimizer.step()
    return float(loss.detach())
