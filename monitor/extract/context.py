"""What one extraction has used up so far, and the door through which a reader has an inner file read."""

from collections.abc import Callable
from dataclasses import replace

from monitor.domain.text import Span, SpanKind
from monitor.extract.limits import Limits
from monitor.extract.notes import Notes
from monitor.extract.pictures import Album
from monitor.extract.trouble import TooMuch

Door = Callable[[bytes, str, str | None, "Context"], list[Span]]
Reader = Callable[[bytes, "Context"], list[Span]]

_AS_ATTACHMENT = frozenset({SpanKind.NEW, SpanKind.TITLE, SpanKind.SIGNATURE})
_PART_LENGTH = 200


class Context:
    """Shared by all readers of one item: its limits, its remarks, its budget of parts and of unpacked bytes.

    `album` takes pictures for reading; without one they are what cannot be read."""

    def __init__(self, limits: Limits, door: Door, album: Album | None = None) -> None:
        self.limits = limits
        self.album = album
        self.notes = Notes()
        self.is_encrypted = False
        self._door = door
        self._parts = 0
        self._unpacked = 0
        self._nesting = 0
        self._characters = 0

    def take_part(self) -> bool:
        """Count one more part; False, with a remark, when there were enough."""
        self._parts += 1
        if self._parts > self.limits.max_parts:
            self.notes.add(f"parts beyond the first {self.limits.max_parts} not read")
        return self._parts <= self.limits.max_parts

    @property
    def room(self) -> int:
        """Bytes that compressed parts may still grow by."""
        return max(0, self.limits.max_unpacked_bytes - self._unpacked)

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes. Raises `TooMuch` when the budget is spent."""
        self._unpacked += count
        if self._unpacked > self.limits.max_unpacked_bytes:
            message = f"unpacks to more than {self.limits.max_unpacked_bytes} bytes"
            raise TooMuch(message)

    def nested(self, data: bytes, name: str, media_type: str | None = None) -> list[Span]:
        """The spans of a file inside the file, as an attachment's; what cannot be read becomes a remark."""
        if not data.strip() or not self.take_part():
            return []
        if self._nesting >= self.limits.max_nesting:
            self.notes.add(f"files nested deeper than {self.limits.max_nesting} not read")
            return []
        if self._characters > self.limits.max_chars:
            self.notes.add(f"files inside after the first {self.limits.max_chars} characters not read")
            return []
        first = len(self.album.pictures) if self.album else 0
        self._nesting += 1
        try:
            spans = self._door(data, name, media_type, self)
        finally:
            self._nesting -= 1
        if self.album:
            self.album.rename_from(first, name)
        self._characters += sum(len(span.text) for span in spans) if not self._nesting else 0
        return [_attached(span, name) for span in spans]


def _attached(span: Span, name: str) -> Span:
    kind = SpanKind.ATTACHMENT if span.kind in _AS_ATTACHMENT else span.kind
    inner = span.part if span.part != "body" else ""
    return replace(span, kind=kind, part=": ".join(filter(None, (name, inner)))[:_PART_LENGTH])
