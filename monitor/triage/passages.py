"""A sealed excerpt cut into stretches of text that are marked or not, so that a page can show marks safely."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.detection.conversation import in_the_readers_language
from monitor.detection.models import Finding

Segment = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding unsealed. Joined together, the texts of `segments` (text, is marked) are the whole excerpt."""

    finding: Finding
    title: str
    part: str
    segments: tuple[Segment, ...]


def unseal_finding(finding: Finding, *, as_stored: bool = False) -> FindingView:
    """Read the excerpt of `finding`. Raises `SealBroken` when no key opens it; the caller has recorded the look.

    Who speaks in a conversation is said in the language of whoever reads, unless it is wanted `as_stored`.
    """
    excerpt: dict[str, Any] = json.loads(finding.excerpt)
    text, marks = str(excerpt["text"]), excerpt.get("marks", [])
    if not as_stored:
        text, marks = in_the_readers_language(text, marks, excerpt.get("speakers", []))
    segments = cut(text, marks)
    return FindingView(finding, str(excerpt.get("title", "")), str(excerpt.get("part", "")), segments)


def cut(text: str, marks: Iterable[Sequence[int]]) -> tuple[Segment, ...]:
    """Cut `text` at `marks`, pairs of character offsets (start, end); what reaches beyond the text is clamped.

    Marks may overlap and come in any order; nothing of the text is lost or doubled.
    """
    segments: list[Segment] = []
    position = 0
    for start, end in _merged(marks, len(text)):
        segments += [(text[position:start], False), (text[start:end], True)]
        position = end
    segments.append((text[position:], False))
    return tuple(segment for segment in segments if segment[0])


def _merged(marks: Iterable[Sequence[int]], length: int) -> list[list[int]]:
    """`marks` in order, inside [0, length], with those that touch or overlap made one."""
    merged: list[list[int]] = []
    for start, end in sorted((max(0, mark[0]), min(length, mark[1])) for mark in marks):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
