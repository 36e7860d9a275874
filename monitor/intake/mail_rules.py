"""What Gmail's labels say of a message: who speaks in it, and whether a rule leaves it unread."""

from collections.abc import Iterable

from monitor.domain.reading import ReadingSpec
from monitor.domain.source import Direction

SPAM, BIN, DRAFT = "SPAM", "TRASH", "DRAFT"


def direction_of(label_ids: Iterable[str]) -> Direction:
    """Who speaks in a message with these labels: the mailbox's owner or somebody else."""
    return Direction.WRITTEN if {"SENT", "DRAFT"} & set(label_ids) else Direction.RECEIVED


def left_out_by_labels(label_ids: Iterable[str], reading: ReadingSpec) -> str:
    """Why a message with these labels stays unread under the district's switches; empty when it is read."""
    labels = set(label_ids)
    if SPAM in labels and not reading.spam:
        return "spam"
    if BIN in labels and not reading.bin:
        return "in the bin"
    if DRAFT in labels and not reading.drafts:
        return "a draft"
    return ""
