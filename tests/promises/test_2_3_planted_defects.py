"""Mistakes put in by hand are found, by what is expected and by the search: otherwise its silence would say nothing.

The search looks for a few of them; with `PLANTED=all` for every one, each in a search of its own.
"""

import os

import pytest

from tests.promises.histories.defects import DEFECTS
from tests.promises.histories.expected import check
from tests.promises.histories.history import History, rolled_back
from tests.promises.histories.scripts import SCRIPTS
from tests.promises.histories.search import search

SEARCHED = ("known_paragraphs_are_scored_again", "exempt_address_is_read", "messages_are_read_for_every_member")
MOST = 300  # histories; most mistakes show within a dozen
SEED = 3
FAULT = "script = "  # what every finding of `check` holds


def fault(watched, name: str) -> str:
    """What is found wrong after the history of the defect called `name`; nothing where all is well."""
    try:
        with rolled_back():
            History(watched, check).play(SCRIPTS[name])
    except AssertionError as error:
        return str(error)
    return ""


def test_each_defect_has_its_history():
    assert list(DEFECTS) != []
    assert set(DEFECTS) == set(SCRIPTS)
    assert len(DEFECTS) >= 12


@pytest.mark.timeout(900)
def test_what_is_expected_tells_every_planted_defect_from_none(watched):
    for name, defect in DEFECTS.items():
        assert fault(watched, name) == "", f"{name} is found where it was not planted"
        with pytest.MonkeyPatch.context() as patch:
            defect(patch)
            assert FAULT in fault(watched, name), f"{name} is not found"


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", DEFECTS if os.environ.get("PLANTED") == "all" else SEARCHED)
def test_the_search_finds_a_planted_defect(watched, monkeypatch, name):
    DEFECTS[name](monkeypatch)
    with pytest.raises(AssertionError, match=FAULT):
        search(watched, MOST, SEED, 25, shrink=False)
