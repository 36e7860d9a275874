"""A district file: what a right one says, and every mistake of a wrong one at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.district_file import DistrictFileError, read_district_file

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "district.example.toml"
HEAD = """[district]
name = "Cedar Valley"
domain = "cedarvalley.example"
time_zone = "America/Los_Angeles"
delegated_admin = "admin@cedarvalley.example"

[google]
key_file = "key.json"

[[sites]]
code = "oak"
name = "Oak"
org_units = ["/Students/Oak"]
"""


def problems_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "district.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DistrictFileError) as caught:
        read_district_file(path)
    return [str(problem) for problem in caught.value.problems]


def test_the_example_file_is_correct():
    spec = read_district_file(EXAMPLE)
    assert [site.code for site in spec.sites] == ["oak-high", "maple-middle"]
    assert spec.key_file == EXAMPLE.parent / "service-account.json"
    winter = [row for row in spec.breaks if row.name == "Winter break"]
    assert {(row.site_code, row.starts_at.astimezone(UTC), row.ends_at.astimezone(UTC)) for row in winter} == {
        ("oak-high", datetime(2026, 12, 19, 8, tzinfo=UTC), datetime(2027, 1, 4, 8, tzinfo=UTC)),
        ("maple-middle", datetime(2026, 12, 19, 7, tzinfo=UTC), datetime(2027, 1, 4, 7, tzinfo=UTC)),
    }
    assert [contact.site_code for contact in spec.contacts] == ["oak-high", "oak-high", "maple-middle", None]


def test_a_part_of_a_day_is_taken_to_the_minute(tmp_path):
    path = tmp_path / "d.toml"
    path.write_text(HEAD + '[[breaks]]\nname = "Early"\nstarts = 2026-12-18T12:30:00\nends = 2026-12-18T23:00:00\n')
    (row,) = read_district_file(path).breaks
    assert (row.starts_at.hour, row.starts_at.minute, row.ends_at.hour) == (12, 30, 23)


def test_every_mistake_is_told_at_once_with_its_line(tmp_path):
    text = HEAD.replace("America/Los_Angeles", "America/Los_Angles").replace("admin@", "admin at ") + (
        '[[breaks]]\nname = "Winter"\nstarts = 2026-12-19\nends = 2027-01-03\n'
        '[[breaks]]\nname = "New year"\nsites = ["oak"]\nstarts = 2027-01-03\nends = 2027-01-05\n'
        '[[breaks]]\nname = "Spring"\nsites = ["oka"]\nstarts = 2027-04-01\nends = 2027-04-05\n'
        '[[contacts]]\nsite = "elm"\nname = "A"\nemail = "not an address"\n'
    )
    found = problems_of(tmp_path, text)
    assert len(found) == 6
    assert found[0].startswith("line 4: `America/Los_Angles` is not a time zone")
    assert found[1].startswith("line 5: `admin at cedarvalley.example` is not an e-mail address")
    assert found[2].startswith("line 21: the breaks `Winter` and `New year` overlap at site `oak`")
    assert found[3].startswith("line 25: there is no site `oka`")
    assert "did you mean `oak`?" in found[3]
    assert found[4].startswith("line 29: there is no site `elm`")
    assert found[5].startswith("line 31: `not an address` is not an e-mail address")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[google]", "[gogle]"), "did you mean `google`?"),
        (("key_file", "keyfile"), "did you mean `key_file`?"),
        (('code = "oak"', 'code = "Oak High"'), "is not a site code"),
        (('["/Students/Oak"]', '["Students/Oak"]'), "is not the path of a unit"),
        (('["/Students/Oak"]', "[]"), "`org_units` of site `oak` is missing"),
        (("cedarvalley.example", "cedar valley"), "is not a domain name"),
        (('name = "Cedar Valley"\n', ""), "`name` of district is missing"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(tmp_path, change, expected):
    assert any(expected in problem for problem in problems_of(tmp_path, HEAD.replace(*change, 1)))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("starts = 2027-01-05\nends = 2027-01-03", "it ends before it starts"),
        ('starts = "2027-01-05"\nends = 2027-01-06', "without quotation marks"),
        ("starts = 2027-01-05T08:00:00Z\nends = 2027-01-06", "without an offset"),
        ("ends = 2027-01-06", "must be days or local times"),
    ],
)
def test_a_break_that_makes_no_sense_is_refused(tmp_path, days, expected):
    assert any(expected in problem for problem in problems_of(tmp_path, f'{HEAD}[[breaks]]\nname = "B"\n{days}\n'))


def test_broken_toml_names_its_line(tmp_path):
    (problem,) = problems_of(tmp_path, HEAD + "[[breaks\n")
    assert problem.startswith("line 14: not valid TOML")


def test_two_sites_cannot_share_a_unit(tmp_path):
    text = HEAD + '[[sites]]\ncode = "elm"\nname = "Elm"\norg_units = ["/Students/Oak"]\n'
    assert any("belongs to site `oak` already" in problem for problem in problems_of(tmp_path, text))


def test_a_missing_file_says_where_to_begin(tmp_path):
    with pytest.raises(DistrictFileError, match=r"district\.example\.toml"):
        read_district_file(tmp_path / "none.toml")
