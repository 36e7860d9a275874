import argparse
import gzip
import json
import math

import numpy as np
import pytest

from models.evaluation import command
from models.evaluation.bootstrap import Sample, measure
from models.evaluation.evaluate import evaluate
from models.evaluation.figures import (
    area_under_curve,
    at_threshold,
    average_precision,
    base_rate_weights,
    calibration_error,
    rank_correlation,
)
from models.evaluation.labelled import EvaluationError, Labelled, read_labelled
from models.evaluation.report import render_markdown

LABELS = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
SCORES = np.array([0.9, 0.8, 0.6, 0.6, 0.1])
THRESHOLDS = {c: {"alert": 0.8, "review": 0.5} for c in ("bullying", "self_harm", "violence", "grooming")}


def test_the_area_under_the_curve_counts_pairs_and_half_of_the_ties():
    # Pairs: 0.9 beats three harmless texts; 0.6 loses to 0.8, ties with 0.6, beats 0.1: 3 + 1.5 of 6.
    assert area_under_curve(LABELS, SCORES) == pytest.approx(4.5 / 6)


def test_average_precision_weighs_precision_by_recall_gained():
    # At 0.9: precision 1, half of the recall. At 0.6: precision 2/4, the other half.
    assert average_precision(LABELS, SCORES) == pytest.approx(0.5 * 1 + 0.5 * 0.5)


def test_weights_count_like_repeated_texts():
    weights = np.array([2.0, 1.0, 3.0, 1.0, 2.0])
    labels, scores = (np.repeat(x, weights.astype(int)) for x in (LABELS, SCORES))
    assert area_under_curve(LABELS, SCORES, weights) == pytest.approx(area_under_curve(labels, scores))
    assert average_precision(LABELS, SCORES, weights) == pytest.approx(average_precision(labels, scores))


def test_figures_at_a_threshold_count_what_is_at_or_over_it():
    point = at_threshold(LABELS, SCORES, 0.8)
    assert (point.precision, point.recall) == (0.5, 0.5)
    assert point.false_alarms == pytest.approx(1000 / 3)


def test_figures_without_a_class_are_undefined_rather_than_zero():
    assert math.isnan(area_under_curve(np.zeros(3), np.arange(3.0)))
    assert math.isnan(average_precision(np.zeros(3), np.arange(3.0)))
    assert math.isnan(at_threshold(np.ones(3), np.arange(3.0), 1.0).false_alarms)


def test_calibration_error_is_the_mean_distance_of_stated_and_observed():
    labels, stated = np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.25, 0.25, 0.85, 0.85])
    # Two bins of two: |0.25 - 0.5| and |0.85 - 1.0|, half each.
    assert calibration_error(labels, stated) == pytest.approx(0.5 * 0.25 + 0.5 * 0.15)


def test_reweighting_gives_positives_the_base_rate():
    weights = base_rate_weights(np.array([1.0, 1.0, 0.0, 0.0]), 0.01)
    assert weights[:2].sum() / weights.sum() == pytest.approx(0.01)


def test_reweighting_keeps_the_trust_within_a_class():
    weights = base_rate_weights(np.array([1.0, 1.0, 0.0, 0.0]), 0.5, np.array([3.0, 1.0, 1.0, 1.0]))
    assert weights[:2].sum() == pytest.approx(weights[2:].sum())
    assert weights[0] == pytest.approx(3 * weights[1])


def test_rank_correlation_shares_ranks_among_ties():
    assert rank_correlation(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])) == pytest.approx(0.8)
    # Ranks 1.5, 1.5, 3 and 1, 2, 3: 1.5 / sqrt(1.5 * 2).
    assert rank_correlation(np.array([5.0, 5, 9]), np.array([1.0, 2, 3])) == pytest.approx(math.sqrt(0.75))
    assert math.isnan(rank_correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3])))


def test_intervals_contain_the_figure_and_narrow_with_more_texts():
    chance = np.random.default_rng(0)

    def width(n: int) -> float:
        labels = (chance.random(n) < 0.3).astype(float)
        scores = labels + chance.normal(0, 1, n)
        found = measure(Sample.of(labels, scores))["auc"]
        assert found.low < area_under_curve(labels, scores) < found.high
        return found.high - found.low

    assert width(4000) < width(200) / 2


def test_a_missing_label_is_unknown_and_counts_nowhere():
    data = Labelled(texts=["a", "b", "c"], labels=[{"bullying": 1}, {"bullying": 0, "violence": 0}, {}])
    scores = [dict.fromkeys(THRESHOLDS, 0.9), dict.fromkeys(THRESHOLDS, 0.1), dict.fromkeys(THRESHOLDS, 0.9)]
    result = evaluate(data, scores, THRESHOLDS, "toy")
    assert result["categories"]["bullying"]["n"] == 2
    assert result["categories"]["bullying"]["auc"] == 1.0
    assert result["categories"]["violence"]["positives"] == 0
    assert result["categories"]["violence"]["auc"] is None
    assert result["categories"]["grooming"]["n"] == 0
    assert result["harmless"] == {"n": 1, "over": {"alert": 0, "review": 0}, "per_1000": {"alert": 0.0, "review": 0.0}}
    json.dumps(result, allow_nan=False)
    assert "| violence | 1 | 0 | - |" in render_markdown(result, "Toy")


def test_bad_lines_are_counted_with_their_reason_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    lines = ["{", '{"labels": {}}', '{"text": "a"}', '{"text": "a", "labels": {"bullying": 2}}', "", "[1]"]
    good = json.dumps({"text": "hello", "labels": {"bullying": 1, "violence": None, "other": 5}})
    path.write_bytes(gzip.compress("\n".join([*lines, good]).encode()))
    found = read_labelled(path)
    assert found.texts == ["hello"]
    assert found.labels == [{"bullying": 1}]
    assert found.bad_lines == 6
    assert found.complaints[0] == "x.jsonl.gz, line 1: not JSON"
    assert found.complaints[3].endswith("a label that is neither 0 nor 1")


def test_a_file_without_a_usable_line_is_refused(tmp_path):
    (tmp_path / "x.jsonl").write_text("nothing\n")
    with pytest.raises(EvaluationError, match="no labelled text"):
        read_labelled(tmp_path / "x.jsonl")


def test_a_truncated_archive_is_refused(tmp_path):
    content = gzip.compress(json.dumps({"text": "a" * 5000, "labels": {}}).encode())
    (tmp_path / "x.jsonl.gz").write_bytes(content[:-12])
    with pytest.raises(EvaluationError, match="whole file"):
        read_labelled(tmp_path / "x.jsonl.gz")


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(given)


def test_the_command_prints_json_and_writes_both_reports(tmp_path, capsys):
    rows = [
        {"text": "I want to kill myself tonight, I can't do this any more.", "labels": {"self_harm": 1, "grooming": 0}},
        {"text": "The bus leaves at 7 from the front entrance.", "labels": {"self_harm": 0, "grooming": 0}},
    ]
    (tmp_path / "toy.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert command.run(arguments("--data", str(tmp_path / "toy.jsonl"), "--report", str(tmp_path / "out"))) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["categories"]["self_harm"]["auc"] == 1.0
    assert json.loads((tmp_path / "out" / "toy.json").read_text()) == printed
    assert "| self_harm | 2 | 1 |" in (tmp_path / "out" / "toy.md").read_text()


def test_the_command_says_what_is_wrong_when_the_data_are_absent(tmp_path, capsys):
    assert command.run(arguments("--data", str(tmp_path / "none.jsonl"))) == 2
    assert "check the path" in capsys.readouterr().err
