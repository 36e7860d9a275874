"""Each section of the full evaluation on a handful of texts, with figures counted by hand."""

import numpy as np
import pytest

from models.categories import CATEGORIES
from models.evaluation.alarms import (
    ORDINARY,
    TEXTS_PER_WEEK,
    expected_alerts,
    false_alarms,
    level_limits,
    pooled_alarms,
)
from models.evaluation.bias import bias
from models.evaluation.bootstrap import Sample
from models.evaluation.corpus import Text
from models.evaluation.disguise import disguises
from models.evaluation.early import first_pass
from models.evaluation.evaluate import without_nan
from models.evaluation.own_text import own_text
from models.evaluation.places import places, put_into
from models.evaluation.quality import quality, reliability
from models.evaluation.scored import Scored, score_all
from models.evaluation.severity import correlation, severity
from models.evaluation.slices import dialect, slices
from tests.unit.models.evaluation_data import PretendedClassifier

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))


def texts_of(source, labels, *, origin="held_out", category="bullying", **more):
    return [
        Text(f"{source} {i}", source, f"{source}{i}", origin, {category: (float(y), 1.0)}, **more)
        for i, y in enumerate(labels)
    ]


def given(texts, scores, category="bullying", levels=None):
    """Texts with the scores of one category; 0 in the others; thresholds 0.5 and 0.1 everywhere."""
    columns = np.zeros((len(texts), len(CATEGORIES)))
    columns[:, CATEGORIES.index(category)] = scores
    return Scored(texts, columns, [()] * len(texts), levels or [None] * len(texts), PretendedClassifier().thresholds)


def test_quality_counts_only_known_held_out_rows_and_weighs_them_by_trust():
    texts = [
        Text("a", "insults", "1", "held_out", {"bullying": (1.0, 1.0)}),
        Text("b", "insults", "2", "held_out", {"bullying": (1.0, 3.0)}),
        Text("c", "insults", "3", "held_out", {"bullying": (0.0, 1.0)}),
        Text("d", "insults", "4", "held_out", {"violence": (1.0, 1.0)}),
        Text("e", "benign_essays", "5", "eval", {"bullying": (0.0, 1.0)}),
    ]
    found = quality(given(texts, [0.9, 0.3, 0.2, 0.9, 0.9]))["bullying"]
    assert (found["n"], found["positives"], found["groups"]) == (3, 2, 3)
    assert found["prevalence"] == pytest.approx(4 / 5)
    assert found["channels"]["mail"]["alert"]["recall"]["value"] == pytest.approx(1 / 4)
    assert found["channels"]["chat"]["review"]["recall"]["value"] == 1.0
    assert found["channels"]["mail"]["review"]["false_alarms"]["value"] == 1000
    assert set(found["average_precision_at"]) == {"0.17", "0.05", "0.005"}


def test_a_source_with_few_dangers_is_left_out_and_one_without_harmless_texts_is_contrasted():
    texts = texts_of("grooming_windows", [1] * 6, category="grooming") + texts_of(
        "chat_rooms_nps", [0] * 6, category="grooming"
    )
    texts += texts_of("gab", [1] * 3, category="grooming")
    rows = quality(given(texts, [0.9] * 5 + [0.2] + [0.1] * 3 + [0.8] * 3 + [0.9] * 3, "grooming"))["grooming"][
        "sources"
    ]
    assert set(rows) == {"grooming_windows", "grooming_windows against chat_rooms_nps, game_chat_conda"}
    assert rows["grooming_windows"]["auc"]["value"] is None or np.isnan(rows["grooming_windows"]["auc"]["value"])
    # Of 36 pairs the one window at 0.2 loses against the three rooms at 0.8.
    assert rows["grooming_windows against chat_rooms_nps, game_chat_conda"]["auc"]["value"] == pytest.approx(33 / 36)
    assert rows["grooming_windows"]["alert.recall"]["value"] == pytest.approx(5 / 6)


def test_reliability_gives_stated_and_observed_by_bin():
    sample = Sample.of([1.0, 0.0, 0.0, 1.0], [0.2, 0.12, 0.0005, 1.0])
    first, second, third = reliability(sample, np.array([1.0, 3.0, 1.0, 1.0]))
    assert (first["from"], first["to"], first["observed"]) == (1e-4, 1e-3, 0.0)
    assert (second["n"], second["positives"]) == (2, 1)
    assert second["stated"] == pytest.approx((0.2 + 3 * 0.12) / 4)
    assert second["observed"] == pytest.approx(0.25)
    assert (third["to"], third["observed"]) == (1.0, 1.0)


def test_false_alarms_count_harmless_texts_by_register_where_the_label_is_known():
    texts = [Text(f"m{i}", "mail_ham", f"m{i}", "held_out", HARMLESS) for i in range(4)]
    texts += [Text(f"r{i}", "chat_rooms_nps", f"r{i}", "held_out", {"grooming": (0.0, 2.0)}) for i in range(2)]
    texts += [Text("bad", "mail_ham", "x", "held_out", {**HARMLESS, "bullying": (1.0, 1.0)})]
    scored = given(texts, [0.6, 0.2, 0.0, 0.0, 0.9, 0.9, 0.9])
    mail, rooms = false_alarms(scored)
    assert (mail["register"], mail["channel"], mail["texts"]) == ("ordinary mail", "mail", 4)
    assert mail["all"]["alert"]["per_1000"]["value"] == 250
    assert mail["all"]["review"]["alarms"] == 2
    assert mail["categories"]["bullying"]["alert"]["per_1000"]["value"] == 250
    assert mail["categories"]["violence"]["alert"]["alarms"] == 0
    # Of a chat room only grooming is known: its high bullying score is no false alarm, and "all" is undefined.
    assert rooms["all"]["n"] == 0
    assert rooms["categories"]["bullying"]["n"] == 0
    assert pooled_alarms(scored)["essays and mails"]["all"]["n"] == 4


def test_levels_of_sensitivity_allow_half_and_three_times_the_false_alarms():
    harmless = np.linspace(0.0001, 0.9, 2000)
    threshold = float(np.sort(harmless)[-21])
    limits = level_limits(threshold, harmless)
    assert limits["standard"] == pytest.approx(threshold)
    assert (harmless >= limits["lower"]).sum() == pytest.approx(10.5, abs=1.5)
    assert (harmless >= limits["higher"]).sum() == pytest.approx(63, abs=2)
    assert level_limits(0.5, harmless[:10]) == {"lower": 0.5, "standard": 0.5, "higher": 0.5}
    assert level_limits(0.95, harmless)["lower"] > 0.95 > level_limits(0.95, harmless)["higher"]


def test_the_manifests_own_levels_come_first():
    scored = given(
        [Text(f"m{i}", "mail_ham", f"{i}", "held_out", HARMLESS) for i in range(60)], np.linspace(0, 0.4, 60)
    )
    scored.thresholds["mail"]["bullying"]["higher"] = 0.33
    assert expected_alerts(scored)["levels"]["higher"]["thresholds"]["mail"]["bullying"] == 0.33


def test_expected_alerts_multiply_texts_rates_and_recall():
    texts = [Text(f"m{i}", "mail_ham", f"m{i}", "held_out", HARMLESS) for i in range(100)]
    texts += [Text(f"e{i}", "benign_essays", f"e{i}", "eval", HARMLESS) for i in range(100)]
    texts += texts_of("insults", [1, 1, 1, 1])
    scored = given(texts, [0.9, 0.9] + [0.0] * 98 + [0.9] + [0.0] * 99 + [0.9, 0.9, 0.9, 0.0])
    found = expected_alerts(scored)
    assert found["assumptions"]["texts_per_student_and_week"] == TEXTS_PER_WEEK
    standard = found["levels"]["standard"]
    # 15,000 mails at 2 %, 8,000 documents at 1 %; 23,000 texts, 5 in 1,000 dangerous, three of four found.
    assert standard["false_alerts"]["value"] == pytest.approx(15_000 * 0.02 + 8_000 * 0.01)
    assert standard["true_alerts"]["bullying"] == pytest.approx(23_000 * 0.005 * 0.75)
    assert standard["true_alerts"]["all"] == standard["true_alerts"]["bullying"]
    assert found["levels"]["lower"]["false_alerts"]["value"] <= standard["false_alerts"]["value"]


def test_every_ordinary_source_stands_in_its_own_channel():
    for channel, sources in ORDINARY.items():
        assert {Text("", source, "", "held_out", {}).channel for source in sources} == {channel}


def test_slices_hold_counts_recall_and_false_alarms():
    texts = [Text("x" * 10, "insults", f"{i}", "held_out", {"bullying": (float(i < 10), 1.0)}) for i in range(40)]
    texts += [Text("y" * 300, "insults", f"l{i}", "held_out", {"bullying": (0.0, 1.0)}) for i in range(5)]
    found = slices(given(texts, [0.9] * 8 + [0.2] * 2 + [0.6] * 3 + [0.1] * 27 + [0.0] * 5))["length in characters"]
    short = found["under 50"]["bullying"]
    assert (short["n"], short["positives"]) == (40, 10)
    assert short["recall"]["value"] == pytest.approx(0.8)
    assert short["false_alarms"]["value"] == pytest.approx(100)
    assert found["200 to 999"] == {}  # fewer than thirty


def test_dialect_compares_harmless_posts_with_and_without_a_marker():
    texts = [Text(f"they be like {i}", "davidson", f"a{i}", "held_out", HARMLESS) for i in range(4)]
    texts += [Text(f"they are like {i}", "davidson", f"b{i}", "held_out", HARMLESS) for i in range(8)]
    found = dialect(given(texts, [0.9, 0.2, 0.0, 0.0, 0.9] + [0.0] * 7))["alert"]
    assert found["bullying"]["with"] == {"n": 4, "alarms": 1, "per_1000": found["any"]["with"]["per_1000"]}
    assert found["bullying"]["with"]["per_1000"]["value"] == 250
    assert found["any"]["difference"]["value"] == pytest.approx(125)
    low, high = found["any"]["difference"]["interval"]
    assert low < 0 < high


def test_bias_tells_a_term_that_raises_scores_from_one_that_does_not():
    rows = []
    for _ in range(6):
        rows += [("gay", "NOT_BAD", 0.5), ("gay", "BAD", 0.6), ("muslim", "NOT_BAD", 0.1), ("muslim", "BAD", 0.45)]
    texts = [
        Text(f"p{i} is {t}", "identity_templates", f"{i}", "held_out", {"bullying": (0.0, 1.0)}, label=label)
        for i, (t, label, _) in enumerate(rows)
    ]
    found = bias(given(texts, [score for _, _, score in rows]))
    gay = found["terms"]["gay"]
    assert (gay["insulting"], gay["harmless"]) == (6, 6)
    assert gay["subgroup"]["value"] == 1.0
    assert gay["bpsn"]["value"] == 0.0  # every insult without the term is below every harmless sentence with it
    assert gay["bnsp"]["value"] == 1.0
    assert found["terms"]["muslim"]["bnsp"]["value"] == 0.0
    assert found["groups"]["religion"]["harmless"] == 6
    assert (found["summary"]["bpsn"]["lowest"], found["summary"]["bpsn"]["lowest_term"]) in (
        (1.0, "muslim"),
        (0.0, "gay"),
    )
    assert found["harmless_flagged"]["chat"]["n"] == 12
    assert found["harmless_flagged"]["chat"]["alert"]["any"]["value"] == 0.5
    assert found["harmless_flagged"]["chat"]["review"]["bullying"]["value"] == 1.0


def test_disguise_compares_the_same_dangers():
    texts = [Text(f"you loser number {i}", "insults", f"{i}", "held_out", {"bullying": (1.0, 1.0)}) for i in range(8)]
    texts += [Text("you loser, hardly trusted", "gab", "g", "held_out", {"bullying": (1.0, 0.15)})]
    classifier = PretendedClassifier()
    found = disguises(score_all(classifier, texts), classifier)["bullying"]
    assert found["plain"] == {"n": 8, "recall": found["upper"]["recall"]}
    assert found["plain"]["recall"]["value"] == 1.0
    assert found["upper"]["change_of_recall"]["value"] == 0.0
    assert found["leet"]["recall"]["value"] < 1.0
    assert found["leet"]["change_of_log_odds"]["value"] < 0


def test_places_count_plain_dangers_and_look_alikes_inside_quiet_essays():
    essay = "We walked to the lake and had lunch there. " * 18
    texts = [
        Text("you loser", "frozen_sentences", "1", "frozen", {"bullying": (1.0, 1.0)}),
        Text("a secret you keep", "frozen_sentences", "2", "frozen", {"bullying": (1.0, 1.0)}),
        Text("goodbye until monday", "frozen_sentences", "3", "frozen", HARMLESS),
        *(Text(essay + f"essay {i}.", "benign_essays", f"e{i}", "eval", HARMLESS) for i in range(3)),
        Text(essay + "They attack.", "benign_essays", "e3", "eval", HARMLESS),
        Text("Too short.", "benign_essays", "e4", "eval", HARMLESS),
    ]
    classifier = PretendedClassifier()
    found = places(score_all(classifier, texts), classifier)
    assert list(found) == ["start", "middle", "end"]
    for place in found.values():
        assert (place["dangers"]["n"], place["dangers"]["alert"]["value"]) == (6, 0.5)
        assert (place["look_alikes"]["n"], place["look_alikes"]["alert"]["value"]) == (3, 1.0)
    changed = [text for channel, text in classifier.seen if channel == "document" and "loser" in text]
    assert [text.index("you loser") for text in changed[::3]] == [0, 387, len(changed[-1]) - len("you loser")]


@pytest.mark.parametrize(
    ("essay", "before", "whole"),
    [
        ("One. Two. Three. Four.", 0.5, "One. Two. X Three. Four."),
        ("no end in sight", 0.5, "no end X in sight"),
        ("nospaces", 0.5, "X nospaces"),
        ("One. Two.", 0.0, "X One. Two."),
        ("One. Two.", 1.0, "One. Two. X"),
    ],
)
def test_a_sentence_is_put_between_sentences(essay, before, whole):
    assert put_into(essay, "X", before) == whole


def test_severity_counts_agreement_and_order():
    texts = [
        Text(f"t{i}", "cssrs", f"{i}", "held_out", {"self_harm": (1.0, 1.0)}, level=level)
        for i, level in enumerate([1, 1, 2, 2, 3, 3])
    ] + texts_of("cssrs", [0, 0], category="self_harm")
    levels = [{"self_harm": level} for level in (1, 2, 2, 2, 3, 1)] + [None, None]
    found = severity(given(texts, [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.1, 0.2], "self_harm", levels))["self_harm"]["cssrs"]
    assert (found["n"], found["true"]) == (6, {"1": 2, "2": 2, "3": 2})
    assert found["agreement"]["exact"]["value"] == pytest.approx(4 / 6)
    assert found["agreement"]["within_one"]["value"] == pytest.approx(5 / 6)
    assert found["agreement"]["table"]["3"] == {"0": 0, "1": 1, "2": 0, "3": 1}
    assert found["recall"]["1"]["value"] == 0.0
    assert found["recall"]["3"]["value"] == 1.0
    assert found["order_of_scores"]["value"] == pytest.approx(0.9759, abs=1e-3)


def test_a_classifier_without_levels_has_no_agreement():
    texts = [Text(f"t{i}", "cssrs", f"{i}", "held_out", {"self_harm": (1.0, 1.0)}, level=1 + i % 3) for i in range(6)]
    found = severity(given(texts, [0.5] * 6, "self_harm"))["self_harm"]["cssrs"]
    assert found["agreement"] is None
    assert without_nan(found["order_of_scores"]) == {"value": None, "interval": None}


def test_a_correlation_has_an_interval_around_it():
    first = np.arange(60.0) % 4
    second = first + np.random.default_rng(0).normal(0, 1, 60)
    found = correlation(first, second, [str(i) for i in range(60)])
    assert -1 < found.low < found.value < found.high < 1


def test_own_text_counts_flags_of_the_right_category_and_any_on_harmless():
    texts = [Text(f"d{i}", "frozen_x", f"{i}", "frozen", {"bullying": (1.0, 1.0)}, label="plain") for i in range(4)]
    texts += [Text("v", "frozen_x", "v", "frozen", {"violence": (1.0, 1.0)}, label="spanish")]
    texts += [Text(f"h{i}", "frozen_x", f"h{i}", "frozen", HARMLESS, label="plain") for i in range(5)]
    found = own_text(given(texts, [0.9, 0.9, 0.2, 0.0, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0]))["frozen_x"]
    assert found["dangerous"]["bullying"]["alert"]["value"] == 0.5
    assert found["dangerous"]["bullying"]["review"]["value"] == 0.75
    assert found["dangerous"]["violence"]["alert"]["value"] == 0.0  # flagged, but as bullying
    assert found["dangerous"]["grooming"]["n"] == 0
    assert found["harmless"]["alert"]["value"] == pytest.approx(0.2)
    assert found["slices"]["plain"]["dangerous"]["alert"]["value"] == 0.5
    assert found["slices"]["spanish"]["harmless"]["n"] == 0


def test_what_the_first_pass_loses_is_counted_per_text_and_category_on_texts_that_chose_nothing():
    rows = ["you loser", "YOU LOSER", "LOSER AND ATTACK", "all quiet", "ALL QUIET"]
    texts = [Text(t, "goemotions", f"g{i}", "held_out", HARMLESS) for i, t in enumerate(rows)]
    texts.append(Text("OWN LOSER", "synthetic", "own", "own", {"bullying": (1.0, 1.0)}))
    classifier = PretendedClassifier()
    found = first_pass(score_all(classifier, texts), classifier)
    alert = found["points"]["alert"]
    assert (alert["of"], alert["lost"], alert["share"]["value"]) == (4, 3, 0.75)
    assert alert["by_category"]["violence"] == {"of": 1, "lost": 1}
    assert found["points"]["higher"]["of"] == 4
    assert found["let_through"]["ordinary posts"] == pytest.approx(2 / 5)
    assert found["let_through"]["student essays"] is None
    classifier.has_first_pass = False
    assert first_pass(score_all(classifier, texts), classifier) is None
