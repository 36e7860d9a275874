"""One planted sentence in each place of each format is found, and the page that lists them is that matrix."""

from pathlib import Path

import pytest

from monitor.domain.text import ExtractStatus, SpanKind
from monitor.extract.files import extract_file
from tests.unit.extract.planted import PLACES

SENTENCE = "the purple heron left at dawn"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "formats.md"
MATRIX = [(kind, place) for kind, places in PLACES.items() for place in places]
HEAD = """# What is read from where

Made from the tests' own matrix: in each place of each format one sentence is planted, and it must be found
(`tests/unit/extract/test_formats.py`, which also writes this page anew: `python -m tests.unit.extract.test_formats`).

| format | place | kind of span |
|---|---|---|
"""


def find(kind: str, place: str):
    extraction = extract_file(PLACES[kind][place](SENTENCE), name=f"a.{kind}")
    assert extraction.status is ExtractStatus.OK, extraction
    return [span for span in extraction.spans if SENTENCE in span.text]


def written() -> str:
    rows = [f"| {kind} | {place} | `{find(kind, place)[0].kind.value}` |\n" for kind, place in MATRIX]
    return HEAD + "".join(rows)


@pytest.mark.parametrize(("kind", "place"), MATRIX)
def test_a_sentence_planted_anywhere_is_found_once(kind, place):
    assert len(find(kind, place)) == 1


@pytest.mark.parametrize(
    ("kind", "place", "expected"),
    [
        ("docx", "deletion", SpanKind.HIDDEN),
        ("docx", "hidden words", SpanKind.HIDDEN),
        ("docx", "comment", SpanKind.COMMENT),
        ("pptx", "hidden slide", SpanKind.HIDDEN),
        ("pptx", "hidden shape", SpanKind.HIDDEN),
        ("pptx", "speaker note", SpanKind.COMMENT),
        ("xlsx", "very hidden sheet", SpanKind.HIDDEN),
        ("xlsx", "hidden column", SpanKind.HIDDEN),
        ("xls", "hidden sheet", SpanKind.HIDDEN),
        ("ppt", "hidden slide", SpanKind.HIDDEN),
        ("odt", "deletion", SpanKind.HIDDEN),
        ("rtf", "comment", SpanKind.COMMENT),
        ("html", "hidden words", SpanKind.HIDDEN),
        ("eml", "forward", SpanKind.FORWARDED),
        ("eml", "quotation", SpanKind.QUOTED),
    ],
)
def test_what_does_not_show_or_stands_beside_the_text_says_so(kind, place, expected):
    assert [span.kind for span in find(kind, place)] == [expected]


def test_the_page_of_formats_is_the_matrix():
    assert PAGE.read_text(encoding="utf-8") == written(), "run python -m tests.unit.extract.test_formats"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
