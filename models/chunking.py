"""Windows of text for the encoder, as character offsets: sentences stay whole where they can, nothing is skipped.

A text is cut into sentences, the sentences are tokenised once, and windows hold whole sentences up to the encoder's
limit. Neighbouring windows share their border sentences, so that no passage is seen only in halves.

Where a long text is cut depends on the words at the cut, not on how far from the beginning it lies: before and after an
edited paragraph the windows, and with them their keys in the cache of scores, are the same as before.
"""

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from models.folding import fold

MAX_TOKENS = 128
"""Tokens of one window, the two markers at its ends included."""

OVERLAP_TOKENS = 32
"""Neighbouring windows of a long text share about this many tokens."""

FEWEST_NEW_TOKENS = 40
"""A window of a long text holds at least this many tokens that the one before did not hold."""

LONG_TOKENS = 64
ENDING_TOKENS = 40
"""The end of a text whose last window is longer than `LONG_TOKENS` is looked at once more by itself, in whole sentences
up to `ENDING_TOKENS`. The end of any other window begins the next one, where it weighs more than behind a page of
ordinary words; the end of a text would have no second look, and that is where people say what they mean."""

UNIT_CHARACTERS = 600
"""A "sentence" longer than this is cut at a space, or hard where there is none."""

MIN_WORD_CUT = 400
"""A long sentence is cut at its last space behind this character, if there is one."""

_BATCH = 256
_BREAK = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f]+[\"'\u201d\u2019)\\]]*(?=\\s)|\\n+"  # the last ones: CJK full stop and marks
)
_SENTENCE_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f:;\"'\u201d\u2019)]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A window `text[start:end]` and its token numbers without the markers.

    `parts` are the sentences in it as (start, end, number of tokens), in order. `opening` says how good a place to cut
    lies before it: 3 a new paragraph, 2 a new line after a whole sentence, 1 a new sentence, 0 in mid-sentence.
    """

    start: int
    end: int
    tokens: "array[int]" = field(default_factory=lambda: array("H"), repr=False, compare=False)
    parts: tuple[tuple[int, int, int], ...] = field(default=(), repr=False, compare=False)
    opening: int = field(default=0, repr=False, compare=False)

    def sentences(self) -> "Iterator[tuple[int, int, array[int]]]":
        """Start, end and tokens of each sentence in the window."""
        first = 0
        for start, end, count in self.parts:
            yield start, end, self.tokens[first : first + count]
            first += count


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences of `text`, in order, without the white space between them.

    Line breaks end a sentence too. A span is at most `UNIT_CHARACTERS` long.
    """
    return list(iter_sentences(text))


def iter_sentences(text: str) -> Iterator[tuple[int, int]]:
    """`split_sentences`, one at a time."""
    start = 0
    for match in _BREAK.finditer(text):
        yield from _bounded(text, start, match.end())
        start = match.end()
    yield from _bounded(text, start, len(text))


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """`text[start:end]` without outer white space, in pieces of at most `UNIT_CHARACTERS`."""
    while start < end:
        stop = min(end, start + UNIT_CHARACTERS)
        if stop < end:
            space = max(text.rfind(" ", start + MIN_WORD_CUT, stop), text.rfind("\t", start + MIN_WORD_CUT, stop))
            stop = space if space > start else stop
        piece = text[start:stop]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            yield left, right
        start = stop


def readable(text: str) -> str:
    """`text` with lone surrogates, which no tokenizer takes, replaced one for one: offsets stay true."""
    return _SURROGATE.sub("\ufffd", text)


def iter_windows(texts: Iterable[str], tokenizer: Any, max_tokens: int = MAX_TOKENS) -> Iterator[tuple[int, Chunk]]:
    """(index of the text, window) over all of `texts` in order, lazily: memory stays bounded whatever their length.

    Together the windows hold every token of a text. White space alone gives none. What the tokenizer sees is folded
    (`models.folding`); offsets are those of the text itself.
    """
    room = max_tokens - 2
    for index, members in groupby(_units(texts, tokenizer, room), key=itemgetter(0)):
        for chunk in _filled((unit for _, unit in members), room):
            yield index, chunk


def iter_chunks(text: str, tokenizer: Any, max_tokens: int = MAX_TOKENS) -> Iterator[Chunk]:
    """`iter_windows` over a single text."""
    return (chunk for _, chunk in iter_windows([text], tokenizer, max_tokens))


def chunk_text(text: str, tokenizer: Any, max_tokens: int = MAX_TOKENS) -> list[Chunk]:
    """`iter_chunks` as a list, for texts of ordinary length."""
    return list(iter_chunks(text, tokenizer, max_tokens))


def _filled(units: Iterable[Chunk], room: int) -> Iterator[Chunk]:
    """Windows of whole units; a window begins with the last units of the one before."""
    held: list[Chunk] = []
    carried = 0  # so many of `held` stood in the window before
    size = 0
    for unit in units:
        while held and size + len(unit.tokens) > room:
            cut = _best_cut([*held, unit], carried)
            yield _joined(held[:cut])
            following = held[cut:]
            tail = _tail(held[:cut], min(OVERLAP_TOKENS, room - len((following or [unit])[0].tokens)))
            held, carried = [*tail, *following], len(tail)
            size = sum(len(part.tokens) for part in held)
        held.append(unit)
        size += len(unit.tokens)
    if held:
        yield _joined(held)
        ending = _tail(held, ENDING_TOKENS)
        if size > LONG_TOKENS and ending:
            yield _joined(ending)


def _best_cut(units: list[Chunk], carried: int) -> int:
    """How many of `units` but the last make the window: the best place to cut that leaves enough new tokens in it.

    Among places equally good the words on both sides decide, so that the same words are cut at the same place again,
    whatever stands before them.
    """
    new, best, found = 0, (-1, -1), len(units) - 1
    for index in range(carried + 1, len(units)):
        before, after = units[index - 1], units[index]
        new += len(before.tokens)
        if new < FEWEST_NEW_TOKENS:
            continue
        rank = (after.opening, zlib.crc32(after.tokens, zlib.crc32(before.tokens)))
        if rank > best:
            best, found = rank, index
    return found


def _units(texts: Iterable[str], tokenizer: Any, room: int) -> Iterator[tuple[int, Chunk]]:
    """(index of the text, sentence with its tokens); one with more than `room` tokens comes in overlapping pieces.

    Sentences of many texts go to the tokenizer together: a call costs as much as a few short sentences.
    """
    spans = ((i, text, *span) for i, text in enumerate(map(readable, texts)) for span in _opened(text))
    while batch := list(islice(spans, _BATCH)):
        folded = [fold(text[start:end]) for _, text, start, end, _ in batch]
        encoded = tokenizer.encode_batch_fast(folded, add_special_tokens=False)  # fast: without offsets
        for (index, _, start, end, opening), plain, encoding in zip(batch, folded, encoded, strict=True):
            ids = encoding.ids
            if len(ids) > room:
                offsets = tokenizer.encode(plain, add_special_tokens=False).offsets
                offsets = _unfolded(offsets, end - start, len(plain))
                yield from ((index, piece) for piece in _pieces((start, end), ids, offsets, room))
            elif ids:
                yield index, Chunk(start, end, array("H", ids), opening=opening)


def _opened(text: str) -> Iterator[tuple[int, int, int]]:
    """The sentences of `text` with how good a place to cut lies before each, as in `Chunk.opening`."""
    last = 0
    for start, end in iter_sentences(text):
        lines = text.count("\n", last, start)
        whole = text[last - 1 : last] in _SENTENCE_ENDS
        yield start, end, 3 if lines > 1 else 2 if lines and whole else int(whole)
        last = end


def _unfolded(offsets: list[tuple[int, int]], original: int, folded: int) -> list[tuple[int, int]]:
    """Offsets into a folded sentence as places in the original one: exact where nothing was folded, else near."""
    if original == folded:
        return offsets
    return [(left * original // folded, right * original // folded) for left, right in offsets]


def _pieces(span: tuple[int, int], ids: list[int], offsets: list[tuple[int, int]], room: int) -> Iterator[Chunk]:
    step = max(1, room - min(OVERLAP_TOKENS, room // 2))
    for first in range(0, len(ids), step):
        last = min(first + room, len(ids))
        start = span[0] + offsets[first][0] if first else span[0]
        end = span[0] + offsets[last - 1][1] if last < len(ids) else span[1]
        yield Chunk(start, end, array("H", ids[first:last]))
        if last == len(ids):
            return


def _joined(units: list[Chunk]) -> Chunk:
    tokens = array("H")
    for unit in units:
        tokens.extend(unit.tokens)
    parts = tuple((unit.start, unit.end, len(unit.tokens)) for unit in units)
    return Chunk(units[0].start, units[-1].end, tokens, parts)


def _tail(units: list[Chunk], tokens: int) -> list[Chunk]:
    """The last whole units that together have at most `tokens` tokens."""
    kept: list[Chunk] = []
    for unit in reversed(units):
        tokens -= len(unit.tokens)
        if tokens < 0:
            break
        kept.append(unit)
    return kept[::-1]
