"""How much is read of one message or file; crossing a limit is always said, never silent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one extraction.

    `max_bytes`: size of the input; a larger one is `too_large` and not read (Gmail accepts 50 MB, so nothing
    that Gmail holds crosses it). `max_chars`: characters of text handed out; what lies beyond is cut and
    `detail` says so. `max_parts`: MIME parts looked at. `max_depth`: how deep parts may nest.
    `max_attachment_bytes`: bytes read of one text attachment; the rest is cut and `detail` says so.
    """

    max_bytes: int = 50_000_000
    max_chars: int = 2_000_000
    max_parts: int = 500
    max_depth: int = 40
    max_attachment_bytes: int = 10_000_000


DEFAULT_LIMITS = Limits()
