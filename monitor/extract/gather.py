"""Collects the text of one place of a document, what shows and what does not each in its own span."""

from monitor.domain.text import Span, SpanKind

Key = tuple[SpanKind, str]
_MOST = 5_000_000  # characters of one place, beyond what is ever handed out; a string may be named in a million cells


class Gather:
    """Text of one `part`. Hidden words stand in a span of their own, so that the words around them stay together."""

    def __init__(self, part: str, kind: SpanKind = SpanKind.NEW, detail: str = "") -> None:
        self._part = part
        self._key: Key = (kind, detail)
        self._texts: dict[Key, list[str]] = {}
        self._size = 0

    def write(self, text: str, key: Key | None = None) -> None:
        """Add `text`; `key` (kind, detail) where it is not the place's own."""
        if text and self._size < _MOST:
            self._size += len(text)
            self._texts.setdefault(key or self._key, []).append(text)

    def end(self, mark: str = "\n") -> None:
        """End a line (or with another `mark` a cell) in each text that does not end already."""
        for pieces in self._texts.values():
            if pieces[-1] not in ("\n", mark):
                pieces.append(mark)

    def spans(self) -> list[Span]:
        """A span for each kind of text that was met, in the order of their first words."""
        return [Span(kind, "".join(texts), self._part, detail) for (kind, detail), texts in self._texts.items()]
