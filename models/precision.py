"""Which arithmetic of the matrix products is fastest on this machine: measured, not guessed from its name."""

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from models.body import Body, pack
from models.categories import ClassifierError
from models.eight_bits import Eights, Peaks, have_eight_bits, pair_limit
from models.products import Arithmetic, Floats

PRECISIONS = ("fp32", "bf16", "int8")
"""From the most exact to the least."""

CLEARLY_FASTER = 1.2
"""A less exact arithmetic must be so many times as fast: for less, its rounding is not worth it."""

_ROUNDS = 6
_ROWS, _LENGTH = 8, 62


def arithmetic_of(precision: str, peaks: Peaks | None = None) -> Arithmetic:
    """What computes in `precision`; `int8` needs the classifier's `peaks`."""
    if precision == "int8" and peaks:
        return Eights(peaks, pair_limit())
    return Floats(torch.bfloat16 if precision == "bf16" else torch.float32)


def choose_precision(wanted: str, blocks: nn.Module, config: Mapping[str, Any], peaks: Peaks | None = None) -> str:
    """One of `PRECISIONS`: `wanted`, or where that is `auto`, what one layer is faster in (some 200 ms).

    It is measured with the caller's threads; with several of them 8 bits seem to bring less than they do in a lane.
    Raises `ClassifierError` for any other word, and for an `int8` that this machine or this classifier does not have.
    """
    able = bool(peaks) and have_eight_bits()
    if wanted == "int8" and not able:
        message = "int8 needs a processor with AVX2 or VNNI and a classifier made for it; use auto, fp32 or bf16"
        raise ClassifierError(message)
    if wanted in PRECISIONS:
        return wanted
    if wanted != "auto":
        message = f"the precision {wanted!r} is unknown; use auto, {' or '.join(PRECISIONS)} (HEED_PRECISION)"
        raise ClassifierError(message)
    names = [name for name in PRECISIONS if name != "int8" or able]
    layers = {name: Body(blocks, config, arithmetic_of(name, peaks), layers=1) for name in names}
    packed = pack([[1000 + i for i in range(_LENGTH)]] * _ROWS)
    with torch.inference_mode():
        embedded = layers["fp32"].embed(packed)
        seconds = dict.fromkeys(layers, math.inf)
        for _ in range(_ROUNDS):  # in turn, and the shortest counts: others may use the machine meanwhile
            for name, layer in layers.items():
                seconds[name] = min(seconds[name], _seconds(partial(layer.states, packed, embedded)))
    chosen = "fp32"
    for name in names[1:]:
        if seconds[chosen] > CLEARLY_FASTER * seconds[name]:
            chosen = name
    return chosen


def rounding_of(precision: str) -> str:
    """`precision`, with what this processor adds to its rounding: scores of another rounding are other scores."""
    pairs = pair_limit() if precision == "int8" else None
    return precision if pairs is None else f"{precision}, neighbours up to {pairs}"


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
