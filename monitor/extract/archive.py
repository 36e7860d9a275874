"""A zip archive of unknown origin: bounded, and read as far as it goes when it is damaged."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from monitor.extract.context import Context
from monitor.extract.trouble import Broken, Encrypted

_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC = b"PK\x03\x04"
_PIECE = 1 << 16
_MAX_MEMBERS = 20_000
_FAILURES = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError, struct.error, KeyError)


class Archive:
    """The members of a zip. Raises `Broken` when there are none, `Encrypted` from `read` for a locked one."""

    def __init__(self, data: bytes, context: Context) -> None:
        self._data = data
        self._context = context
        self._zip: zipfile.ZipFile | None = None
        self._starts: dict[str, tuple[int, int]] = {}
        self.is_damaged = False
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = list(dict.fromkeys(info.filename for info in self._zip.infolist()))
        except _FAILURES:
            self._salvage()
        if len(self.names) > _MAX_MEMBERS:
            context.notes.add(f"members beyond the first {_MAX_MEMBERS} not read")
            self.names = self.names[:_MAX_MEMBERS]
        self._known = set(self.names)
        if not self.names:
            raise Broken("not a whole zip archive")

    def read(self, name: str) -> bytes:
        """One member, unpacked; what is damaged only as far as it goes. Empty when there is no such member.

        Raises `Encrypted`, and `TooMuch` when the item's budget is spent.
        """
        if name not in self._known:
            return b""
        pieces: list[bytes] = []
        try:
            for piece in self._unpack(name):
                self._context.take_bytes(len(piece))
                pieces.append(piece)
        except RuntimeError as error:
            if isinstance(error, RecursionError):
                raise
            raise Encrypted("a member needs a password") from error
        except _FAILURES:
            self.is_damaged = True
            self._context.notes.add("damaged, read as far as it goes")
        return b"".join(pieces)

    def _unpack(self, name: str) -> Iterator[bytes]:
        if self._zip is None:
            yield from self._inflate(*self._starts[name])
            return
        with self._zip.open(name) as member:
            while piece := member.read(_PIECE):
                yield piece

    def _inflate(self, method: int, start: int) -> Iterator[bytes]:
        if method == 0:
            end = self._data.find(b"PK\x01\x02", start)
            following = self._data.find(_LOCAL_MAGIC, start)
            ends = [at for at in (end, following) if at >= 0]
            yield self._data[start : min(ends, default=len(self._data))]
            return
        unpacker = zlib.decompressobj(-15)
        piece = unpacker.decompress(self._data[start:], _PIECE)
        while piece:
            yield piece
            piece = unpacker.decompress(unpacker.unconsumed_tail, _PIECE)

    def _salvage(self) -> None:
        """Members by their own headers: the list at the end is missing."""
        self.is_damaged = True
        self._context.notes.add("damaged, read as far as it goes")
        self.names = []
        at = self._data.find(_LOCAL_MAGIC)
        while at >= 0 and len(self.names) <= _MAX_MEMBERS:
            head = self._data[at : at + _LOCAL.size]
            if len(head) < _LOCAL.size:
                break
            _, _, flags, method, _, _, _, packed, _, name_size, extra_size = _LOCAL.unpack(head)
            start = at + _LOCAL.size + name_size + extra_size
            name = self._data[at + _LOCAL.size : at + _LOCAL.size + name_size].decode("utf-8", "replace")
            if flags & 1 and method in (0, 8, 99):
                raise Encrypted("a member needs a password")
            if method in (0, 8) and name and name not in self._starts:
                self._starts[name] = (method, start)
                self.names.append(name)
            at = self._data.find(_LOCAL_MAGIC, start + (packed if 0 < packed < len(self._data) else 0))
