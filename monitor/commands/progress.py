"""How far a long command is: a bar on a terminal, a line now and then elsewhere; always on standard error."""

import sys
import time
from types import TracebackType

BAR_WIDTH = 30
LINE_EVERY_SECONDS = 15.0


class Progress:
    """Shows `done` of `total` things. Use it in a `with`."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._is_terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_terminal and self._total:
            print(file=sys.stderr)

    def advance(self, steps: int = 1) -> None:
        """Count `steps` more as done and show it when it is time to."""
        self._done += steps
        now = time.monotonic()
        if self._is_terminal:
            filled = BAR_WIDTH * min(self._done, self._total) // max(self._total, 1)
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            print(f"\r[{bar}] {self._done}/{self._total} {self._what}", end="", file=sys.stderr, flush=True)
        elif now - self._shown_at >= LINE_EVERY_SECONDS:
            self._shown_at = now
            self.note(f"{self._done}/{self._total} {self._what}")

    def note(self, text: str) -> None:
        """Say something beside the count."""
        print(text, file=sys.stderr, flush=True)
