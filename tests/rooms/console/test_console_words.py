"""The plain words of the console."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from monitor.audit.tags import Tag
from monitor.console.tag_words import TAG_WORDS
from monitor.console.templatetags.console import dial
from monitor.console.words import (
    CATEGORY_WORDS,
    DIRECTION_WORDS,
    SEVERITY_WORDS,
    SOURCE_WORDS,
    age_words,
    initials,
    join_words,
    with_dates,
    without_addresses,
)
from monitor.domain.category import Category
from monitor.domain.severity import Severity
from monitor.domain.source import Direction, Source

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-60, "just now"), (59, "just now"), (60, "1 min"), (89 * 60, "89 min"), (90 * 60, "2 h"),
        (35 * 3600, "35 h"), (36 * 3600, "2 days"), (9 * 86400, "9 days"),
    ],
)  # fmt: skip
def test_an_age_is_said_roughly(seconds, words):
    assert age_words(NOON - timedelta(seconds=seconds), NOON) == words


@pytest.mark.parametrize(
    ("given", "joined"),
    [([], ""), (["Violence"], "Violence"), (["Violence", "Bullying"], "Violence and bullying"),
     (["Grooming", "Violence", "Bullying"], "Grooming, violence and bullying")],
)  # fmt: skip
def test_words_are_joined_as_one_would_say_them(given, joined):
    assert join_words(given) == joined


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no box <a.b@c.example>", "no box <[address]>"),
        ("a@b.example, ä.ö+x@d.example: refused", "[address], [address]: refused"),
        ("no address @ all", "no address @ all"),
    ],
)
def test_addresses_are_taken_out_of_a_text(text, left):
    assert without_addresses(text) == left


@pytest.mark.parametrize(("name", "letters"), [("Maria Ortiz", "MO"), ("Cher", "C"), ("A b c d", "AD"), ("", "")])
def test_initials_are_the_first_and_the_last(name, letters):
    assert initials(name) == letters


def test_everything_that_a_row_may_hold_has_a_word():
    assert set(CATEGORY_WORDS) == set(Category)
    assert set(SEVERITY_WORDS) == set(Severity)
    assert set(SOURCE_WORDS) == set(Source)
    assert set(DIRECTION_WORDS) == set(Direction)


def test_every_kind_of_audit_event_has_words():
    assert [tag for tag in Tag if tag not in TAG_WORDS] == []
    assert len(set(map(str, TAG_WORDS.values()))) == len(TAG_WORDS)


def test_days_within_a_sentence_are_said_as_people_say_them():
    assert with_dates("decided on 2026-11-26, until 2027-03-01.") == "decided on 26 Nov 2026, until 1 Mar 2027."
    with translation.override("es"):
        assert with_dates("hasta 2026-12-01") == "hasta 1 dic 2026"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("911", '<a href="tel:911">911</a>'),
        ("text HOME to 741741", '<a href="sms:741741">text HOME to 741741</a>'),
        ("988 (para español, marque 2)", '<a href="tel:988">988 (para español, marque 2)</a>'),
        ("+1 (505) 555-0101", '<a href="tel:+15055550101">+1 (505) 555-0101</a>'),
        ("<b>the office", "&lt;b&gt;the office"),
    ],
)
def test_a_number_can_be_called_with_a_tap(number, shown):
    assert dial(number) == shown
