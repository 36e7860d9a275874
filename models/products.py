"""How the encoder's matrix products are computed: in floats of one precision. `models.eight_bits` has another way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch.nn import functional

Product = Callable[[torch.Tensor], torch.Tensor]
"""(n, in) → (n, out)."""


@dataclass(frozen=True, slots=True)
class Affine:
    """A weight (out, in) and a bias (out,)."""

    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(n, in) → (n, out), in the weight's precision."""
        return functional.linear(x, self.weight, self.bias)


class Arithmetic(Protocol):
    """Makes the products of a layer. `name` is `<layer>.mix`, `<layer>.close` or, for a pair, `<layer>.feed`."""

    dtype: torch.dtype
    """What the products read."""

    def product(self, name: str, affine: Affine) -> Product:
        """One product of `affine` (float32)."""
        ...

    def feed(self, name: str, widen: Affine, narrow: Affine) -> Product:
        """The feed-forward pair: `narrow(gelu(widen(x)))`."""
        ...


ROWS = 32
"""Batches are filled up to a multiple of so many rows in less than float32: the library prepares a kernel for each new
number of rows, and keeps it.
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """A `product` over batches that are filled up to a multiple of `ROWS` rows."""

    product: Product

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(n, in) → (n, out), in the product's precision."""
        rows = x.shape[0]
        return self.product(functional.pad(x, (0, 0, 0, -rows % ROWS)))[:rows]


class Floats:
    """Products in `dtype`."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype

    def product(self, name: str, affine: Affine) -> Product:  # noqa: ARG002 - floats need to know no name
        """`affine` in `dtype`."""
        return self._filled(self._cast(affine))

    def feed(self, name: str, widen: Affine, narrow: Affine) -> Product:  # noqa: ARG002 - floats need to know no name
        """Both in `dtype`, over a batch that is filled up once."""
        wide, back = self._cast(widen), self._cast(narrow)
        return self._filled(lambda x: back(functional.gelu(wide(x))))

    def _cast(self, affine: Affine) -> Affine:
        return Affine(affine.weight.to(self.dtype), affine.bias.to(self.dtype))

    def _filled(self, product: Product) -> Product:
        return product if self.dtype == torch.float32 else Filled(product)


class Watching(Floats):
    """Products in float32 that note the highest and lowest value of every column that they read, for `eight_bits`."""

    def __init__(self) -> None:
        super().__init__(torch.float32)
        self.peaks: dict[str, torch.Tensor] = {}
        """`<layer>.mix|close|widen|narrow` → (2, in): highest and lowest values seen."""

    def product(self, name: str, affine: Affine) -> Product:
        """`affine`, watched."""

        def watched(x: torch.Tensor) -> torch.Tensor:
            high, low = x.amax(0), x.amin(0)
            if name in self.peaks:
                high, low = torch.maximum(high, self.peaks[name][0]), torch.minimum(low, self.peaks[name][1])
            self.peaks[name] = torch.stack([high, low])
            return affine(x)

        return watched

    def feed(self, name: str, widen: Affine, narrow: Affine) -> Product:
        """Both, watched under the names `widen` and `narrow`."""
        layer = name.partition(".")[0]
        wide, back = self.product(f"{layer}.widen", widen), self.product(f"{layer}.narrow", narrow)
        return lambda x: back(functional.gelu(wide(x)))
