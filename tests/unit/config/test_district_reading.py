"""The tables [reading] and [[exemptions]] of a district file."""

import tomllib

import pytest

from config.district_reading import read_reading
from monitor.domain.reading import ExemptionSpec, ReadingSpec


def read(source: str) -> tuple[ReadingSpec, list[str]]:
    problems: list[str] = []

    def report(_where, _key, problem, _remedy):
        problems.append(problem)

    return read_reading(tomllib.loads(source), report), problems


def test_what_is_not_said_has_its_shipped_value():
    assert read("") == (ReadingSpec(), [])


def test_every_switch_and_exemption_is_taken():
    spec, problems = read(
        '[reading]\ndrive = false\nspam = true\nexclude_units = ["/S/Staff"]\ngrade_field = "Student.Grade"\n'
        '[[exemptions]]\naddress = "Nurse@Oak.example"\nreason = "Health"\n'
        '[[exemptions]]\nlabel = "Records"\nreason = "Request"\n'
    )
    assert problems == []
    assert (spec.drive, spec.spam, spec.gmail, spec.exclude_units) == (False, True, True, ("/S/Staff",))
    assert spec.exemptions == (
        ExemptionSpec("address", "nurse@oak.example", "Health"),
        ExemptionSpec("label", "records", "Request"),
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("reading = 3", "must be a table"),
        ('[reading]\ngmail = "yes"', "`gmail` of reading must be true or false"),
        ('[reading]\nexclude_units = "x"', "must be a list"),
        ('[reading]\nexclude_units = ["Staff"]', "`Staff` does not belong"),
        ('[reading]\nexclude_groups = ["press"]', "`press` does not belong"),
        ('[reading]\ngrade_field = "Grade"', "SCHEMA.FIELD"),
        ("exemptions = 3", "list of tables"),
        ('[[exemptions]]\nreason = "x"', "either an address or a label"),
        ('[[exemptions]]\naddress = "a@b"\nlabel = "c"\nreason = "x"', "either an address or a label"),
        ('[[exemptions]]\naddress = "nurse"\nreason = "x"', "is not one"),
        ('[[exemptions]]\nlabel = "x"', "needs a reason"),
        ('[[exemptions]]\nlabel = "x"\nreason = "a"\n[[exemptions]]\nlabel = "X"\nreason = "b"', "exempt twice"),
    ],
)
def test_each_mistake_is_said(source, words):
    _, problems = read(source)
    assert len(problems) == 1
    assert words in problems[0]
