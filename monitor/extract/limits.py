"""How much is read of one message or file; crossing a limit is always said, never silent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one extraction.

    `max_bytes`: size of the input; a larger one is `too_large` and not read (Gmail accepts 50 MB, so nothing
    that Gmail holds crosses it). `max_chars`: characters of text handed out; what lies beyond is cut and
    `detail` says so. `max_parts`: MIME parts, archive members and embedded files looked at. `max_depth`: how deep
    MIME parts may nest; files inside files nest to `max_nesting`. `max_attachment_bytes`: bytes read of one text
    attachment; the rest is cut and `detail` says so. `max_unpacked_bytes`: bytes that compressed parts may grow to,
    all together.

    `item_seconds`: wall time of one item altogether: reading it, a second try, and the words in its pictures.

    The others bind the child process that does the reading: `max_seconds` of wall time and of processor time for
    one item, and `max_memory_bytes` of address space.

    `max_pictures`: pictures and scanned pages of which the words are read where Tesseract is installed, none at 0;
    `picture_seconds`: wall time for all of them together; `picture_languages`: as Tesseract names them.
    """

    max_bytes: int = 50_000_000
    max_chars: int = 2_000_000
    max_parts: int = 500
    max_depth: int = 40
    max_nesting: int = 6
    max_attachment_bytes: int = 10_000_000
    max_unpacked_bytes: int = 200_000_000
    max_seconds: int = 15
    item_seconds: int = 19
    max_memory_bytes: int = 1_000_000_000
    max_pictures: int = 10
    picture_seconds: int = 20
    picture_languages: str = "eng+spa"


DEFAULT_LIMITS = Limits()
