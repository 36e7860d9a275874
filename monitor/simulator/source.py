"""Where a mail's bytes come from: memory, a file, or a recipe that makes them when somebody asks."""

from pathlib import Path
from typing import Protocol, runtime_checkable


@runtime_checkable
class Recipe(Protocol):
    """Makes the same bytes every time."""

    def raw(self) -> bytes:
        """The mail's exact bytes."""


Source = bytes | Path | Recipe


def raw_of(source: Source) -> bytes:
    """The exact bytes."""
    if isinstance(source, bytes):
        return source
    return source.read_bytes() if isinstance(source, Path) else source.raw()
