"""Where a training run stands, as safetensors and JSON: it can be interrupted and taken up again."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from models.heads import Network
from models.training.rows import DataError

TENSORS = "checkpoint.safetensors"
PLACE = "checkpoint.json"


@dataclass(frozen=True, slots=True)
class Position:
    """The next batch to run, and the seconds trained so far over all sittings."""

    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0


def save_checkpoint(folder: Path, network: Network, optimizer: torch.optim.Optimizer, position: Position) -> None:
    """Write tuned parameters, the optimizer's moments and the position; the old file stays until the new is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, parameter in _tuned(network).items():
        tensors[f"parameter.{name}"] = parameter.detach().contiguous()
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{key}.{name}"] = torch.as_tensor(value).detach().clone().contiguous()
    fresh = folder / f"{TENSORS}.new"
    save_file(tensors, fresh, metadata={"position": json.dumps(asdict(position))})
    fresh.replace(folder / TENSORS)
    (folder / PLACE).write_text(json.dumps(asdict(position)) + "\n", encoding="utf-8")


def load_checkpoint(folder: Path, network: Network, optimizer: torch.optim.Optimizer) -> Position:
    """Put the checkpoint's state into `network` and `optimizer`; returns the position.

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
        _restore(network, optimizer, tensors)
    except (KeyError, RuntimeError) as error:
        message = f"the checkpoint in {folder} was made with other settings ({error}); train without --resume"
        raise DataError(message) from error
    return Position(**place)


def _restore(network: Network, optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    moments: dict[torch.nn.Parameter, dict[str, torch.Tensor]] = {p: {} for p in _tuned(network).values()}
    with torch.no_grad():
        for name, parameter in _tuned(network).items():
            parameter.copy_(tensors[f"parameter.{name}"])
            for key in ("step", "exp_avg", "exp_avg_sq"):
                if f"{key}.{name}" in tensors:
                    moments[parameter][key] = tensors[f"{key}.{name}"]
    for parameter, state in moments.items():
        if state:
            optimizer.state[parameter] = state


def _tuned(network: Network) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
