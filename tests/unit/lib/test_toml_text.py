"""What is written as TOML reads back as it was."""

import tomllib
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.lib.toml_text import toml_text

plain = st.text(max_size=8).filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text))
values = st.one_of(plain, st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
rows = st.dictionaries(plain, st.one_of(values, st.lists(values, max_size=3)), max_size=3)
documents = st.dictionaries(plain, st.one_of(values, rows, st.lists(rows, min_size=1, max_size=2)), max_size=4)


@given(documents)
@settings(max_examples=150, deadline=None)
def test_what_is_written_reads_back(document):
    assert tomllib.loads(toml_text(document)) == document


def test_a_policy_reads_as_people_write_it():
    document = {
        "rules": [{"name": 'the "youngest"', "levels": [1], "lower": 1}],
        "severity": {"violence": {"at_alert": "low"}},
        "sensitivity": {"bullying": "lower"},
    }
    assert toml_text(document) == (
        '[[rules]]\nname = "the \\"youngest\\""\nlevels = [1]\nlower = 1\n\n[severity]\n\n[severity.violence]\n'
        'at_alert = "low"\n\n[sensitivity]\nbullying = "lower"\n'
    )
    assert toml_text({}) == ""


def test_what_has_no_place_in_it_is_refused():
    with pytest.raises(TypeError, match="time has no place"):
        toml_text({"at": time(7, 30)})
