"""How sure a share is that was counted: Wilson's interval, which holds for few and for extreme counts as well."""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054  # standard normal, two-sided 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, as a point from 0 to 1 with its 95 % interval. Nothing is known where `whole` is 0."""

    part: int
    whole: int
    point: float | None
    low: float
    high: float


def share(part: int, whole: int) -> Share:
    """The share `part` of `whole` with Wilson's 95 % interval. Raises `ValueError` unless 0 <= part <= whole."""
    if not 0 <= part <= whole:
        message = f"{part} of {whole} is no share"
        raise ValueError(message)
    if whole == 0:
        return Share(0, 0, None, 0.0, 1.0)
    point, square = part / whole, Z_95 * Z_95
    middle = (point + square / (2 * whole)) / (1 + square / whole)
    half = Z_95 / (1 + square / whole) * math.sqrt(point * (1 - point) / whole + square / (4 * whole * whole))
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Share(part, whole, point, low, high)
