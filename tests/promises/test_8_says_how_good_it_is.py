"""Promise 8: precision, recall, false alarms per 1,000 and per group are published for the shipped classifier."""

import json
from pathlib import Path

import pytest

from models.categories import CATEGORIES, CHANNELS
from models.store import SHIPPED, read_manifest

MODELS = Path(__file__).resolve().parents[2] / "models"
REPORT = MODELS / "reports"


@pytest.fixture(scope="module")
def shipped() -> str:
    return read_manifest(SHIPPED).id


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads((REPORT / "report.json").read_text(encoding="utf-8"))


def test_the_report_and_the_card_are_those_of_the_shipped_classifier(shipped, report):
    assert report["classifier"] == shipped
    card = (MODELS / "cards" / f"{shipped}.md").read_text(encoding="utf-8")
    assert card.startswith(f"# Model card: {shipped}\n")
    for part in ("## Training data", "## Figures", "## Errors, read one by one", "## Limitations", "must not be used"):
        assert part in card
    assert [path.stem for path in (MODELS / "cards").glob("*.md")] == [shipped]


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_its_figures_with_intervals(category, report):
    found = report["categories"][category]
    for figure in (found["auc"], found["average_precision"]):
        low, high = figure["interval"]
        assert 0 <= low <= figure["value"] <= high <= 1
    for channel in CHANNELS:
        for figure in ("recall", "precision"):
            assert found["channels"][channel]["alert"][figure]["interval"] is not None


def test_false_alarms_stand_there_per_1000_and_per_group(report):
    assert report["ordinary"]
    for found in report["ordinary"].values():
        assert found["all"]["alert"]["per_1000"]["value"] >= 0
    assert report["bias"]["harmless_flagged"]["mail"]["n"] > 100
    assert report["dialect"]


def test_the_page_shows_its_plots(report):
    page = (REPORT / "report.md").read_text(encoding="utf-8")
    for name in report["plots"].values():
        assert name in page
        assert (REPORT / name).stat().st_size > 10_000
