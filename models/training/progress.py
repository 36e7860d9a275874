"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import TextIO

_EVERY_SECONDS = 20.0


class Progress:
    """Shows how far a loop of known length is, with a smoothed figure and the time left."""

    def __init__(self, total: int, label: str, stream: TextIO | None = None) -> None:
        self.total = max(1, total)
        self.label = label
        self.stream = stream or sys.stderr
        self.started = time.monotonic()
        self.first: int | None = None
        self.shown = 0.0
        self.figure: float | None = None

    def show(self, done: int, figure: float | None = None) -> None:
        """Report `done` of `total`; `figure` (a loss, say) is averaged over the last hundred or so calls."""
        if self.first is None:
            self.first = done - 1
        if figure is not None:
            self.figure = figure if self.figure is None else 0.99 * self.figure + 0.01 * figure
        now = time.monotonic()
        on_terminal = self.stream.isatty()
        if done < self.total and now - self.shown < (0.2 if on_terminal else _EVERY_SECONDS):
            return
        self.shown = now
        pace = (done - self.first) / max(1e-9, now - self.started)
        left = (self.total - done) / max(1e-9, pace)
        shown = "" if self.figure is None else f" loss {self.figure:.4f}"
        line = f"{self.label} {done}/{self.total} ({100 * done / self.total:.0f} %){shown} {left:.0f} s left"
        end = "" if on_terminal and done < self.total else "\n"
        self.stream.write(("\r" if on_terminal else "") + line + end)
        self.stream.flush()
