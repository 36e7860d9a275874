"""Variants of training texts: casing, stretched letters, typing slips, light disguise, frames around our sentences."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from models.training.rows import Row
from models.training.synthetic import FRAMES, fill_slots

ROUGHEN_SHARE = 0.12
"""This share of the rows of an epoch is disguised or mistyped."""

CHAT_WINDOWS = 4000
"""Ordinary chat windows and run-on tales put together per epoch."""

_LINE_END = re.compile(r"\n| \. |(?<=[.!?]) ")

_VARIANTS = 8
_LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"})
_DISGUISE_LINKS = str.maketrans({"i": "1", "l": "1", "o": "0"})


def _lower(text: str, chance: random.Random) -> str:
    return text.lower().replace("'", "") if chance.random() < 0.5 else text.lower()


def _upper(text: str, _: random.Random) -> str:
    return text.upper()


def _stretch(text: str, chance: random.Random) -> str:
    """Repeats one letter of some words."""

    def longer(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) < 3 or chance.random() > 0.2:
            return word
        place = chance.randrange(1, len(word))
        return word[:place] + word[place] * chance.randint(2, 4) + word[place + 1 :]

    return re.sub(r"[A-Za-z]+", longer, text)


def _slip(text: str, chance: random.Random) -> str:
    """Swaps or drops single letters, as fast typing does."""
    letters = list(text)
    for _ in range(max(1, len(text) // 60)):
        place = chance.randrange(max(1, len(letters) - 1))
        if chance.random() < 0.5 and place + 1 < len(letters):
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        elif letters:
            del letters[place]
    return "".join(letters) or text


def _leet(text: str, chance: random.Random) -> str:
    table = _LEET if chance.random() < 0.5 else _DISGUISE_LINKS
    return " ".join(word.translate(table) if chance.random() < 0.4 else word for word in text.split(" "))


def _unpunctuated(text: str, _: random.Random) -> str:
    return re.sub(r"[.,!?;:'\"]", "", text)


WAYS: tuple[Callable[[str, random.Random], str], ...] = (_lower, _lower, _upper, _stretch, _slip, _leet, _unpunctuated)


def roughen(row: Row, chance: random.Random) -> Row:
    """`row`, or with a small chance a rougher spelling of it; danger and harmlessness are roughened alike."""
    if chance.random() > ROUGHEN_SHARE:
        return row
    return replace(row, text=chance.choice(WAYS)(row.text, chance))


def assemble_chat(rows: Sequence[Row], chance: random.Random) -> list[Row]:
    """Ordinary lines put together into windows of the forms that the grooming windows have.

    Half are stacks of short lines, half run on without punctuation, as younger pupils write. Without them the model
    learns that short lines, or a breathless first person, are grooming.
    """
    lines: dict[str, list[str]] = {}
    for row in rows:
        if row.targets.get("grooming", (1.0, 0.0))[0] < 0.5:
            short = [line for line in _LINE_END.split(row.text) if 0 < len(line) < 120]
            lines.setdefault(row.source, []).extend(short)
    sources = sorted(source for source, pool in lines.items() if pool)
    windows: list[Row] = []
    for number in range(min(CHAT_WINDOWS, len(rows)) if sources else 0):
        main = chance.choice(sources)
        picked = [chance.choice(lines[main if chance.random() < 0.7 else chance.choice(sources)]) for _ in range(10)]
        text = _stacked(picked[: chance.randint(4, 10)], chance)
        windows.append(Row(text, "assembled", f"assembled:{number}", {"grooming": (0.0, 1.0), "self_harm": (0.0, 0.3)}))
    return windows


def _stacked(lines: list[str], chance: random.Random) -> str:
    """The lines one under the other, or run together without punctuation and with slips."""
    cased = [line.lower() if chance.random() < 0.5 else line for line in lines]
    if chance.random() < 0.5:
        return "\n".join(cased)
    joined = chance.choice((" ", " and ", " then ", " so ")).join(cased)
    return _slip(_unpunctuated(joined, chance), chance)


def vary_synthetic(rows: Sequence[Row], chance: random.Random, variants: int = _VARIANTS) -> list[Row]:
    """Each of our own sentences several times: slots filled anew, alone or inside a harmless mail or document."""
    harmless = [row for row in rows if all(target < 0.5 for target, _ in row.targets.values())]
    varied: list[Row] = []
    for row in rows:
        for _ in range(variants):
            text = fill_slots(row.text, chance)
            if harmless and chance.random() < 0.45:
                around = [fill_slots(chance.choice(harmless).text, chance) for _ in range(chance.randint(1, 3))]
                text = _framed(text, around, chance)
            varied.append(roughen(replace(row, text=text), chance))
    return varied


def _framed(text: str, around: list[str], chance: random.Random) -> str:
    """`text` among harmless sentences, with a greeting and a close now and then."""
    place = chance.randint(0, len(around))
    joint = chance.choice((" ", " ", "\n", "\n\n"))
    body = joint.join([*around[:place], text, *around[place:]])
    greeting, close = chance.choice(FRAMES)
    return fill_slots(f"{greeting}{body}{close}", chance)
