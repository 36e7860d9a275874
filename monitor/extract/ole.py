"""The file system inside old Office files and Outlook messages, and which of them a file is."""

import io
from collections.abc import Iterator
from typing import Any

import olefile

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.plain import clean_text, decode_bytes
from monitor.extract.trouble import Broken

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a compound file begins."""

_MAX_STREAMS = 20_000
_TITLE_PROPERTIES = frozenset({2, 3, 5, 6})  # title, subject, keywords, comments
_SECTION_AT = 44
_MAX_PROPERTIES = 200
_MAX_TITLE = 10_000


class Storage:
    """The streams of a compound file. Raises `Broken` where it has no readable directory."""

    def __init__(self, data: bytes, context: Context) -> None:
        self._context = context
        try:
            self._file: Any = olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL)
            listed = self._file.listdir(streams=True, storages=False)
        except MemoryError:
            raise
        except Exception as error:
            # The library lets whatever goes wrong inside it through: struct, index, value, its own errors.
            raise Broken("not a whole compound file") from error
        self.paths: list[tuple[str, ...]] = [tuple(path) for path in listed[:_MAX_STREAMS]]
        self._known = {tuple(part.lower() for part in path): path for path in self.paths}

    def read(self, *path: str) -> bytes:
        """One stream, as far as it can be read; empty when there is none of that name."""
        known = self._known.get(tuple(part.lower() for part in path))
        if known is None:
            return b""
        try:
            with self._file.openstream(list(known)) as stream:
                content = bytes(stream.read())
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as above
            self._context.notes.add("damaged, read as far as it goes")
            return b""
        self._context.take_bytes(len(content))
        return content

    def titles(self) -> Iterator[Span]:
        """Title, subject, keywords and comments from the summary, where it can be read."""
        properties = self.read("\x05SummaryInformation")
        if len(properties) < _SECTION_AT + 4:
            return
        section = properties[int.from_bytes(properties[_SECTION_AT : _SECTION_AT + 4], "little") :]
        for number in range(min(int.from_bytes(section[4:8], "little"), _MAX_PROPERTIES)):
            entry = section[8 + 8 * number : 16 + 8 * number]
            if int.from_bytes(entry[:4], "little") in _TITLE_PROPERTIES:
                text = _property_text(section[int.from_bytes(entry[4:], "little") :])
                if text.strip():
                    yield Span(SpanKind.TITLE, text)


def _property_text(value: bytes) -> str:
    """A property that is a text, in 8 or 16 bits; anything else is empty."""
    size = min(int.from_bytes(value[4:8], "little"), _MAX_TITLE)
    if value[:2] == b"\x1f\0":
        return value[8 : 8 + 2 * size].decode("utf-16-le", "replace").partition("\0")[0]
    return decode_bytes(value[8 : 8 + size].partition(b"\0")[0]) if value[:2] == b"\x1e\0" else ""


def read_embedded(storage: Storage, context: Context) -> list[Span]:
    """Files packed into the file as streams: packages, and whole documents of the new formats."""
    spans: list[Span] = []
    for path in storage.paths:
        name = path[-1].lower()
        if len(path) > 1 and name in ("package", "contents", "\x01ole10native"):
            content = storage.read(*path)
            content = _native(content) if name == "\x01ole10native" else content
            spans += context.nested(content, "object")
    return spans


def _native(content: bytes) -> bytes:
    """The file behind the names and paths with which Windows packs it."""
    at = 6
    for _ in range(2):  # label, path
        end = content.find(b"\0", at)
        at = end + 1 if end >= 0 else len(content)
    at += 4
    size = int.from_bytes(content[at : at + 4], "little")
    at += 4 + size
    size = int.from_bytes(content[at : at + 4], "little")
    return content[at + 4 : at + 4 + size]


def fields_shown(text: str) -> str:
    """Word's text with its marks: of fields only what they show, cells and breaks as white space."""
    shown: list[str] = []
    codes_from: list[int] = []
    for character in text:
        if character == _FIELD_BEGINS:
            codes_from.append(len(shown))
        elif character == _FIELD_SHOWS and codes_from:
            del shown[codes_from.pop() :]
            codes_from.append(len(shown))
        elif character == _FIELD_ENDS and codes_from:
            codes_from.pop()  # a field that shows nothing else keeps its code: that may be where the words are
        else:
            shown.append(_MARKS.get(character, character))
    return clean_text("".join(shown))


_FIELD_BEGINS, _FIELD_SHOWS, _FIELD_ENDS = "\x13", "\x14", "\x15"
_MARKS = {
    "\r": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x07": "\t",
    "\x1e": "-",
    "\x1f": "",
    "\x01": "",
    "\x08": "",
    "\x02": "",
}
_MARKS |= {"\x05": "", "\x03": "", "\x04": ""}
