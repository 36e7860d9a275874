"""What one epoch sees: a fresh draw from every set, our own sentences in many frames, and batches of similar length."""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from models.batching import plan_batches
from models.training.augment import assemble_chat, roughen, vary_synthetic
from models.training.chance import seeded
from models.training.mapping import SETS
from models.training.rows import Row

CHAT_SOURCES = ("chat_rooms_nps", "game_chat_conda", "goemotions", "school_stress_sad", "literature", "clear_a")
"""Sets whose rows answer `not grooming` and whose lines sound like chat when they stand together."""

Example = tuple[tuple[int, ...], dict[str, tuple[float, float]]]

_POOL = 4096


def draw_epoch(rows: Sequence[Row], synthetic: Sequence[Row], epoch: int, seed: int) -> list[Row]:
    """The rows of one epoch, shuffled; depends only on the arguments.

    Of each set at most `per_epoch` rows are drawn; its rows with a rare danger come first, so none of them is missed.
    """
    chance = seeded(seed, epoch, 1)
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row)
    drawn: list[Row] = []
    for source, members in sorted(by_source.items()):
        chance.shuffle(members)
        members.sort(key=_is_common)
        limit = SETS[source].per_epoch if source in SETS else len(members)
        drawn += [roughen(row, chance) for row in members[:limit]]
    drawn += assemble_chat([row for row in drawn if row.source in CHAT_SOURCES], chance)
    drawn += vary_synthetic(synthetic, chance)
    chance.shuffle(drawn)
    return drawn


def _is_common(row: Row) -> bool:
    return not any(row.targets.get(category, (0.0, 0.0))[0] > 0.5 for category in ("self_harm", "violence"))


def encode_rows(rows: Sequence[Row], tokenizer: Any, max_tokens: int, chance: random.Random) -> list[Example]:
    """Tokens and targets of each row; empty ones are left out.

    A text that is too long is cut: a benign one anywhere, since all of it is benign; a dangerous one at its start.
    """
    room = max_tokens - 2
    examples: list[Example] = []
    for encoding, row in zip(_encoded(rows, tokenizer), rows, strict=True):
        extra = len(encoding) - room
        benign = all(target < 0.5 for target, _ in row.targets.values())
        first = chance.randint(0, extra) if extra > 0 and benign else 0
        tokens = tuple(encoding[first : first + room])
        if tokens:
            examples.append((tokens, dict(row.targets)))
    return examples


def _encoded(rows: Sequence[Row], tokenizer: Any) -> list[list[int]]:
    texts = [row.text[:20_000].encode("utf-8", "replace").decode() for row in rows]
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def shuffled_batches(examples: Sequence[Example], budget: int, chance: random.Random) -> list[list[int]]:
    """Indices of `examples` in batches under the token budget, random except that lengths within one are alike."""
    order = list(range(len(examples)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), _POOL):
        pool = order[start : start + _POOL]
        planned = plan_batches([len(examples[i][0]) + 2 for i in pool], budget)
        batches += [[pool[i] for i in batch] for batch in planned]
    chance.shuffle(batches)
    return batches
