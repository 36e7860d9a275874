"""Which precision of the matrix products is faster on this machine: measured, not guessed from its name."""

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from models.body import Body, pack
from models.categories import ClassifierError

PRECISIONS = {"bf16": torch.bfloat16, "fp32": torch.float32}

CLEARLY_FASTER = 1.2
"""bf16 must be so many times as fast: for less, its rounding is not worth it."""

_ROUNDS = 4
_ROWS, _LENGTH = 8, 62


def choose_precision(wanted: str, blocks: nn.Module, config: Mapping[str, Any]) -> str:
    """`bf16` or `fp32`: `wanted`, or where that is `auto`, what one layer is faster in (some 100 ms).

    Raises `ClassifierError` for any other word.
    """
    if wanted in PRECISIONS:
        return wanted
    if wanted != "auto":
        message = f"the precision {wanted!r} is unknown; use auto, {' or '.join(PRECISIONS)} (HEED_PRECISION)"
        raise ClassifierError(message)
    layers = {name: Body(blocks, config, dtype, layers=1) for name, dtype in PRECISIONS.items()}
    packed = pack([[1000 + i for i in range(_LENGTH)]] * _ROWS)
    with torch.inference_mode():
        embedded = layers["fp32"].embed(packed)
        seconds = dict.fromkeys(layers, math.inf)
        for _ in range(_ROUNDS):  # in turn, and the shortest counts: others may use the machine meanwhile
            for name, layer in layers.items():
                seconds[name] = min(seconds[name], _seconds(partial(layer.states, packed, embedded)))
    return "bf16" if seconds["fp32"] > CLEARLY_FASTER * seconds["bf16"] else "fp32"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
