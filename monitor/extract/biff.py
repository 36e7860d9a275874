"""Excel's binary records: their chain, their strings, and the table of shared strings with its broken lines."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEAD = struct.Struct("<HH")
_CONTINUE = 0x3C
_MAX_RECORDS = 2_000_000
_MAX_STRINGS = 1_000_000


@dataclass(slots=True)
class Record:
    """One record: its place in the stream, kind, content, and the records that continue it."""

    at: int
    kind: int
    data: bytes
    more: list[bytes] = field(default_factory=list)


def iter_records(stream: bytes) -> Iterator[Record]:
    """The records of a workbook in order, as far as the stream goes."""
    current: Record | None = None
    at = 0
    for _ in range(_MAX_RECORDS):
        if at + _HEAD.size > len(stream):
            break
        kind, size = _HEAD.unpack_from(stream, at)
        data = stream[at + _HEAD.size : at + _HEAD.size + size]
        if kind == _CONTINUE and current is not None:
            current.more.append(data)
        else:
            if current is not None:
                yield current
            current = Record(at, kind, data)
        at += _HEAD.size + size
    if current is not None:
        yield current


def read_string(data: bytes, length_size: int, *, wide: bool, charset: str = "cp1252") -> str:
    """A string behind its length in 1 or 2 bytes; `wide` since Excel 97, with a flag for 16-bit characters.

    `charset`: of older ones."""
    length = int.from_bytes(data[:length_size], "little")
    if not wide:
        return data[length_size : length_size + length].decode(charset, "replace")
    if len(data) <= length_size:
        return ""
    flags = data[length_size]
    at = length_size + 1 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
    if flags & 1:
        return data[at : at + 2 * length].decode("utf-16-le", "replace")
    return data[at : at + length].decode("latin-1", "replace")


def read_shared_strings(record: Record) -> list[str]:
    """All strings of the table; a string that is broken over two records goes on behind a new width flag."""
    cursor = _Cursor([record.data, *record.more])
    cursor.take(4)
    count = int.from_bytes(cursor.take(4), "little")
    strings: list[str] = []
    for _ in range(min(count, _MAX_STRINGS)):
        if cursor.is_at_end():
            break
        strings.append(_shared_string(cursor))
    return strings


def _shared_string(cursor: "_Cursor") -> str:
    length = int.from_bytes(cursor.take(2), "little")
    flags = int.from_bytes(cursor.take(1), "little")
    runs = int.from_bytes(cursor.take(2), "little") if flags & 8 else 0
    extra = int.from_bytes(cursor.take(4), "little") if flags & 4 else 0
    pieces: list[str] = []
    left = length
    while left > 0 and not cursor.is_at_end():
        width = 2 if flags & 1 else 1
        piece = cursor.take_here(left * width)
        pieces.append(piece.decode("utf-16-le" if width == 2 else "latin-1", "replace"))
        left -= max(1, len(piece) // width)
        if left > 0:
            flags = int.from_bytes(cursor.next_record(), "little")
    cursor.take(4 * runs)
    cursor.take(extra)
    return "".join(pieces)


class _Cursor:
    """Reads on over the borders of continued records."""

    def __init__(self, records: list[bytes]) -> None:
        self._records = records
        self._number = 0
        self._at = 0

    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        self._advance()
        return self._number >= len(self._records)

    def take(self, count: int) -> bytes:
        """`count` bytes, or as many as there are, wherever the borders lie."""
        pieces: list[bytes] = []
        while count > 0 and not self.is_at_end():
            piece = self.take_here(count)
            pieces.append(piece)
            count -= len(piece)
        return b"".join(pieces)

    def take_here(self, count: int) -> bytes:
        """At most `count` bytes of the current record."""
        self._advance()
        if self._number >= len(self._records):
            return b""
        piece = self._records[self._number][self._at : self._at + count]
        self._at += len(piece)
        return piece

    def next_record(self) -> bytes:
        """The first byte of the next record."""
        self._number += self._number < len(self._records) and self._at > 0
        self._at = 0
        return self.take_here(1)

    def _advance(self) -> None:
        while self._number < len(self._records) and self._at >= len(self._records[self._number]):
            self._number += 1
            self._at = 0
