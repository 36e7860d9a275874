"""Chance that can be repeated: a fixed shuffle for what is put aside, and seeded generators."""

import hashlib
import random


def hash_share(key: str) -> float:
    """A number in 0…1 that depends only on `key`: where it stands in a fixed shuffle."""
    digest = hashlib.sha256(f"heed-split-1:{key}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def seeded(*numbers: int) -> random.Random:
    """A generator that depends only on `numbers`; nothing secret hangs on it."""
    return random.Random(repr(numbers))  # noqa: S311 - draws training rows, guards nothing
