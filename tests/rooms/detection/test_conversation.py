"""A window of a conversation as people read it: who speaks, in their language, with the marks where they belong."""

import json

import pytest
from django.utils import translation

from models.classifier import ScoredSpan
from monitor.detection.findings import build_excerpt
from monitor.domain.text import Span, SpanKind, Speaker, Turn
from monitor.triage.passages import unseal_finding
from tests.rooms.factories import make_account, make_finding, make_site

LINES = [(Speaker.STUDENT, "maybe"), (Speaker.SELF, "This student: no"), (Speaker.OUTSIDE, "who are you")]
TEXT = "maybe\nThis student: no\nwho are you"
SPAN = Span(
    SpanKind.NEW,
    TEXT,
    turns=tuple(
        Turn(TEXT.index(words), TEXT.index(words) + len(words), speaker, speaker is Speaker.OUTSIDE, False)
        for speaker, words in LINES
    ),
)
MARKS = [ScoredSpan(TEXT.index(words), TEXT.index(words) + len(words), "violence", 0.9) for words in ("no", "are")]
SAID = {
    "en": "Another student: maybe\nThis student: This student: no\nSomebody outside the district: who are you",
    "es": "Otro estudiante: maybe\nEste estudiante: This student: no\nAlguien de fuera del distrito: who are you",
}


@pytest.mark.parametrize("language", SAID)
@pytest.mark.django_db
def test_who_speaks_is_said_in_the_language_of_the_reader_and_words_of_students_are_left_alone(language):
    finding = make_finding(make_account(make_site()))
    finding.excerpt = build_excerpt(SPAN, MARKS, "")
    with translation.override(language):
        view = unseal_finding(finding)
        assert "".join(words for words, _ in unseal_finding(finding, as_stored=True).segments) == SAID["en"]
    assert "".join(words for words, _ in view.segments) == SAID[language]
    assert [words for words, is_marked in view.segments if is_marked] == ["no", "are"]


@pytest.mark.django_db
def test_an_excerpt_from_before_speakers_were_noted_reads_as_it_was_stored():
    finding = make_finding(make_account(make_site()))
    stored = json.loads(build_excerpt(SPAN, MARKS, ""))
    finding.excerpt = json.dumps({key: value for key, value in stored.items() if key != "speakers"})
    with translation.override("es"):
        assert "".join(words for words, _ in unseal_finding(finding).segments) == SAID["en"]
