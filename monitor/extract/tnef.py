"""Outlook's winmail.dat (TNEF): subject, bodies and the attachments that it hides from other mail programs."""

import struct
from collections.abc import Iterator

from monitor.domain.text import Span
from monitor.extract import mapi
from monitor.extract.context import Context
from monitor.extract.plain import decode_bytes
from monitor.extract.trouble import Broken

SIGNATURE = b"\x78\x9f\x3e\x22"
_SUBJECT, _BODY, _ATTACH_DATA, _ATTACH_TITLE, _ATTACH_START = 0x8004, 0x800C, 0x800F, 0x8010, 0x9002
_PROPERTIES, _ATTACH_PROPERTIES = 0x9003, 0x9005
_OF_ATTACHMENTS = frozenset({_ATTACH_DATA, _ATTACH_TITLE, _ATTACH_PROPERTIES})
_AS_PROPERTY = {
    _SUBJECT: mapi.SUBJECT,
    _BODY: mapi.BODY_TEXT,
    _ATTACH_DATA: mapi.ATTACH_DATA,
    _ATTACH_TITLE: mapi.ATTACH_NAME,
}
_MAX_ATTRIBUTES = 20_000
_MAX_PROPERTIES = 5_000
_MULTIPLE = 0x1000
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_COUNTED = frozenset({13, 30, 31, 258})
_INTERFACE = 16

Values = dict[int, tuple[int, bytes]]


def read_tnef(data: bytes, context: Context) -> list[Span]:
    """The spans of a winmail.dat. Raises `Broken` where it holds nothing."""
    own: Values = {}
    attached: list[Values] = []
    for attribute, content in _attributes(data):
        if attribute == _ATTACH_START:
            attached.append({})
        else:
            _add(attached[-1] if attribute in _OF_ATTACHMENTS and attached else own, attribute, content)
    if not own and not attached:
        raise Broken("holds nothing")
    spans = mapi.body_spans(
        _text(own, mapi.SUBJECT),
        _text(own, mapi.BODY_TEXT),
        own.get(mapi.BODY_HTML, (0, b""))[1],
        own.get(mapi.BODY_RTF, (0, b""))[1],
        context,
    )
    for values in attached:
        spans += _read_attached(values, context)
    return spans


def _add(values: Values, attribute: int, content: bytes) -> None:
    """Put an attribute's content under the number of the property that says the same."""
    if attribute in (_PROPERTIES, _ATTACH_PROPERTIES):
        values |= dict(_properties(content))
    elif attribute in _AS_PROPERTY:
        values.setdefault(_AS_PROPERTY[attribute], (30, content))


def _read_attached(values: Values, context: Context) -> list[Span]:
    kind, content = values.get(mapi.ATTACH_DATA, (0, b""))
    name = _text(values, mapi.ATTACH_LONG_NAME) or _text(values, mapi.ATTACH_NAME)
    if kind == 13:
        content = content[_INTERFACE:]  # the name of the interface stands before an embedded message
    return context.nested(content, name)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        attribute, _, size = struct.unpack_from("<HHI", data, at + 1)
        yield attribute, data[at + 9 : at + 9 + size]
        at += 11 + size


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Property number → (type, first value); ends at the first thing that makes no sense."""
    at = 4
    for _ in range(min(_number(data, 0), _MAX_PROPERTIES)):
        kind, number = _number(data, at, 2), _number(data, at + 2, 2)
        at = _after_name(data, at + 4) if number >= 0x8000 else at + 4
        values = 1
        if kind & _MULTIPLE or kind & 0xFFF in _COUNTED:
            values, at = _number(data, at), at + 4
        for place in range(min(values, _MAX_PROPERTIES)):
            content, at = _value(data, at, kind & 0xFFF)
            if at > len(data) + 3:
                return
            if place == 0:
                yield number, (kind & 0xFFF, content)


def _number(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _after_name(data: bytes, at: int) -> int:
    """Where a named property's value begins."""
    if at + 24 > len(data):
        return len(data)
    is_text, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(size) if is_text else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind in _COUNTED:
        if at + 4 > len(data):
            return b"", len(data) + 4
        size = struct.unpack_from("<I", data, at)[0]
        return data[at + 4 : at + 4 + size], at + 4 + _padded(size)
    size = _SIZES.get(kind, 4)
    return data[at : at + size], at + size


def _padded(size: int) -> int:
    return size + -size % 4


def _text(values: Values, number: int) -> str:
    kind, content = values.get(number, (0, b""))
    return content.decode("utf-16-le", "replace").rstrip("\0") if kind == 31 else decode_bytes(content.rstrip(b"\0"))
