"""Lines of a file or pipe in batches: full ones while there is plenty, small ones while somebody waits."""

import os
import select
from collections.abc import Iterator
from typing import BinaryIO

LINES_AT_ONCE = 64
BYTES_AT_ONCE = 4_000_000
LINE_BYTES = 64_000_000
CHUNK_BYTES = 65_536
LINGER_SECONDS = 0.05  # how long a batch that is not full waits for more


def batches_of_lines(source: BinaryIO) -> Iterator[list[bytes]]:
    """All lines of `source` without their line ends, each once and in order; an unfinished last one as well.

    Of a line above `LINE_BYTES` only the beginning is kept, a little more than that many bytes, so that its length
    tells. `source` needs a file descriptor from which nothing was read yet. Raises `OSError` where it cannot be read.
    """
    batch: list[bytes] = []
    for lines in _lines(source.fileno()):
        for line in lines:
            batch.append(line)
            if len(batch) >= LINES_AT_ONCE or sum(map(len, batch)) >= BYTES_AT_ONCE:
                yield batch
                batch = []
        if batch and not select.select([source], [], [], LINGER_SECONDS)[0]:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(descriptor: int) -> Iterator[list[bytes]]:
    """The lines that each read completes; at the end the one that nothing completed."""
    pieces: list[bytes] = []
    length = 0
    while chunk := os.read(descriptor, CHUNK_BYTES):
        *ends, rest = chunk.split(b"\n")
        if ends:
            yield [b"".join([*pieces, ends[0]]), *ends[1:]]
            pieces, length = [], 0
        if length <= LINE_BYTES:
            pieces.append(rest)
            length += len(rest)
    yield [b"".join(pieces)] if length else []
