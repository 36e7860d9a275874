"""Two heaps for all threads: in one of its own each lane would keep what it once held, where no other could use it."""

import ctypes

_HEAPS = 2
"""The main thread's, and one for all others."""

_MOST_ARENAS = -8
"""`M_ARENA_MAX` of glibc's `mallopt`."""


def limit_heaps() -> bool:
    """Let threads that begin later share a heap; False where the C library cannot be told.

    glibc gives each thread a heap, so that none waits for another. Threads that compute rarely ask for memory, but by
    turns for large pieces of it, and in a heap of their own these stay behind. The main thread keeps one: sharing it
    costs time. Measured in `docs/decisions/0026-two-heaps-and-what-trains-no-faster.md`.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # no such function, or no such library
        return False
    return bool(tell(_MOST_ARENAS, _HEAPS))
