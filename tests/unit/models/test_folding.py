import pytest

from models.folding import fold


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("I want to h e l p you", "I want to help you"),
        ("s.t.u.p.i.d", "stupid"),
        ("l-o-s-e-r!", "loser!"),
        ("\u0399 w\u0430nt t\u043e go", "\u0399 want to go"),
        ("\uff48\uff45\uff4c\uff4c\uff4f", "hello"),
        ("he\u200bllo", "hello"),
    ],
)
def test_disguised_words_are_read_as_they_are_meant(written, meant):
    assert fold(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440",
        "\u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
        "U.S.A. is",
        "a - b - c",
        "x y z",
        "Plan B or A?",
        "e.g. this, i.e. that",
        "",
        "3 . 1 . 4 . 1",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert fold(text) == text
