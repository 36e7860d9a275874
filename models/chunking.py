"""Windows of text for the encoder, as character offsets: sentences stay whole where they can, nothing is skipped.

A text is cut into sentences, the sentences are tokenised once, and windows are filled with whole sentences up
to the encoder's limit. Neighbouring windows share their border sentences, so that no passage is seen only in halves.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

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
    """A window `text[start:end]` and its token numbers without the markers."""

    start: int
    end: int
    tokens: "array[int]" = field(default_factory=lambda: array("H"), repr=False, compare=False)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Character spans of the sentences of `text`, in order, without the white space between them.

    Line breaks end a sentence too. A span is at most `UNIT_CHARACTERS` long.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _BREAK.finditer(text):
        spans.extend(_bounded(text, start, match.end()))
        start = match.end()
    spans.extend(_bounded(text, start, len(text)))
    return spans


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


def iter_chunks(text: str, tokenizer: Any, max_tokens: int = MAX_TOKENS) -> Iterator[Chunk]:
    """Windows over all of `text` in order, lazily: memory stays bounded whatever its length.

    Together the windows hold every token of the text. White space alone gives none.
    """
    room = max_tokens - 2
    held: list[Chunk] = []
    for unit in _units(readable(text), tokenizer, room):
        if held and sum(len(part.tokens) for part in held) + len(unit.tokens) > room:
            yield _joined(held)
            held = _tail(held, min(OVERLAP_TOKENS, room - len(unit.tokens)))
        held.append(unit)
    if held:
        yield _joined(held)


def chunk_text(text: str, tokenizer: Any, max_tokens: int = MAX_TOKENS) -> list[Chunk]:
    """`iter_chunks` as a list, for texts of ordinary length."""
    return list(iter_chunks(text, tokenizer, max_tokens))


def _units(text: str, tokenizer: Any, room: int) -> Iterator[Chunk]:
    """Sentences with their tokens; one with more than `room` tokens comes in overlapping pieces."""
    spans = iter(split_sentences(text))
    while batch := list(islice(spans, _BATCH)):
        encoded = tokenizer.encode_batch([text[start:end] for start, end in batch], add_special_tokens=False)
        for (start, end), encoding in zip(batch, encoded, strict=True):
            if len(encoding.ids) <= room:
                yield Chunk(start, end, array("H", encoding.ids))
            else:
                yield from _pieces(start, encoding.ids, encoding.offsets, room)


def _pieces(base: int, ids: list[int], offsets: list[tuple[int, int]], room: int) -> Iterator[Chunk]:
    step = max(1, room - min(OVERLAP_TOKENS, room // 2))
    for first in range(0, len(ids), step):
        last = min(first + room, len(ids))
        yield Chunk(base + offsets[first][0], base + offsets[last - 1][1], array("H", ids[first:last]))
        if last == len(ids):
            return


def _joined(units: list[Chunk]) -> Chunk:
    tokens = array("H")
    for unit in units:
        tokens.extend(unit.tokens)
    return Chunk(units[0].start, units[-1].end, tokens)


def _tail(units: list[Chunk], tokens: int) -> list[Chunk]:
    """The last whole units that together have at most `tokens` tokens."""
    kept: list[Chunk] = []
    for unit in reversed(units):
        tokens -= len(unit.tokens)
        if tokens < 0:
            break
        kept.append(unit)
    return kept[::-1]
