"""Figures for all draws at once, checked against values worked out by hand and against the plain definitions."""

import math

import numpy as np
import pytest

from models.evaluation.bootstrap import (
    Estimate,
    Ranked,
    Sample,
    difference,
    draw_counts,
    estimate,
    mean,
    measure,
    resampled,
    share,
)
from models.evaluation.figures import area_under_curve, at_threshold, average_precision

LABELS = [1.0, 0.0, 1.0, 0.0, 0.0]
SCORES = [0.9, 0.8, 0.6, 0.6, 0.1]


def test_ranking_figures_are_those_worked_out_by_hand():
    found = measure(Sample.of(LABELS, SCORES))
    assert found["auc"].value == pytest.approx(4.5 / 6)
    assert found["average_precision"].value == pytest.approx(0.75)


def test_average_precision_at_another_prevalence():
    # Half dangerous: precision 1 at 0.9; at 0.6 all dangers (0.5) beside two thirds of the harmless (0.333): 0.6.
    found = measure(Sample.of(LABELS, SCORES), prevalences=(0.5,))
    assert found["average_precision@0.5"].value == pytest.approx(0.5 * 1 + 0.5 * 0.6)


def test_at_its_own_prevalence_average_precision_does_not_change():
    found = measure(Sample.of(LABELS, SCORES), prevalences=(0.4,))
    assert found["average_precision@0.4"].value == pytest.approx(found["average_precision"].value)


def test_operating_points_by_hand():
    found = measure(Sample.of(LABELS, SCORES), {"alert": 0.8, "never": 0.95}, base_rate=0.1)
    assert found["alert.recall"].value == 0.5
    assert found["alert.precision"].value == 0.5
    assert found["alert.false_alarms"].value == pytest.approx(1000 / 3)
    # Of 1,000 texts 100 are dangerous: 50 found, beside 300 of 900 harmless.
    assert found["alert.precision_at_base_rate"].value == pytest.approx(50 / 350)
    assert found["never.recall"].value == 0
    assert math.isnan(found["never.precision"].value)


def test_a_score_at_the_threshold_counts_and_ties_go_together():
    found = measure(Sample.of(LABELS, SCORES), {"alert": 0.6})
    assert found["alert.recall"].value == 1.0
    assert found["alert.precision"].value == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_all_at_once_agrees_with_the_plain_definitions(seed):
    chance = np.random.default_rng(seed)
    labels = (chance.random(80) < 0.3).astype(float)
    scores = np.round(chance.random(80), 1)
    weights = chance.integers(1, 4, 80).astype(float)
    found = measure(Sample.of(labels, scores, weights), {"alert": 0.7}, draws=1)
    point = at_threshold(labels, scores, 0.7, weights)
    assert found["auc"].value == pytest.approx(area_under_curve(labels, scores, weights))
    assert found["average_precision"].value == pytest.approx(average_precision(labels, scores, weights))
    assert (found["alert.recall"].value, found["alert.precision"].value) == pytest.approx(
        (point.recall, point.precision)
    )
    assert found["alert.false_alarms"].value == pytest.approx(point.false_alarms)


def test_a_draw_is_the_figure_of_the_drawn_texts():
    sample = Sample.of(LABELS, SCORES)
    counts = np.array([[2.0, 1, 0, 1, 1], [0.0, 3, 1, 1, 0]])
    areas = Ranked.of(sample).curves(counts).area()
    for drawn, area in zip(counts, areas, strict=True):
        assert area == pytest.approx(area_under_curve(sample.labels, sample.scores, drawn))


def test_groups_are_drawn_whole_and_as_many_as_there_are():
    groups = np.array([0, 0, 1, 2, 2, 2])
    counts = draw_counts(groups, 50, np.random.default_rng(0))
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 3] == counts[:, 5]).all()
    assert (counts[:, [0, 2, 3]].sum(axis=1) == 3).all()
    assert len(np.unique(counts, axis=0)) > 5


def test_slices_of_draws_are_complete_and_repeatable():
    groups = np.arange(70_000)
    first = [part.sum() for part in resampled(groups, 100)]
    assert len(first) > 1
    assert first == [part.sum() for part in resampled(groups, 100)]
    assert sum(part.shape[0] for part in resampled(np.arange(3), 100)) == 100


def test_texts_of_one_person_do_not_narrow_the_interval():
    chance = np.random.default_rng(1)
    labels = (chance.random(60) < 0.4).astype(float)
    scores = labels + chance.normal(0, 1, 60)
    people = [f"{i:02}" for i in range(60)]
    once = measure(Sample.of(labels, scores))["auc"]
    copied = [np.repeat(x, 20) for x in (labels, scores)]
    grouped = measure(Sample.of(*copied, groups=list(np.repeat(people, 20))))["auc"]
    alone = measure(Sample.of(*copied))["auc"]
    assert grouped.high - grouped.low == pytest.approx(once.high - once.low)
    assert alone.high - alone.low < 0.5 * (grouped.high - grouped.low)


def test_figures_without_a_class_are_undefined_and_null_in_json():
    found = measure(Sample.of([0.0, 0.0], [0.1, 0.9]), {"alert": 0.5})
    assert found["auc"].as_json() == {"value": None, "interval": None}
    assert found["alert.recall"].as_json()["value"] is None
    assert found["alert.false_alarms"].value == 500
    assert measure(Sample.of([], [])) == {}


def test_undefined_draws_do_not_count():
    found = estimate(0.5, np.array([np.nan, 0.4, 0.4, 0.4, np.nan]))
    assert found == Estimate(0.5, 0.4, 0.4)
    assert estimate(0.5, np.array([np.nan])).as_json() == {"value": 0.5, "interval": None}


def test_shares_have_wilsons_interval():
    none = share(0, 10)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
    half = share(5, 10)
    assert (half.low, half.high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert share(10, 10, per=1000).high == 1000
    assert share(0, 0).as_json() == {"value": None, "interval": None}


def test_a_difference_of_shares_follows_newcombe():
    # 56 of 70 against 48 of 80: the example of his paper.
    found = difference(share(56, 70), share(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_a_mean_has_an_interval_around_it():
    found = mean(np.array([1.0, 2.0, 3.0, 4.0] * 25))
    assert found.value == 2.5
    assert 2.2 < found.low < 2.5 < found.high < 2.8
    assert math.isnan(mean(np.zeros(0)).value)
