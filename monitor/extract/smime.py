"""S/MIME: what is signed but not encrypted is wrapped in ASN.1, and comes out again here."""

import zlib

from monitor.domain.text import Span
from monitor.extract.context import Context
from monitor.extract.trouble import Broken, Encrypted

_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")
_AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_DATA = bytes.fromhex("2a864886f70d010701")
_SEQUENCE, _OCTETS, _OCTETS_PIECES, _EXPLICIT, _OBJECT_ID = 0x30, 0x04, 0x24, 0xA0, 0x06
_MAX_DEPTH = 12
_MAX_INFLATED = 50_000_000


def unwrap(data: bytes) -> bytes:
    """The mail inside a signed wrapping; empty where it is detached or a list of certificates.

    Raises `Encrypted` for an encrypted wrapping, `Broken` for what is neither.
    """
    kind = data[:60]
    if _ENVELOPED in kind or _AUTH_ENVELOPED in kind:
        raise Encrypted("encrypted for its receivers")
    if _COMPRESSED in kind:
        return _inflated(data)
    if _SIGNED not in kind:
        raise Broken("neither signed nor encrypted")
    return _content(data)


def read_smime(data: bytes, context: Context) -> list[Span]:
    """The spans of the mail inside a saved wrapping. Raises as `unwrap`."""
    return context.nested(unwrap(data), "", "message/rfc822")


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(_content(data), _MAX_INFLATED)
    except zlib.error as error:
        raise Broken("cannot be unpacked") from error


def _content(data: bytes) -> bytes:
    """The octets behind the inner "data" mark: one piece, or a chain of them."""
    at = data.find(_DATA)
    if at < 0:
        return b""
    at += len(_DATA)
    tag, start, size = _head(data, at)
    if tag != _EXPLICIT:
        return b""
    return b"".join(_pieces(data, start, start + size if size >= 0 else len(data), 0))


def _pieces(data: bytes, at: int, end: int, depth: int) -> list[bytes]:
    pieces: list[bytes] = []
    while at < end and depth < _MAX_DEPTH:
        tag, start, size = _head(data, at)
        if tag == _OCTETS and size >= 0:
            pieces.append(data[start : start + size])
            at = start + size
        elif tag == _OCTETS_PIECES:
            stop = min(start + size, end) if size >= 0 else end
            pieces += _pieces(data, start, stop, depth + 1)
            if size < 0:
                break
            at = stop
        else:
            break
    return pieces


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, where the value begins, its length (-1: until an end mark)."""
    if at + 2 > len(data):
        return 0, len(data), 0
    tag, first = data[at], data[at + 1]
    if first == 0x80:
        return tag, at + 2, -1
    if first < 0x80:
        return tag, at + 2, first
    count = first & 0x7F
    return tag, at + 2 + count, int.from_bytes(data[at + 2 : at + 2 + count][:8], "big")
