"""What one epoch sees: a fresh draw from every set, our own sentences in many frames, and batches of similar length."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.batching import plan_batches
from models.folding import fold
from models.training.augment import assemble_chat, is_harmless, reshape_chat, roughen, vary_synthetic
from models.training.buried import BURIED, buried
from models.training.chance import seeded
from models.training.mapping import SETS
from models.training.rows import Row, Targets
from models.training.scraps import SCRAPS, scraps
from models.training.stories import STORIES, young_stories

CHAT_SOURCES = (
    "chat_rooms_nps",
    "game_chat_conda",
    "goemotions",
    "school_stress_sad",
    "formspring",
    "tweeteval_offensive",
    "literature",
    "clear_a",
)
"""Sets whose rows answer `not grooming` and whose lines sound like chat when they stand together."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row as the network sees it: tokens without markers, what is known, its level, and the teacher's opinion."""

    tokens: tuple[int, ...]
    targets: Targets
    level: int | None
    opinion: tuple[float, ...] | None = None


DRAW_SEED = 17
"""Every training draws alike, whatever order it reads in: what was said of a draw once serves all of them."""

LONG = 700
"""Characters: a longer text does not fit one window."""

_POOL = 4096
_DROPPABLE = 8


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
        card = SETS.get(source)
        picked = members[: card.per_epoch] if card else members
        if card and card.windows > 1:
            picked = [row for row in picked for _ in range(card.windows if len(row.text) > LONG else 1)]
        drawn += [roughen(reshape_chat(row, chance), chance) for row in picked]
    drawn += assemble_chat([row for row in drawn if row.source in CHAT_SOURCES], chance)
    drawn += vary_synthetic(synthetic, chance)
    drawn += young_stories([*drawn], chance, min(STORIES, len(rows)))
    drawn += buried([*drawn], chance, min(BURIED, len(rows)))
    drawn += scraps(rows, chance, min(SCRAPS, len(rows)))
    chance.shuffle(drawn)
    return drawn


def _is_common(row: Row) -> bool:
    return not any(row.targets.get(category, (0.0, 0.0))[0] > 0.5 for category in ("self_harm", "violence"))


def encode_rows(
    rows: Sequence[Row], tokenizer: Any, max_tokens: int, chance: random.Random, word_drop: float = 0.0
) -> list[Example]:
    """Tokens and targets of each row; empty ones are left out.

    A text that is too long is cut: a benign one anywhere, since all of it is benign; a dangerous one at its start.
    `word_drop` leaves out that share of the tokens of half of the texts.
    """
    room = max_tokens - 2
    examples: list[Example] = []
    for encoding, row in zip(encode_texts(rows, tokenizer), rows, strict=True):
        extra = len(encoding) - room
        benign = is_harmless(row)
        first = chance.randint(0, extra) if extra > 0 and benign else 0
        tokens = tuple(encoding[first : first + room])
        if word_drop and len(tokens) >= _DROPPABLE and chance.random() < 0.5:
            tokens = tuple(token for token in tokens if chance.random() > word_drop)
        if tokens:
            examples.append(Example(tokens, row.targets, row.level, row.opinion))
    return examples


def encode_texts(rows: Sequence[Row], tokenizer: Any) -> list[list[int]]:
    """Tokens without markers of the first 20,000 characters of each row, folded as they are when served."""
    texts = [fold(row.text[:20_000]).encode("utf-8", "replace").decode() for row in rows]
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def shuffled_batches(examples: Sequence[Example], budget: int, chance: random.Random) -> list[list[int]]:
    """Indices of `examples` in batches under the token budget, random except that lengths within one are alike.

    They are made of 4,096 at a time, and come in random order.
    """
    order = list(range(len(examples)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), _POOL):
        pool = order[start : start + _POOL]
        lengths = [len(examples[i].tokens) + 2 for i in pool]
        batches += [[pool[i] for i in batch] for batch in plan_batches(lengths, budget)]
    chance.shuffle(batches)
    return batches
