"""Batches of similar length under a token budget, so that padding costs little and memory is bounded."""

from collections.abc import Sequence


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices of `lengths`, grouped so that (longest times count) of each group is at most `budget` tokens.

    Every index occurs exactly once; a single item longer than the budget makes a batch of its own.
    Indices are ordered by length, so neighbours in a batch need little padding.

    Raises `ValueError` when the budget is below 1.
    """
    if budget < 1:
        message = f"a token budget of {budget} holds nothing; give at least 1"
        raise ValueError(message)
    batches: list[list[int]] = []
    current: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if current and lengths[index] * (len(current) + 1) > budget:
            batches.append(current)
            current = []
        current.append(index)
    if current:
        batches.append(current)
    return batches


def plan_packed(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices of `lengths`, ordered by length, grouped so that the sum of each group is at most `budget` tokens.

    For rows that are packed without padding. Every index occurs exactly once; a single item longer than the budget
    makes a group of its own; (longest times count) stays below twice the budget, for what must be padded after all.
    Raises `ValueError` when the budget is below 1.
    """
    if budget < 1:
        message = f"a token budget of {budget} holds nothing; give at least 1"
        raise ValueError(message)
    batches: list[list[int]] = []
    current: list[int] = []
    held = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[index]
        if current and (held + length > budget or length * (len(current) + 1) > 2 * budget):
            batches.append(current)
            current, held = [], 0
        current.append(index)
        held += length
    if current:
        batches.append(current)
    return batches
