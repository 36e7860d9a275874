"""The encoder's matrix products in 8-bit integers, for processors that multiply those faster than floats.

Values become integers by one fixed scale per product, from peaks that were watched when the classifier was made: a row
is computed the same whatever stands beside it. Two things keep the rounding small. Columns that reach far are shrunk
and their weights grown by as much (SmoothQuant, Xiao and others 2022). The few inner units of a feed-forward pair that
reach furthest are computed apart, in float32 (after LLM.int8, Dettmers and others 2022).
"""

from collections.abc import Mapping

import torch
from torch.nn import functional

from models.products import ROWS, Affine, Product

STEPS = 255
APART = 16
"""Inner units of each layer that are computed in float32."""

SHARE = 0.7
"""How much of a column's reach moves into its weights: 0 nothing, 1 all of it."""

GELU_LOW = -0.17
"""The least value of gelu."""

PAIR_LIMIT = 128
"""255 · 128 = 32,640: 16 bits hold 32,767."""

_LEAST = 1e-4

Peaks = Mapping[str, torch.Tensor]
"""`<layer>.mix|close|widen|narrow` → (2, in): highest and lowest value of every column."""


def have_eight_bits() -> bool:
    """Whether 8-bit products are faster than floats here (VNNI or AVX2), and torch has kernels for them."""
    kernels = "mkldnn" in torch.__config__.show().lower() and hasattr(torch.ops.onednn, "qlinear_pointwise")
    return kernels and (_processor_has("vnni") or _processor_has("avx2"))


def pair_limit() -> int | None:
    """What the sizes of two neighbouring weights of a row may add up to on this processor; None for any.

    With VNNI products are added in 32 bits. With AVX2 alone the products of two neighbours are first added in 16 bits.
    """
    return None if _processor_has("vnni") else PAIR_LIMIT


def _processor_has(instructions: str) -> bool:
    return bool(getattr(torch.cpu, f"_is_{instructions}_supported", lambda: False)())


class Scale:
    """Numbers `low…high` as integers 0…255: `number = (integer - zero) · step`."""

    def __init__(self, high: float, low: float) -> None:
        low, high = min(low, 0.0), max(high, _LEAST)
        self.step = (high - low) / STEPS
        self.zero = round(-low / self.step)


class Packed:
    """A weight as int8 with a scale per row, packed for the kernel; neighbours stay within `pairs` together."""

    def __init__(self, affine: Affine, pairs: int | None) -> None:
        sizes = affine.weight.abs()
        steps = sizes.amax(1) / 127
        if pairs is not None:
            both = sizes.view(len(sizes), -1, 2).sum(2).amax(1)
            steps = torch.maximum(steps, both / (pairs - 1))  # rounding adds one at most
        steps = steps.clamp(min=1e-9)
        whole = (affine.weight / steps.unsqueeze(1)).round().clamp(-127, 127).to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(whole, None)
        self.steps = steps
        self._zeros = torch.zeros(len(steps), dtype=torch.long)
        self._bias = affine.bias

    def floats(self, x: torch.Tensor, scale: Scale) -> torch.Tensor:
        """(n, in) as uint8 under `scale` → (n, out) in float32."""
        return self._run(x, scale, (1.0, 0, torch.float32, "none"))

    def gelu(self, x: torch.Tensor, scale: Scale, after: Scale) -> torch.Tensor:
        """(n, in) as uint8 under `scale` → gelu of the product (n, out) as uint8 under `after`."""
        return self._run(x, scale, (after.step, after.zero, torch.uint8, "gelu"))

    def _run(self, x: torch.Tensor, scale: Scale, out: tuple[float, int, torch.dtype, str]) -> torch.Tensor:
        step, zero, dtype, post = out
        found: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            x, scale.step, scale.zero, self._weight, self.steps, self._zeros, self._bias,
            step, zero, dtype, post, [], "none",
        )  # fmt: skip
        return found


class Smoothed:
    """Reads float32 columns, shrunk so that none reaches far beyond the others, as uint8."""

    def __init__(self, weight: torch.Tensor, peaks: torch.Tensor) -> None:
        high, low = peaks.float()
        reach = torch.maximum(high, -low).clamp(min=_LEAST)
        self.columns = reach**SHARE / weight.abs().amax(0).clamp(min=_LEAST) ** (1 - SHARE)
        self.scale = Scale(float((high / self.columns).max()), float((low / self.columns).min()))
        self._factor = 1 / (self.columns * self.scale.step)
        self._rounding = torch.full_like(self._factor, self.scale.zero + 0.5)

    def whole(self, x: torch.Tensor) -> torch.Tensor:
        """(n, in) → uint8 of (n rounded up, in); what lies outside the scale is cut to its ends."""
        rows = x.shape[0]
        found = torch.empty((rows + -rows % ROWS, x.shape[1]), dtype=torch.uint8)
        found[:rows].copy_(torch.addcmul(self._rounding, x, self._factor).clamp_(0, STEPS))
        found[rows:].fill_(self.scale.zero)
        return found


class Eights:
    """Products in 8-bit integers, by `peaks`; `pairs` as `pair_limit` has it."""

    dtype = torch.float32

    def __init__(self, peaks: Peaks, pairs: int | None) -> None:
        self._peaks = peaks
        self._pairs = pairs

    def product(self, name: str, affine: Affine) -> Product:
        """`affine` in 8 bits. Raises `KeyError` when no peaks are known for `name`."""
        smoothed = Smoothed(affine.weight, self._peaks[name])
        packed = Packed(Affine(affine.weight * smoothed.columns, affine.bias), self._pairs)
        return lambda x: packed.floats(smoothed.whole(x), smoothed.scale)[: x.shape[0]]

    def feed(self, name: str, widen: Affine, narrow: Affine) -> Product:
        """Both in 8 bits, but for the inner units that reach furthest."""
        layer = name.partition(".")[0]
        smoothed = Smoothed(widen.weight, self._peaks[f"{layer}.widen"])
        high = self._peaks[f"{layer}.narrow"][0].float().clone()
        apart = high.argsort(descending=True)[:APART]
        high[apart] = 0.0
        between = Scale(float(high.max()), GELU_LOW)
        wide = Packed(Affine(widen.weight * smoothed.columns, widen.bias), self._pairs)
        less = narrow.weight.clone()
        less[:, apart] = 0.0
        back = Packed(Affine(less, narrow.bias), self._pairs)
        far = Affine(widen.weight[apart].contiguous(), widen.bias[apart].contiguous())
        far_back = narrow.weight[:, apart].t().contiguous()

        def fed(x: torch.Tensor) -> torch.Tensor:
            inner = wide.gelu(smoothed.whole(x), smoothed.scale, between)
            found = back.floats(inner, between)[: x.shape[0]]
            return found.addmm_(functional.gelu(far(x)), far_back)

        return fed
