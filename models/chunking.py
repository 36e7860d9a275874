"""Windows of text for the encoder, as character offsets: sentences stay whole where they can, nothing is skipped.

A text is cut into sentences, the sentences are tokenised once, and windows are filled with whole sentences up
to the encoder's limit. Neighbouring windows share their border sentences, so that no passage is seen only in halves.
"""

import re
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

UNIT_CHARACTERS = 600
"""A "sentence" longer than this is cut at a space, or hard where there is none."""

MIN_WORD_CUT = 400
"""A long sentence is cut at its last space behind this character, if there is one."""

_BATCH = 256
_BREAK = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f]+[\"'\u201d\u2019)\\]]*(?=\\s)|\\n+"  # the last ones: CJK full stop and marks
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A window `text[start:end]` and its token numbers without the markers.

    `parts` are the sentences in it as (start, end, number of tokens), in order.
    """

    start: int
    end: int
    tokens: "array[int]" = field(default_factory=lambda: array("H"), repr=False, compare=False)
    parts: tuple[tuple[int, int, int], ...] = field(default=(), repr=False, compare=False)

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
    size = 0
    for unit in units:
        if held and size + len(unit.tokens) > room:
            yield _joined(held)
            held = _tail(held, min(OVERLAP_TOKENS, room - len(unit.tokens)))
            size = sum(len(part.tokens) for part in held)
        held.append(unit)
        size += len(unit.tokens)
    if held:
        yield _joined(held)


def _units(texts: Iterable[str], tokenizer: Any, room: int) -> Iterator[tuple[int, Chunk]]:
    """(index of the text, sentence with its tokens); one with more than `room` tokens comes in overlapping pieces.

    Sentences of many texts go to the tokenizer together: a call costs as much as a few short sentences.
    """
    spans = ((i, text, *span) for i, text in enumerate(map(readable, texts)) for span in iter_sentences(text))
    while batch := list(islice(spans, _BATCH)):
        folded = [fold(text[start:end]) for _, text, start, end in batch]
        encoded = tokenizer.encode_batch_fast(folded, add_special_tokens=False)  # fast: without offsets
        for (index, _, start, end), plain, encoding in zip(batch, folded, encoded, strict=True):
            ids = encoding.ids
            if len(ids) > room:
                offsets = tokenizer.encode(plain, add_special_tokens=False).offsets
                offsets = _unfolded(offsets, end - start, len(plain))
                yield from ((index, piece) for piece in _pieces((start, end), ids, offsets, room))
            elif ids:
                yield index, Chunk(start, end, array("H", ids))


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
