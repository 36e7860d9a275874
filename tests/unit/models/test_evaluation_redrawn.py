"""Intervals that draw the thresholds' own texts anew: counted by hand where nothing can vary, wider where much can."""

import numpy as np
import pytest

from models.categories import CATEGORIES
from models.evaluation.bootstrap import Ranked, Sample, resampled
from models.evaluation.corpus import Text
from models.evaluation.redrawn import redrawn
from models.evaluation.scored import score_all
from models.training.rows import Row
from tests.unit.models.evaluation_data import PretendedClassifier

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))
SOCIAL = 600
INSULTS = 8


def rows(odd=0):
    """Harmless posts of one length, `odd` of which hold the word by which the pretended classifier knows insults."""
    words = ["loser" if i < odd else "moon!" for i in range(SOCIAL)]
    return [Row(f"post {i:03d} about a {word}", "goemotions", f"g{i}", HARMLESS) for i, word in enumerate(words)]


def scored():
    """Half of the insults hold the word; mails and essays hold none."""
    insults = [
        Text(f"you {'loser' if i % 2 else 'fool'} {i}", "insults", f"i{i}", "held_out", {"bullying": (1.0, 1.0)})
        for i in range(100)
    ]
    dull = [Text(f"meeting {i}", "mail_ham", f"m{i}", "held_out", HARMLESS) for i in range(80)]
    return score_all(PretendedClassifier(), [*insults, *dull])


def test_where_no_row_is_odd_thresholds_do_not_move():
    found = redrawn(scored(), PretendedClassifier(), rows())
    at = found["categories"]["bullying"]["chat"]
    low, high = at["threshold"]["interval"]
    assert low == pytest.approx(high)
    assert low == pytest.approx(PretendedClassifier().score([rows()[0].text])[0].scores["bullying"])
    assert at["threshold"]["value"] == 0.5  # the shipped one, whatever is drawn
    assert at["recall"]["value"] == pytest.approx(0.5)
    assert found["ordinary"]["mail"]["n"] == 80
    assert found["ordinary"]["mail"]["per_1000"]["value"] == 0.0


def test_a_handful_of_odd_rows_makes_threshold_and_recall_uncertain_in_its_category_alone():
    found = redrawn(scored(), PretendedClassifier(), rows(INSULTS))
    low, high = found["categories"]["bullying"]["chat"]["threshold"]["interval"]
    assert low < 0.5
    assert high > 0.9
    recall = found["categories"]["bullying"]["chat"]["recall"]["interval"]
    assert recall[0] == 0.0  # the threshold lies over what insults score
    assert recall[1] > 0.5
    low, high = found["categories"]["violence"]["chat"]["threshold"]["interval"]
    assert low == pytest.approx(high)


def test_rows_of_one_group_are_drawn_together():
    alone, together = rows(INSULTS), rows(INSULTS)
    together = [Row(r.text, r.source, "one" if i < INSULTS else r.group, HARMLESS) for i, r in enumerate(together)]
    shares = []
    for given in (alone, together):
        drawn = redrawn(scored(), PretendedClassifier(), given)["categories"]["bullying"]["chat"]["threshold"]
        shares.append(drawn["interval"])
    assert shares[1][0] < shares[0][0]  # more than a third of the draws have none of the eight
    assert shares[1][0] == pytest.approx(PretendedClassifier().score([rows()[-1].text])[0].scores["bullying"])


def test_too_few_rows_fix_nothing():
    assert redrawn(scored(), PretendedClassifier(), rows()[:49]) is None


def test_recall_at_a_threshold_of_each_draw_is_the_recall_at_that_threshold():
    chance = np.random.default_rng(5)
    sample = Sample.of(
        chance.integers(0, 2, 200), chance.random(200).round(2), groups=[f"{i // 3}" for i in range(200)]
    )
    ranked, limits = Ranked.of(sample), np.array([0.0, 0.3, 0.305, 0.99, 2.0])
    curves = ranked.curves(next(resampled(sample.groups, len(limits))))
    each = [curves.at(limit)["recall"][draw] for draw, limit in enumerate(limits)]
    assert curves.recall_at(limits).tolist() == pytest.approx(each)
    assert each[0] == 1.0
    assert each[-1] == 0.0
