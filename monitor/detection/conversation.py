"""A window of a conversation: which marks are news about the student it is read for, and how it is shown to people."""

from collections.abc import Sequence

from models.classifier import ScoredSpan
from monitor.domain.text import Span, Speaker, Turn

SPEAKER_WORDS = {
    Speaker.SELF: "This student",
    Speaker.STUDENT: "Another student",
    Speaker.DISTRICT: "Somebody else of the district",
    Speaker.OUTSIDE: "Somebody outside the district",
}


def split_marks(span: Span, marks: Sequence[ScoredSpan]) -> tuple[list[ScoredSpan], list[ScoredSpan]]:
    """The marks in the new message, and those in older ones of the same person; what others say is not this one's."""
    new = [turn for turn in span.turns if turn.is_new]
    older = [turn for turn in span.turns if turn.is_own and not turn.is_new]
    return _within(new, marks), _within(older, marks)


def as_spoken(span: Span, marks: Sequence[ScoredSpan]) -> tuple[str, list[tuple[int, int]]]:
    """The window with who says each line, and the marks as offsets into that."""
    text, moved = "", []
    for turn in span.turns:
        head = f"{SPEAKER_WORDS[turn.speaker]}: "
        text = f"{text}\n{head}" if text else head
        shift = len(text) - turn.start
        for mark in marks:
            start, end = max(mark.start, turn.start), min(mark.end, turn.end)
            if start < end:
                moved.append((start + shift, end + shift))
        text += span.text[turn.start : turn.end]
    return text, sorted(moved)


def _within(turns: Sequence[Turn], marks: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """The parts of `marks` that lie in one of `turns`."""
    return [
        ScoredSpan(max(mark.start, turn.start), min(mark.end, turn.end), mark.category, mark.probability)
        for mark in marks
        for turn in turns
        if max(mark.start, turn.start) < min(mark.end, turn.end)
    ]
