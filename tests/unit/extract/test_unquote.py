"""Quoted text reads like the original again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extract.unquote import unquote

LONG = "Is practice still at half past three or did the coach move it because of"


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("> See you.\n> Bring it.", "See you.\nBring it."),
        (f"> {LONG}\n> the rain?\n> Bye.", f"{LONG} the rain? Bye."),
        (f"> {LONG}\n>\n> the rain?", f"{LONG}\n\nthe rain?"),
        (f"> {LONG}\n>> deeper", f"{LONG}\ndeeper"),
        (f"> {LONG}\n> - a list", f"{LONG}\n- a list"),
        ("On Monday Ada wrote:\n> Hi\n", "On Monday Ada wrote:\nHi\n"),
        (f"{LONG}\nnot quoted", f"{LONG}\nnot quoted"),
        (">>> three\n> > two", "three\ntwo"),
        ("", ""),
    ],
)
def test_prefixes_go_and_wrapped_lines_are_one_again(quoted, said):
    assert unquote(quoted) == said


@given(st.text(max_size=400))
def test_no_word_is_lost(text):
    assert unquote(text).replace(">", "").split() == text.replace(">", "").split()
