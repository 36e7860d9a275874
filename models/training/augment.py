"""Variants of training texts: casing, stretched letters, typing slips, light disguise, frames around our sentences."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from models.categories import CATEGORIES
from models.folding import CYRILLIC, CYRILLIC_AS_LATIN
from models.training.rows import Row
from models.training.synthetic import FRAMES, fill_slots

ROUGHEN_SHARE = 0.15
"""This share of the rows of an epoch is disguised or mistyped."""

CHAT_WINDOWS = 5000
"""Ordinary chat windows and run-on tales put together per epoch."""

_PLACEHOLDER = re.compile(r"<x>|\buser\b,?")
_NAMES = ("", "", "", "mike", "jen", "alex", "sara", "chris", "nikki", "dave", "kat")
_LOOKALIKES = dict(zip(CYRILLIC_AS_LATIN, CYRILLIC, strict=True))
_EMOJI = ("😀", "😂", "💀", "😭", "🙂", "❤️", "🔥", "🙏", "😡", "👍", "✨", "🥺")

_LINE_END = re.compile(r"\n| \. |(?<=[.!?]) ")

_VARIANTS = 3
_FRAMED_SHARE = 0.35
_FRAMED_LONGEST = 300
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


def _spaced(text: str, chance: random.Random) -> str:
    """One or two words with their letters apart."""
    return _some_words(text, chance, lambda word: chance.choice(" .-_*").join(word))


def _starred(text: str, chance: random.Random) -> str:
    """One letter of one or two words hidden behind a sign."""

    def hidden(word: str) -> str:
        place = chance.randrange(1, len(word) - 1)
        return word[:place] + chance.choice("*#@!$_") + word[place + 1 :]

    return _some_words(text, chance, hidden)


def _homoglyphs(text: str, chance: random.Random) -> str:
    return "".join(_LOOKALIKES[ch] if ch in _LOOKALIKES and chance.random() < 0.3 else ch for ch in text)


def _emoji(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words.insert(chance.randint(0, len(words)), chance.choice(_EMOJI) * chance.randint(1, 3))
    return " ".join(words)


def _some_words(text: str, chance: random.Random, change: Callable[[str], str]) -> str:
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for place in chance.sample(long, min(len(long), 2)):
        words[place] = change(words[place])
    return " ".join(words)


def is_harmless(row: Row) -> bool:
    """True when no category is known to be there."""
    return all(row.targets.get(category, (0.0, 0.0))[0] < 0.5 for category in CATEGORIES)


def is_known_harmless(row: Row, category: str) -> bool:
    """True when `category` is known not to be there."""
    return row.targets.get(category, (1.0, 0.0))[0] < 0.5


def is_harmless_throughout(row: Row) -> bool:
    """True when every category is known not to be there."""
    return all(is_known_harmless(row, category) for category in CATEGORIES)


def reshape_chat(row: Row, chance: random.Random) -> Row:
    """A chat window without the marks of its collection: placeholders for names, and always ten lines.

    Such marks tell the sets apart perfectly, and a network would learn them instead of what is said.
    """
    if row.source not in ("grooming_windows", "chat_rooms_nps"):
        return row
    lines = [_PLACEHOLDER.sub(lambda _: chance.choice(_NAMES), line).strip() for line in row.text.split("\n")]
    count = chance.randint(min(5, len(lines)), len(lines))
    first = chance.randint(0, len(lines) - count)
    joint = "\n" if chance.random() < 0.8 else " "
    text = joint.join(line for line in lines[first : first + count] if line)
    return replace(row, text=text) if text else row


WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _lower, _lower, _upper, _stretch, _slip, _leet, _unpunctuated, _spaced, _starred, _homoglyphs, _emoji,
)  # fmt: skip


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
        if is_known_harmless(row, "grooming"):
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
    harmless = [row for row in rows if is_harmless(row) and len(row.text) < _FRAMED_LONGEST]
    varied: list[Row] = []
    for row in rows:
        for _ in range(variants):
            text = fill_slots(row.text, chance)
            if harmless and len(text) < _FRAMED_LONGEST and chance.random() < _FRAMED_SHARE:
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
