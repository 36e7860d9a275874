"""Takes out of a document what stood in it when a break ended, sentence by sentence and within changed sentences.

A sentence that was there is left out whole. Of one that was changed after the break only the words that are new are
kept: what stays is less than a sentence, and that is the price of never scoring what was written in a break.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from monitor.domain.text import Extraction, Span

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*[^\S\n]*|\n|[.!?]+")
ALIKE = 0.5  # of the words of a sentence; above it, it is taken for a changed one
MOST_WORDS = 400  # of one sentence compared word by word; the rest of it is left out
MOST_CANDIDATES = 50


@dataclass(slots=True)
class Withheld:
    """The sentences of the last revision of each break."""

    sentences: dict[str, list[str]] = field(default_factory=dict)
    by_word: dict[str, list[str]] = field(default_factory=dict)

    def add(self, spans: Iterable[Span]) -> None:
        """Enter every sentence of `spans`."""
        for span in spans:
            for sentence in _sentences(span.text):
                words = _words(sentence)
                if words and (plain := " ".join(words)) not in self.sentences:
                    self.sentences[plain] = words
                    for word in set(words):
                        self.by_word.setdefault(word, []).append(plain)

    def taken_out_of(self, extraction: Extraction) -> Extraction:
        """The extraction without what is withheld; spans that have no words left are gone."""
        if not self.sentences:
            return extraction
        spans = (replace(span, text=self._rest(span.text)) for span in extraction.spans)
        return replace(extraction, spans=tuple(span for span in spans if span.text.strip()))

    def _rest(self, text: str) -> str:
        return "".join(self._rest_of(sentence) for sentence in _sentences(text))

    def _rest_of(self, sentence: str) -> str:
        words = _words(sentence)
        if not words:
            return sentence if sentence == "\n" else " "
        if " ".join(words) in self.sentences:
            return ""
        before = self._nearest(words)
        return sentence if before is None else _new_words(sentence, before)

    def _nearest(self, words: list[str]) -> list[str] | None:
        """The withheld sentence that shares most words with `words`, if it shares enough to be a changed one."""
        shared: dict[str, int] = {}
        for word in set(words):
            for plain in self.by_word.get(word, ())[:MOST_CANDIDATES]:
                shared[plain] = shared.get(plain, 0) + 1
        if not shared:
            return None
        best = max(shared, key=lambda plain: (shared[plain], plain))
        smaller = min(len(set(words)), len(set(self.sentences[best])))
        return self.sentences[best] if shared[best] >= ALIKE * smaller else None


def _sentences(text: str) -> Iterator[str]:
    return (match[0] for match in SENTENCE.finditer(text))


def _words(sentence: str) -> list[str]:
    return re.findall(r"\w+", sentence.casefold())


def _new_words(sentence: str, before: list[str]) -> str:
    pieces = re.findall(r"\w+\W*|^\W+", sentence)[:MOST_WORDS]
    now = [(_words(piece) or [""])[0] for piece in pieces]
    same = difflib.SequenceMatcher(None, before[:MOST_WORDS], now, autojunk=False).get_matching_blocks()
    dropped = {at for block in same for at in range(block.b, block.b + block.size)}
    return "".join(piece for at, piece in enumerate(pieces) if at not in dropped)
