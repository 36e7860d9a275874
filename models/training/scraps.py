"""Harmless scraps: pieces of mails, books and posts one after another, some with their words astray.

A ceiling of one alarm in several thousand mails rests on the oddest of them: dialect, verse, lists, half-sentences. A
small network has met too few to know that what is strange is not thereby dangerous. Nothing dangerous goes in, so
nothing dangerous comes out, whatever the order.
"""

import random
from collections.abc import Sequence

from models.categories import CATEGORIES
from models.training.augment import is_harmless_throughout
from models.training.buried import LONGEST_WHOLE
from models.training.rows import Row, Targets
from models.training.stories import misspelt

SCRAPS = 9000
"""Texts of this kind per epoch: as many windows as mails, books and school reading have together."""

PROSE = ("literature", "clear_a", "mail_ham")
POSTS = ("goemotions", "school_stress_sad", "tweeteval_offensive", "davidson")
"""Half of all pieces come from each of both. Other posts are called harmless with less right, and look-alikes of our
own mean something else without the words around them.
"""

_PIECES = 5
_SHORTEST, _LONGEST = 3, 40
_JOINTS = (" ", " ", "\n", "\n\n", ", ", " - ", " | ", "\n> ", "\n* ")
_SHUFFLED, _STREWN, _MISSPELT, _CASED = 0.2, 0.2, 0.1, 0.15


def scraps(rows: Sequence[Row], chance: random.Random, count: int = SCRAPS) -> list[Row]:
    """`count` rows of the source `scraps`, cut out of the harmless ones among `rows`; none where there are none."""
    kinds = [pools for sources in (PROSE, POSTS) if (pools := _pools(rows, sources))]
    if not kinds:
        return []
    return [_scrap(kinds, number, chance) for number in range(count)]


def _pools(rows: Sequence[Row], sources: Sequence[str]) -> list[list[tuple[list[str], Targets]]]:
    """Words and targets of the harmless rows, by set."""
    found: dict[str, list[tuple[list[str], Targets]]] = {}
    for row in rows:
        if row.source in sources and is_harmless_throughout(row) and len(words := row.text.split()) >= _SHORTEST:
            found.setdefault(row.source, []).append((words, row.targets))
    return [found[source] for source in sorted(found)]


def _scrap(kinds: Sequence[list[list[tuple[list[str], Targets]]]], number: int, chance: random.Random) -> Row:
    """Pieces up to one window, as little trusted as the least trusted of them."""
    pieces: list[str] = []
    trusted = dict.fromkeys(CATEGORIES, 1.0)
    room = LONGEST_WHOLE
    for _ in range(chance.randint(1, _PIECES)):
        words, known = chance.choice(chance.choice(chance.choice(kinds)))
        piece = _piece(words, chance)[:room]
        room -= len(piece)
        pieces.append(" ".join(piece))
        trusted = {category: min(trusted[category], known[category][1]) for category in CATEGORIES}
        if room < _SHORTEST:
            break
    text = chance.choice(_JOINTS).join(pieces)
    if chance.random() < _MISSPELT:
        text = misspelt(text, chance)
    elif chance.random() < _CASED:
        text = chance.choice((str.lower, str.upper, str.title))(text)
    targets: Targets = {category: (0.0, weight) for category, weight in trusted.items()}
    return Row(text, "scraps", f"scraps:{number}", targets)


def _piece(words: Sequence[str], chance: random.Random) -> list[str]:
    """Words that follow one another, some of them shuffled or with figures strewn in."""
    length = chance.randint(_SHORTEST, _LONGEST)
    first = chance.randint(0, max(0, len(words) - length))
    piece = list(words[first : first + length])
    if chance.random() < _SHUFFLED:
        chance.shuffle(piece)
    if chance.random() < _STREWN:
        for _ in range(chance.randint(1, 4)):
            piece.insert(chance.randint(0, len(piece)), _figure(chance))
    return piece


def _figure(chance: random.Random) -> str:
    """A number, a date, a time, a version, an address or an odd word as lists and logs have them."""
    number = chance.randrange(10 ** chance.randint(1, 6))
    return chance.choice(
        (
            str(number),
            f"{chance.randint(1, 12)}/{chance.randint(1, 28)}/{chance.randint(1990, 2026)}",
            f"{chance.randint(0, 23)}:{chance.randint(0, 59):02}",
            f"v{chance.randint(0, 9)}.{chance.randint(0, 20)}",
            f"http://example.com/{number:x}",
            f"<{number:x}>",
            f"({number})",
            f"#{number}",
        )
    )
