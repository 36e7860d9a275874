"""`worker.py config`: the district as a file, applied all or nothing, and written back without loss."""

import re
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers

from config.district_file import read_district_file
from monitor.alerts.models import Contact
from monitor.audit.chain import verify
from monitor.calendars.models import Break
from monitor.commands.config import run
from monitor.commands.district_export import export_district
from monitor.lib import clock
from monitor.roster.models import District, Site, SiteOrgUnit
from monitor.sealed.keys import opened_text

pytestmark = pytest.mark.django_db
EXAMPLE = (Path(__file__).resolve().parents[3] / "config" / "district.example.toml").read_text()
SUMMER = datetime(2026, 7, 1, 12, tzinfo=UTC)
IN_WINTER_BREAK = datetime(2026, 12, 28, 18, tzinfo=UTC)


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "district.toml"
    path.write_text(EXAMPLE)
    return path


def config(action: str, file: Path) -> int:
    return run(Namespace(action=action, file=file))


def tables() -> str:
    """Everything that a district file rules over, without the numbers and times of the rows."""
    rows = [*District.objects.all(), *Site.objects.all(), *Break.objects.all(), *Contact.objects.order_by("email")]
    units = sorted(SiteOrgUnit.objects.values_list("site__code", "path"))
    ignored = {"applied_at", "roster_tried_at"}
    fields = [
        {name: value for name, value in row["fields"].items() if name not in ignored}
        for row in serializers.serialize("python", rows)
    ]
    return repr((fields, units))


def without_seals(text: str) -> str:
    """A seal is another one each time."""
    return re.sub(r"sealed:[\w=-]+", "sealed", text)


def opened(spec: object) -> str:
    """All that a spec says, secret addresses opened."""
    return re.sub(r"sealed:[\w=-]+", lambda seal: opened_text(seal[0]), repr(spec))


def everything() -> dict[str, list]:
    """Every row of every room."""
    rooms = ("roster", "calendars", "alerts", "audit")
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for room in rooms
        for model in apps.get_app_config(room).get_models()
    }


def test_a_correct_file_is_checked_without_touching_anything(file, capsys):
    assert config("check", file) == 0
    assert capsys.readouterr().out == "Correct: Cedar Valley Unified, 2 sites, 3 breaks, 4 contacts\n"
    assert not District.objects.exists()


def test_applying_twice_changes_nothing_but_the_audit_chain(file):
    with clock.standing_at(SUMMER):
        assert config("apply", file) == 0
        before = tables()
        assert config("apply", file) == 0
    assert tables() == before
    assert verify() == 2 + 3 + 2  # two applications, three breaks and two exemptions added once


@pytest.mark.parametrize("now", [SUMMER, IN_WINTER_BREAK], ids=["before the breaks", "in a break"])
def test_what_is_exported_is_correct_and_applying_it_changes_nothing(file, tmp_path, now):
    with clock.standing_at(now):
        config("apply", file)
        before, spec = tables(), read_district_file(file)
        exported = tmp_path / "exported.toml"
        assert config("export", exported) == 0
        assert config("check", exported) == 0
        again = read_district_file(exported)
        assert config("apply", exported) == 0
        assert tables() == before
        assert without_seals(export_district()) == without_seals(exported.read_text())
    assert (again.name, again.domain, again.time_zone, again.key_file) == (
        spec.name, spec.domain, spec.time_zone, spec.key_file,
    )  # fmt: skip
    for name in ("sites", "breaks", "contacts", "hours", "feeds", "shifts"):
        assert sorted(map(opened, getattr(again, name))) == sorted(map(opened, getattr(spec, name)))


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("starts = 2026-12-19", "starts = 2026-12-18"),
        ("starts = 2026-12-19", "starts = 2026-12-21"),
        ("ends = 2027-01-03", "ends = 2026-12-29"),
        ("ends = 2027-01-03", "ends = 2027-01-08"),
        ("starts = 2026-12-19\nends = 2027-01-03", "starts = 2027-05-01\nends = 2027-05-02"),
    ],
    ids=["earlier", "later", "shorter", "longer", "taken out"],
)
def test_after_a_break_under_way_was_changed_the_export_is_still_correct(file, tmp_path, was, becomes):
    with clock.standing_at(IN_WINTER_BREAK):
        config("apply", file)
        file.write_text(EXAMPLE.replace(was, becomes))
        assert config("apply", file) == 0
        before, exported = tables(), tmp_path / "exported.toml"
        config("export", exported)
        assert config("check", exported) == 0
        config("apply", exported)
        assert tables() == before


def test_a_break_under_way_goes_on_through_an_application_that_still_names_it(file):
    with clock.standing_at(IN_WINTER_BREAK):
        config("apply", file)
        before = list(Break.objects.values())
        file.write_text(EXAMPLE.replace('name = "Maple Middle School"', 'name = "Maple Middle"'))
        config("apply", file)
    assert list(Break.objects.values()) == before


def test_a_break_that_is_taken_out_while_under_way_stays_on_record_up_to_now(file):
    with clock.standing_at(IN_WINTER_BREAK):
        config("apply", file)
        file.write_text(
            EXAMPLE.replace("starts = 2026-12-19\nends = 2027-01-03", "starts = 2027-05-01\nends = 2027-05-02")
        )
        config("apply", file)
    for row in Break.objects.filter(name="Winter break", starts_at__lt=IN_WINTER_BREAK):
        assert timedelta() <= row.ends_at - IN_WINTER_BREAK < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ('code = "maple-middle"', 'code = "Maple Middle"', "is not a site code"),
        ("safety@", "safety at ", "is not an e-mail address"),
        ("ends = 2027-01-03", "ends = 2026-01-03", "it ends before it starts"),
        ("[[breaks]]", "[[breaks", "not valid TOML"),
    ],
)
def test_one_mistake_and_nothing_at_all_is_applied(file, capsys, was, becomes, words):
    with clock.standing_at(SUMMER):
        config("apply", file)
        before = everything()
        file.write_text(EXAMPLE.replace("Oak High School", "Oak High").replace(was, becomes, 1))
        assert config("apply", file) == 1
    assert everything() == before
    error = capsys.readouterr().err
    assert words in error
    assert error.endswith("Nothing was applied.\n")


def test_with_a_broken_policy_nothing_is_applied(file, settings, tmp_path, capsys):
    settings.HEED_POLICY_FILE = tmp_path / "none.toml"
    assert config("apply", file) == 1
    assert not District.objects.exists()
    assert "none.toml" in capsys.readouterr().err


def test_a_site_that_is_no_longer_named_is_switched_off_and_comes_back_with_its_history(file):
    with clock.standing_at(SUMMER):
        config("apply", file)
        key = Site.objects.get(code="maple-middle").pk
        without = EXAMPLE.replace('[[sites]]\ncode = "maple-middle"', '[[sites]]\ncode = "elm"').replace(
            'site = "maple-middle"', 'site = "elm"'
        )
        file.write_text(without)
        config("apply", file)
        assert not Site.objects.get(pk=key).is_active
        assert set(SiteOrgUnit.objects.values_list("site__code", flat=True)) == {"oak-high", "elm"}
        file.write_text(EXAMPLE)
        config("apply", file)
    assert Site.objects.get(code="maple-middle").pk == key
    assert Site.objects.get(pk=key).is_active


def test_export_writes_to_standard_output_as_well(file, capsys):
    config("apply", file)
    capsys.readouterr()
    assert config("export", Path("-")) == 0
    assert without_seals(capsys.readouterr().out) == without_seals(export_district())


def test_names_with_quotes_and_accents_survive_the_export(file, tmp_path):
    name = 'Cañon "West" \\ Höhe'
    file.write_text(EXAMPLE.replace('"Oak High School"', "'" + name + "'"))
    config("apply", file)
    config("export", tmp_path / "exported.toml")
    assert read_district_file(tmp_path / "exported.toml").sites[1].name == name


@pytest.mark.parametrize("place", ["no/such/folder/d.toml", "."])
def test_an_export_that_cannot_be_written_says_so(file, tmp_path, capsys, place):
    config("apply", file)
    assert config("export", tmp_path / place) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_before_a_district_is_applied_there_is_nothing_to_export(tmp_path, capsys):
    assert config("export", tmp_path / "d.toml") == 1
    assert "config apply" in capsys.readouterr().err
    assert not (tmp_path / "d.toml").exists()
