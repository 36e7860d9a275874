"""Archives and compressed files: each member through the door that every file takes, within one budget of bytes."""

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zlib
from typing import IO, Any

from monitor.domain.text import Span
from monitor.extract.archive import Archive
from monitor.extract.context import Context
from monitor.extract.trouble import Broken, Encrypted

_PIECE = 1 << 16
_NOISE = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$)")
_FAILURES = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


def read_zip(data: bytes, context: Context) -> list[Span]:
    """Every member of a zip archive; one that needs a password is named in the remarks."""
    archive = Archive(data, context)
    spans: list[Span] = []
    members = [name for name in archive.names if not name.endswith("/") and not _NOISE.search(name)]
    for name in members:
        try:
            content = archive.read(name)
        except Encrypted:
            context.is_encrypted = True
            context.notes.add("encrypted: a member of the archive")
            continue
        spans += context.nested(content, name)
    return spans


def read_tar(data: bytes, context: Context) -> list[Span]:
    """Every file of a tar archive."""
    spans: list[Span] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                source = archive.extractfile(member) if member.isreg() else None
                if source is not None:
                    spans += context.nested(_drain(source, context), member.name)
    except (tarfile.TarError, *_FAILURES) as error:
        if not spans:
            raise Broken("not a whole tar archive") from error
        context.notes.add("damaged, read as far as it goes")
    return spans


def read_gzip(data: bytes, context: Context) -> list[Span]:
    """The file inside a gzip file."""
    return _read_single(gzip.GzipFile(fileobj=io.BytesIO(data)), context)


def read_bzip2(data: bytes, context: Context) -> list[Span]:
    """The file inside a bzip2 file."""
    return _read_single(bz2.BZ2File(io.BytesIO(data)), context)


def read_xz(data: bytes, context: Context) -> list[Span]:
    """The file inside an xz file."""
    return _read_single(lzma.LZMAFile(io.BytesIO(data)), context)


def _read_single(source: Any, context: Context) -> list[Span]:
    with source:
        content = _drain(source, context)
    if not content:
        raise Broken("holds nothing that can be unpacked")
    return context.nested(content, "")


def _drain(source: IO[bytes], context: Context) -> bytes:
    """All that `source` gives until it ends or fails. Raises `TooMuch` when the budget is spent."""
    pieces: list[bytes] = []
    try:
        while piece := source.read(_PIECE):
            context.take_bytes(len(piece))
            pieces.append(piece)
    except _FAILURES:
        context.notes.add("damaged, read as far as it goes")
    return b"".join(pieces)
