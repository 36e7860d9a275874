"""The Spanish catalogue is whole, belongs to the code, and is the one that was compiled."""

import re

import pytest

from tests.rooms.console.template_texts import TEMPLATES, unmarked
from tests.unit.language.catalogue import compiled, marked, messages

NAMED = re.compile(r"%\([a-z_]+\)[sd]|(?<!{){[a-z_]+}(?!})")
TAG = re.compile(r"<[^>]+>")


def test_everything_that_is_marked_stands_in_the_catalogue_and_nothing_else():
    known = {(message.context, message.words) for message in messages()}
    assert sorted(marked() - known) == []
    assert sorted(known - marked()) == []


def test_nothing_is_untranslated_fuzzy_or_there_twice():
    found = messages()
    assert [message.words for message in found if message.is_fuzzy] == []
    assert [message.words for message in found if not all(words.strip() for words in message.translations)] == []
    assert [message.words for message in found if bool(message.plural) != (len(message.translations) == 2)] == []
    assert len({(message.context, message.words) for message in found}) == len(found)


def test_each_translation_fills_in_what_the_english_fills_in():
    for message in messages():
        wanted = sorted(NAMED.findall(message.plural or message.words))
        for words in message.translations[-1:]:
            assert sorted(NAMED.findall(words)) == wanted, message.words
        for words in message.translations:
            assert set(NAMED.findall(words)) <= {*NAMED.findall(message.words), *wanted}, message.words
            assert sorted(TAG.findall(words)) == sorted(TAG.findall(message.words)), message.words
            assert words.endswith((".", "?", "!")) == message.words.endswith((".", "?", "!")), message.words


def test_the_compiled_catalogue_is_this_one():
    catalogue = compiled()
    for message in messages():
        if message.plural:
            for count, words in zip((1, 2), message.translations, strict=True):
                assert catalogue.ngettext(message.words, message.plural, count) == words
        elif message.context:
            assert catalogue.pgettext(message.context, message.words) == message.translations[0]
        else:
            assert catalogue.gettext(message.words) == message.translations[0]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_words_in_a_template_are_left_unmarked(path):
    """Put them into {% translate %} or {% blocktranslate %}, or `_("…")` where they are given to a tag or filter."""
    assert [found.words for found in unmarked(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Some words</p>", ["Some words"]),
        ('<p aria-label="Some words">{{ x }}</p>', ["Some words"]),
        ('<img alt="A picture {{ x }}">', ["A picture"]),
        ('{% include "x.html" with label="A label" %}', ["A label"]),
        ('{{ x|default:"Nothing yet" }}', ["Nothing yet"]),
        ("<p{% if a > b %} hidden{% endif %}>Left over</p>", ["Left over"]),
        ('<p>{% translate "Some words" %} · {{ x }}</p>', []),
        ("<p>{% blocktranslate with x=y %}Some {{ x }}{% endblocktranslate %} &nbsp;·</p>", []),
        ('<b aria-label="{% blocktranslate with x=y %}The {{ x }}{% endblocktranslate %}"></b>', []),
        ('<kbd>shift</kbd><span class="code">worker.py audit</span> Heed', []),
    ],
)
def test_the_finder_of_unmarked_words_finds_them(source, words):
    assert [found.words.replace("\0", "").strip() for found in unmarked(source)] == words
