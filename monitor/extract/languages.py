"""Which language a span is in, by a small model that is part of its package: nothing is fetched."""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from monitor.domain.text import Extraction, Span

MIN_LETTERS = 24
"""Shorter texts are guesswork in any method."""

MIN_PROBABILITY = 0.8
_SAMPLE = 2_000
_MAX_SPANS = 300
_LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=1)
def load_languages() -> Any:
    """The model; about a second at first, then at once."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language of `text`, or "" where it is too short or not clear."""
    sample = text[:_SAMPLE]
    if len(_LETTERS.findall(sample)) < MIN_LETTERS:
        return ""
    code, probability = load_languages().classify(sample)
    return str(code) if probability >= MIN_PROBABILITY else ""


def with_languages(extraction: Extraction) -> Extraction:
    """The same extraction with each of its first spans' language."""
    spans = [
        replace(span, language=language_of(span.text)) if number < _MAX_SPANS else span
        for number, span in enumerate(extraction.spans)
    ]
    return replace(extraction, spans=tuple[Span, ...](spans))
