"""Keys that tell whether two findings are the same text in the same mouth, without holding a word of it.

A finding already has a keyed hash of its flagged passage. What a person does with a text matters as much as the text:
who sent a chain mail on is another case than who received it, and a line of a song in a homework is not the same line
in a mail to a friend. So a key is made of that hash, the source, and who speaks.
"""

import hashlib
from collections.abc import Iterable

from monitor.detection.models import Finding


def passage_key(finding: Finding) -> str:
    """The key (64 hex characters) of the passage of `finding`; its excerpt is not touched."""
    return hashlib.sha256(f"{finding.source}:{finding.speaker}:{finding.excerpt_index}".encode()).hexdigest()


def signature_of(passages: Iterable[str]) -> str:
    """One key (64 hex characters) for a whole set of passages, in any order; empty for none."""
    distinct = sorted(set(passages) - {""})
    return hashlib.sha256(" ".join(distinct).encode()).hexdigest() if distinct else ""
