import numpy as np
import pytest

from models.calibration import Calibration, fit_platt, sigmoid
from models.thresholds import CEILINGS, REVIEW_FACTOR, SENSITIVITY, choose_points, upper_quantile


def drawn(slope: float, intercept: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(3)
    logits = chance.normal(0, 2, n)
    return logits, (chance.random(n) < sigmoid(slope * logits + intercept)).astype(float)


def test_platt_scaling_finds_the_slope_and_intercept_that_made_the_labels():
    fitted = fit_platt(*drawn(0.6, -1.0))
    assert fitted.slope == pytest.approx(0.6, abs=0.05)
    assert fitted.intercept == pytest.approx(-1.0, abs=0.08)


def test_calibrated_probabilities_match_the_observed_rate():
    logits, labels = drawn(1.7, 0.5)
    assert fit_platt(logits, labels)(logits).mean() == pytest.approx(labels.mean(), abs=0.005)


def test_the_fit_does_not_run_away_on_extreme_logits():
    logits = np.array([-40.0, -35.0, -30.0, 30.0, 35.0, -20.0, 40.0, 20.0] * 50)
    labels = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0] * 50)
    fitted = fit_platt(logits, labels)
    assert 0 < fitted.slope < 0.2
    assert abs(fitted.intercept) < 1


def test_the_shift_moves_the_mean_to_the_base_rate():
    logits, labels = drawn(1.0, 0.0)
    plain, shifted = fit_platt(logits, labels), fit_platt(logits, labels, base_rate=0.01)
    at_even_odds = -plain.intercept / plain.slope
    assert float(shifted(np.array(at_even_odds))) == pytest.approx(0.01, abs=0.002)


def test_without_both_classes_nothing_is_fitted():
    assert fit_platt(np.array([1.0, 2.0]), np.array([0.0, 0.0])) == Calibration()


def test_sigmoid_takes_any_number_without_overflow():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]


def test_a_quantile_with_enough_scores_behind_it_is_counted():
    scores = np.arange(10_000, dtype=float)
    assert (scores > upper_quantile(scores, 0.01)).sum() == 100


def test_a_rare_quantile_is_taken_from_the_tail_and_not_from_the_largest_score():
    chance = np.random.default_rng(1)
    found = [upper_quantile(chance.exponential(1.0, 2000), 0.00025) for _ in range(200)]
    assert np.mean(found) == pytest.approx(np.log(1 / 0.00025), abs=0.5)


def test_a_smaller_share_never_gives_a_lower_value():
    ordinary = np.random.default_rng(4).normal(-8, 0.2, 8000)
    scores = np.concatenate([ordinary, [3.0, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3]])  # a few that nothing leads up to
    found = [upper_quantile(scores, share) for share in (0.01, 0.0008, 0.0007, 0.0006, 0.0005, 0.0001)]
    assert found == sorted(found)


def test_too_few_harmless_texts_fix_no_threshold():
    with pytest.raises(ValueError, match="at least 50"):
        upper_quantile(np.zeros(49), 0.1)


def test_both_registers_keep_their_ceilings_at_once():
    chance = np.random.default_rng(2)
    harmless = {"formal": chance.normal(0, 1, 50_000), "social": chance.normal(1, 1, 50_000)}
    points = choose_points("bullying", harmless)
    for register, scores in harmless.items():
        for point, logit in points.items():
            factor = {"alert": 1.0, "review": REVIEW_FACTOR, **SENSITIVITY}[point]
            assert 1000 * (scores >= logit).mean() <= CEILINGS[register]["bullying"] * factor * 1.05
    assert points["lower"] > points["alert"] > points["higher"] > points["review"]


def test_the_ceilings_of_all_categories_together_are_1_and_10_per_1000():
    assert sum(CEILINGS["formal"].values()) == pytest.approx(1.0)
    assert sum(CEILINGS["social"].values()) == pytest.approx(10.0)
