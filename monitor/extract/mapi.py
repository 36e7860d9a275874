"""What Outlook's messages share: property numbers, compressed RTF, and which of three bodies to read."""

import re
from collections.abc import Iterator

from monitor.domain.text import Span, SpanKind
from monitor.extract.context import Context
from monitor.extract.html import html_to_text
from monitor.extract.message import decode_html
from monitor.extract.plain import clean_text
from monitor.extract.quotation import is_forward_subject, split_lines, split_quotation
from monitor.extract.rtf import read_rtf

SUBJECT, BODY_TEXT, BODY_RTF, BODY_HTML = 0x0037, 0x1000, 0x1009, 0x1013
ATTACH_DATA, ATTACH_NAME, ATTACH_LONG_NAME, ATTACH_TYPE = 0x3701, 0x3704, 0x3707, 0x370E
_WORD = re.compile(r"\w+")
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_MAX_RTF = 20_000_000
_WINDOW = 4096


def body_spans(subject: str, text: str, html: bytes, rtf: bytes, context: Context) -> list[Span]:
    """Title and bodies; a second version of the body only where it says more than the first."""
    spans = [Span(SpanKind.TITLE, clean_text(subject))] if subject.strip() else []
    forwarded = is_forward_subject(subject)
    seen: set[str] = set()
    for version in (
        split_quotation(clean_text(text), part="body", forwarded=forwarded),
        _html_spans(html, forwarded) if html else [],
        read_rtf(unpack_rtf(rtf), context) if rtf else [],
    ):
        words = {word for span in version for word in _WORD.findall(span.text.lower())}
        if not words <= seen:
            spans += version
        seen |= words
    return spans


def _html_spans(html: bytes, forwarded: bool) -> list[Span]:
    page = html_to_text(decode_html(html, None))
    return split_lines(page.lines, marks=page.marks, rests=page.rests, part="body", forwarded=forwarded)


def unpack_rtf(data: bytes) -> bytes:
    """Outlook's compressed RTF as plain RTF; as far as it goes where it is damaged."""
    if data[8:12] != b"LZFu":
        return data[16:] if data[8:12] == b"MELA" else data
    return bytes(_unpacked(data, 16))


def _unpacked(data: bytes, at: int) -> bytearray:
    """Runs of eight things, each a byte or a reference into what was written before."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    place = len(_DICTIONARY)
    out = bytearray()
    while at < len(data) and len(out) < _MAX_RTF:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                letters = iter(data[at : at + 1])
                at += 1
            else:
                pair = int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
                at += 2
                if pair >> 4 == place:
                    return out
                letters = _copied(window, pair >> 4, (pair & 15) + 2)
            for letter in letters:
                window[place] = letter
                place = (place + 1) % _WINDOW
                out.append(letter)
    return out


def _copied(window: bytearray, start: int, length: int) -> Iterator[int]:
    """Letters of the window one by one: a reference may reach into what it writes itself."""
    return (window[(start + step) % _WINDOW] for step in range(length))
