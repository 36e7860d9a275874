"""The classifiers in use are those that the policy names, loaded once and again when it names others."""

import os
from pathlib import Path

import pytest

from models.categories import ClassifierError
from models.panel_spec import MemberSpec
from monitor.detection import panel
from monitor.detection.panel import get_classifier
from monitor.detection.policy import current_policy
from monitor.domain.policy import PolicyError
from tests.rooms.detection.marker import MarkerClassifier
from tests.rooms.detection.test_policy_file import SHIPPED

pytestmark = pytest.mark.django_db  # scopes may ask for other levels of sensitivity
TABLE = """
[[panel]]
id = "elsewhere"
path = "folder"
[panel.sha256]
"model.safetensors" = "{digest}"
[panel.labels]
toxic = "bullying"
[panel.calibration.bullying]
slope = 1.0
intercept = 0.0
[panel.thresholds.bullying]
alert = 0.5
review = 0.2
"""


@pytest.fixture
def asked(monkeypatch) -> list[tuple[MemberSpec, ...]]:
    """What was loaded, in order; nothing really is."""
    loaded: list[tuple[MemberSpec, ...]] = []

    def load(specs: tuple[MemberSpec, ...], sensitivity: dict[str, str]) -> MarkerClassifier:
        loaded.append((*specs, *sensitivity.items()))
        return MarkerClassifier(f"marker-{len(loaded)}")

    monkeypatch.setattr(panel, "load_panel", load)
    monkeypatch.setattr(panel, "_loaded", panel._Loaded())
    return loaded


@pytest.fixture
def file(settings, tmp_path) -> Path:
    settings.HEED_POLICY_FILE = tmp_path / "policy.toml"
    write(settings.HEED_POLICY_FILE, "")
    return settings.HEED_POLICY_FILE


def write(file: Path, more: str) -> None:
    """The shipped policy with `more` at its end, as a file that changed."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(SHIPPED.read_text() + more)
    os.utime(file, ns=(0, before + 1))


def test_it_is_loaded_once_while_the_policy_names_the_same(file, asked):
    assert get_classifier() is get_classifier()
    write(file, "# a remark\n")
    assert get_classifier().id == "marker-1"
    assert asked == [()]


def test_it_is_loaded_again_when_the_policy_names_another(file, asked):
    assert get_classifier().id == "marker-1"
    write(file, TABLE.format(digest="0" * 64))
    assert get_classifier().id == get_classifier().id == "marker-2"
    (spec,) = asked[1]
    assert (spec.id, spec.path) == ("elsewhere", file.parent / "folder")
    write(file, "")
    assert get_classifier().id == "marker-3"


def test_it_is_loaded_again_when_the_policy_wants_another_sensitivity(file, asked):
    assert get_classifier().id == "marker-1"
    file.write_text(SHIPPED.read_text().replace('bullying = "standard"', 'bullying = "lower"'))
    os.utime(file, ns=(0, 5))
    assert get_classifier().id == get_classifier().id == "marker-2"
    assert asked == [(), (("bullying", "lower"),)]


def test_a_mistake_in_a_table_is_one_of_the_policy(file, asked):
    write(file, TABLE.format(digest="short"))
    for read in (current_policy, get_classifier):
        with pytest.raises(PolicyError, match=r"model\.safetensors"):
            read()
    assert asked == []


def test_a_folder_that_cannot_be_read_is_named_and_tried_again(file, monkeypatch):
    monkeypatch.setattr(panel, "_loaded", panel._Loaded())
    monkeypatch.setattr("models.panel.load_classifier", lambda **_: MarkerClassifier())
    write(file, TABLE.format(digest="0" * 64))
    for _ in range(2):
        with pytest.raises(ClassifierError, match=r"elsewhere.*folder"):
            get_classifier()
