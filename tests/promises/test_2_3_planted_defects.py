"""The search over random histories finds mistakes that were put in by hand: otherwise its silence would say nothing.

By default a few of them; `PLANTED=all` plants every one, each in a search of its own.
"""

import os

import pytest

from tests.promises.histories.defects import DEFECTS
from tests.promises.histories.search import search

ALWAYS = ("known_paragraphs_are_scored_again", "exempt_address_is_read", "error_500_is_taken_for_gone")
HISTORIES = 150  # at most; most mistakes show within a dozen
SEED = 3
WORDS = {
    "known_paragraphs_are_scored_again": "scored again",
    "exempt_address_is_read": "exempt address scored",
    "error_500_is_taken_for_gone": "never scored",
}


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", DEFECTS if os.environ.get("PLANTED") == "all" else ALWAYS)
def test_a_planted_defect_is_found(watched, monkeypatch, name):
    DEFECTS[name](monkeypatch)
    with pytest.raises(AssertionError, match=WORDS.get(name, "script = ")):
        search(watched, HISTORIES, SEED, 25, shrink=False)


def test_there_are_defects_of_every_kind():
    assert len(DEFECTS) >= 12
