"""Held-out rows that a person read because they scored high among the harmless, and found to be no such thing.

A set of comments or mails that is harmless by its label holds some insults and threats all the same. Thresholds rest on
the highest scores among harmless texts, so a few wrong labels would decide them. Only digests are kept, and only for
fitting thresholds: no figure leaves these rows out.
"""

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "reviewed.jsonl"


@cache
def set_aside() -> frozenset[tuple[str, str]]:
    """(digest of the text, category) of each row that is not harmless in that category."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset((raw["digest"], raw["category"]) for raw in map(json.loads, lines))
