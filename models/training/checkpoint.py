"""Where a training run stands, as safetensors and JSON: it can be interrupted and taken up again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from models.training.rows import DataError

TENSORS = "checkpoint.safetensors"
PLACE = "checkpoint.json"


@dataclass(frozen=True, slots=True)
class Position:
    """The next batch to run, and the seconds trained so far over all sittings."""

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0


class Average:
    """A running mean of the tuned weights: steadier on text of other sources than the last weights are.

    `decay` 0 keeps the last weights. The mean starts fast, so that the untuned weights are soon forgotten.
    """

    def __init__(self, learner: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.means = {name: parameter.detach().clone() for name, parameter in tuned(learner).items()} if decay else {}

    def update(self, learner: nn.Module) -> None:
        """Take the weights after one more step into the mean."""
        if not self.means:
            return
        self.steps += 1
        share = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.means.values()), list(tuned(learner).values()), share)

    def put_into(self, learner: nn.Module) -> None:
        """Replace the tuned weights of `learner` by their mean."""
        with torch.no_grad():
            for name, mean in self.means.items():
                tuned(learner)[name].copy_(mean)


@dataclass(frozen=True, slots=True)
class Run:
    """All that changes while training."""

    learner: nn.Module
    optimizer: torch.optim.Optimizer
    average: Average


def save_checkpoint(folder: Path, run: Run, position: Position) -> None:
    """Write tuned parameters, their mean, the optimizer's moments and the position; the old file stays until then."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"mean.{name}": mean for name, mean in run.average.means.items()}
    for name, parameter in tuned(run.learner).items():
        tensors[f"parameter.{name}"] = parameter.detach().contiguous()
        for key, value in run.optimizer.state.get(parameter, {}).items():
            tensors[f"{key}.{name}"] = torch.as_tensor(value).detach().clone().contiguous()
    fresh = folder / f"{TENSORS}.new"
    place = {**asdict(position), "averaged": run.average.steps}
    save_file(tensors, fresh, metadata={"position": json.dumps(place)})
    fresh.replace(folder / TENSORS)
    (folder / PLACE).write_text(json.dumps(place) + "\n", encoding="utf-8")


def load_checkpoint(folder: Path, run: Run) -> Position:
    """Put the checkpoint's state into `run`; returns the position.

    Position and tensors come from one file, so they fit each other whenever the run was stopped.
    Raises `DataError` when there is no checkpoint or it belongs to other settings.
    """
    path = folder / TENSORS
    if not path.exists():
        message = f"no checkpoint in {folder}; train without --resume first"
        raise DataError(message)
    with safe_open(path, framework="pt") as opened:
        place = json.loads(opened.metadata()["position"])
    tensors = load_file(path)
    try:
        run.average.steps = int(place.pop("averaged"))
        _restore(run, tensors)
    except (KeyError, RuntimeError) as error:
        message = f"the checkpoint in {folder} was made with other settings ({error}); train without --resume"
        raise DataError(message) from error
    return Position(**place)


def _restore(run: Run, tensors: dict[str, torch.Tensor]) -> None:
    moments: dict[nn.Parameter, dict[str, torch.Tensor]] = {p: {} for p in tuned(run.learner).values()}
    with torch.no_grad():
        for name, parameter in tuned(run.learner).items():
            parameter.copy_(tensors[f"parameter.{name}"])
            for key in ("step", "exp_avg", "exp_avg_sq"):
                if f"{key}.{name}" in tensors:
                    moments[parameter][key] = tensors[f"{key}.{name}"].to(parameter.device)
        for name, mean in run.average.means.items():
            mean.copy_(tensors[f"mean.{name}"])
    for parameter, state in moments.items():
        if state:
            run.optimizer.state[parameter] = state


def tuned(learner: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {name: parameter for name, parameter in learner.named_parameters() if parameter.requires_grad}
