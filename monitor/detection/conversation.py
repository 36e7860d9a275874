"""A window of a conversation: which marks are news about the student it is read for, and how it is shown to people."""

from collections.abc import Sequence

from django.utils.translation import gettext, gettext_noop

from models.classifier import ScoredSpan
from monitor.domain.text import Span, Speaker, Turn

SPEAKER_WORDS = {
    Speaker.SELF: gettext_noop("This student"),
    Speaker.STUDENT: gettext_noop("Another student"),
    Speaker.DISTRICT: gettext_noop("Somebody else of the district"),
    Speaker.OUTSIDE: gettext_noop("Somebody outside the district"),
}
"""Stored in English with the excerpt, which says where each stands; said again in the language of whoever reads."""

Heads = list[tuple[int, int, str]]  # where a line says who speaks (start, end), and who: a `Speaker`


def split_marks(span: Span, marks: Sequence[ScoredSpan]) -> tuple[list[ScoredSpan], list[ScoredSpan]]:
    """The marks in the new message, and those in older ones of the same person; what others say is not this one's."""
    new = [turn for turn in span.turns if turn.is_new]
    older = [turn for turn in span.turns if turn.is_own and not turn.is_new]
    return _within(new, marks), _within(older, marks)


def speaker_words(speaker: str) -> str:
    """Who speaks, in the language of the page."""
    return gettext(SPEAKER_WORDS[Speaker(speaker)])


def as_spoken(span: Span, marks: Sequence[ScoredSpan]) -> tuple[str, list[tuple[int, int]], Heads]:
    """The window with who says each line, and as offsets into that the marks and who says what."""
    text, moved, heads = "", [], []
    for turn in span.turns:
        text += "\n" if text else ""
        head = SPEAKER_WORDS[turn.speaker]
        heads.append((len(text), len(text) + len(head), turn.speaker.value))
        text += f"{head}: "
        shift = len(text) - turn.start
        for mark in marks:
            start, end = max(mark.start, turn.start), min(mark.end, turn.end)
            if start < end:
                moved.append((start + shift, end + shift))
        text += span.text[turn.start : turn.end]
    return text, sorted(moved), heads


def in_the_readers_language(
    text: str, marks: Sequence[Sequence[int]], heads: Sequence[tuple[int, int, str]]
) -> tuple[str, list[list[int]]]:
    """A stored excerpt with who speaks in the language of the page, and its marks moved along."""
    said, place = "", 0
    shifts: list[tuple[int, int]] = []  # from this offset on, so many characters more
    for start, end, speaker in heads:
        words = speaker_words(speaker)
        said += text[place:start] + words
        shifts.append((end, len(words) - (end - start)))
        place = end
    moved = [[offset + sum(more for since, more in shifts if since <= offset) for offset in mark] for mark in marks]
    return said + text[place:], moved


def _within(turns: Sequence[Turn], marks: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """The parts of `marks` that lie in one of `turns`."""
    return [
        ScoredSpan(max(mark.start, turn.start), min(mark.end, turn.end), mark.category, mark.probability)
        for mark in marks
        for turn in turns
        if max(mark.start, turn.start) < min(mark.end, turn.end)
    ]
