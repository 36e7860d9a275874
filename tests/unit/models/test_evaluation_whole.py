"""The one command, from a small data folder to the report, its figures and its plots."""

import argparse
import json
import re
import sys

import pytest

from models.categories import CATEGORIES
from models.evaluation import command
from models.evaluation.corpus import load_corpus
from models.evaluation.page import PARTS, render_page
from models.evaluation.tables import measured, number, table
from models.evaluation.whole import SECTIONS, evaluate_everything, rounded, write_everything
from tests.unit.models.evaluation_data import PretendedClassifier, write_data

PLOT_BYTES = 60_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data):
    return evaluate_everything(PretendedClassifier(), load_corpus(data))


@pytest.fixture
def pretended(monkeypatch):
    monkeypatch.setattr(command, "load_classifier", lambda folder=None: PretendedClassifier())


def arguments(*given):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args([str(word) for word in given])


def test_every_section_is_there_and_nothing_is_undefined_in_json(whole):
    result, _ = whole
    assert set(SECTIONS) <= set(result)
    json.dumps(result, allow_nan=False)


def test_figures_of_the_invented_rows_are_what_they_must_be(whole):
    """The word `loser` is in every insult and in nothing else, so ranking is perfect; in books `attack` is harmless."""
    result, scored = whole
    assert result["categories"]["bullying"]["sources"]["insults"]["auc"]["value"] == 1.0
    assert result["categories"]["bullying"]["sources"]["insults"]["alert.recall"]["value"] == 1.0
    books = next(row for row in result["false_alarms"] if row["register"] == "books")
    assert books["categories"]["violence"]["alert"]["per_1000"]["value"] == 1000
    assert books["categories"]["bullying"]["alert"]["alarms"] == 0
    assert result["toxic_overlap"]["marked"]["covers"]["value"] == 1.0
    assert result["texts"] == len(scored.texts)


def test_the_page_has_every_part_and_a_figure_in_each(whole):
    page = render_page(whole[0])
    for title, _ in PARTS:
        section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert re.search(r"^\|.*\d.*\|$", section, re.MULTILINE), title
    assert "nan" not in page.lower().replace("finnan", "")
    assert "None" not in page


def test_the_page_names_what_was_left_out(whole):
    page = render_page(whole[0])
    assert "real mails left out" in page
    assert "eval/chatter_webtext is absent" in page


def test_the_command_writes_report_page_and_small_plots(data, tmp_path, pretended, capsys):
    out = tmp_path / "reports"
    assert command.run(arguments("--data", data, "--out", out, "--limit", 40)) == 0
    assert capsys.readouterr().out.strip() == str(out / "report.md")
    report = json.loads((out / "report.json").read_text())
    assert set(report["categories"]) == set(CATEGORIES)
    assert "a sample of at most 40 texts of each source" in " ".join(report["remarks"])
    plots = sorted(path.name for path in out.glob("*.png"))
    assert plots == ["false_alarms.png", "histograms.png", "precision_recall.png", "reliability.png"]
    for name in plots:
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert (out / name).stat().st_size < PLOT_BYTES
        assert f"]({name})" in (out / "report.md").read_text()


def test_two_runs_write_the_same_report(whole, data, tmp_path):
    again, scored = evaluate_everything(PretendedClassifier(), load_corpus(data))
    for name, (result, texts) in {"a": whole, "b": (again, scored)}.items():
        write_everything(dict(result), texts, tmp_path / name, plots=False)
    for file in ("report.json", "report.md"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_without_matplotlib_it_says_so_before_scoring(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(command, "load_classifier", lambda folder=None: pytest.fail("scored before the check"))
    assert command.run(arguments("--data", data, "--out", tmp_path)) == 2
    assert "matplotlib, which is not installed" in capsys.readouterr().err


def test_a_report_beside_itself_lies_within_and_a_changed_one_does_not(whole, data, tmp_path, pretended):
    write_everything(dict(whole[0]), whole[1], tmp_path / "before", plots=False)
    report = json.loads((tmp_path / "before" / "report.json").read_text())
    report["categories"]["bullying"]["auc"]["interval"] = [0.1, 0.2]
    report["redrawn"]["ordinary"]["mail"]["per_1000"] = {"value": 5.0, "interval": [4.0, 6.0]}
    (tmp_path / "changed.json").write_text(json.dumps(report))
    words = ("--data", data, "--out", tmp_path / "now", "--no-plots", "--beside", tmp_path / "changed.json")
    assert command.run(arguments(*words)) == 0
    figures = json.loads((tmp_path / "now" / "report.json").read_text())["beside"]["figures"]
    assert [row["what"] for row in figures if row["within"] is False] == ["AUC, bullying", "alerts per 1,000, mail"]
    assert sum(row["within"] is True for row in figures) > len(CATEGORIES)
    page = (tmp_path / "now" / "report.md").read_text()
    assert "| AUC, bullying | 1.000 | 1.000 [.100, .200] | **no** |" in page


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (None, ("--out", "now"), "is no report of"),
        ('{"categories": {}}', ("--out", "now"), "is no report of"),
        ("{}", (), "needs the full evaluation"),
    ],
)
def test_what_is_beside_must_be_a_report(content, words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "load_classifier", lambda folder=None: pytest.fail("scored before the check"))
    monkeypatch.chdir(tmp_path)
    if content:
        (tmp_path / "other.json").write_text(content)
    assert command.run(arguments("--data", tmp_path, "--beside", "other.json", *words)) == 2
    assert said in capsys.readouterr().err


def test_plots_can_be_left_out(data, tmp_path, monkeypatch, pretended):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert command.run(arguments("--data", data, "--out", tmp_path, "--limit", 5, "--no-plots")) == 0
    assert "![" not in (tmp_path / "report.md").read_text()


def test_without_data_it_says_what_is_missing(tmp_path, capsys, pretended):
    assert command.run(arguments("--data", tmp_path / "none", "--out", tmp_path / "out", "--no-plots")) == 2
    assert "no training set under" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_errors_are_written_for_reading(data, tmp_path, pretended, capsys):
    assert command.run(arguments("--data", data, "--errors", 4, "--out", tmp_path / "errors")) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["violence"] == 4  # the books' attack of coughing
    rows = [json.loads(line) for line in (tmp_path / "errors" / "violence.jsonl").read_text().splitlines()]
    assert {row["source"] for row in rows} == {"literature"}
    assert all(row["marked"] and row["type"] == "" for row in rows)


@pytest.mark.parametrize(
    "words", [("--errors", "3"), ("--errors", "0", "--out", "/tmp"), ("--errors", "3", "--out", "models")]
)
def test_errors_need_a_number_and_a_folder_outside(words, capsys, monkeypatch, data):
    monkeypatch.setattr(command, "load_classifier", lambda folder=None: pytest.fail("scored before the check"))
    assert command.run(arguments("--data", data, *words)) == 2
    assert "outside" in capsys.readouterr().err


def test_figures_are_written_shortly():
    assert number(None) == "-"
    assert [number(value) for value in (0.5, 1.0, 0.0, -0.25, 0.9996)] == [".500", "1.000", "0.000", "-.250", "1.000"]
    assert [number(value, 1) for value in (0.5, 0.04, -0.04)] == ["0.5", "0.0", "0.0"]
    assert measured({"value": 0.5, "interval": [0.25, 0.75]}, 2) == ".50 [.25, .75]"
    assert measured({"value": None, "interval": None}) == "-"
    assert rounded({"a": [1 / 3, 2, None]}) == {"a": [0.333333, 2, None]}
    assert table(("a", "b"), [("x", "1")]) == ["| a | b |", "|---|--:|", "| x | 1 |", ""]
