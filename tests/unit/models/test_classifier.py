import math
import shutil
import threading

import numpy as np
import pytest

from models.categories import CATEGORIES, CHANNELS
from models.chunking import chunk_text
from models.classifier import MOST_CHANCES, ClassifierError, load_classifier
from models.store import SHIPPED, change_manifest, read_manifest
from models.training.finish import CHANCES

ORDINARY = [
    "Can you please tell me what pages we have to read for history?",
    "The bus leaves at 7 from the front entrance.",
    "Thanks for helping me with math yesterday. " * 40,
    "lol same",
    "Photosynthesis turns light into chemical energy.",
]
DANGER = "I want to kill myself tonight. I can't do this any more."

FILLER = "Our hypothesis was that the plant with more light would grow taller. "

HOSTILE = {
    "empty": "",
    "white space": " \n\t\r",
    "no letters": "123 !!! 😀 ----",
    "NUL": "\x00hello\x00\x00there\x00",
    "lone surrogates": "\ud800 hello \udfff\udc00",
    "a word of 100,000 letters": "a" * 100_000,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u061f",
    "combining marks": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤" * 200,
    "Chinese": "今天我们学习了历史和数学。" * 100,
    "emoji": "😀" * 3000 + "a",
    "controls": "".join(map(chr, range(1, 160))),
    "line breaks": "a\n" * 2000,
    "markup": "<p>" * 1000 + "[CLS][SEP][PAD][MASK][UNK]" + "</p>" * 1000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_text_gets_a_score_between_0_and_1(text, classifier):
    [score] = classifier.score([text])
    assert tuple(score.scores) == CATEGORIES
    assert all(0 <= p <= 1 for p in score.scores.values())
    assert all(0 <= span.start < span.end <= len(text) for span in score.spans)


@pytest.mark.parametrize("text", ["", " \n", "123 !?", "😀🔥", "\x00"])
def test_a_text_without_letters_scores_zero_everywhere(text, classifier):
    [score] = classifier.score([text])
    assert set(score.scores.values()) == {0.0}
    assert score.flags == score.reviews == score.spans == ()


def test_no_texts_give_no_scores(classifier):
    assert classifier.score([]) == []


def test_results_stand_in_the_order_of_the_texts(classifier):
    texts = [*ORDINARY, DANGER, ""]
    forward = classifier.score(texts)
    backward = classifier.score(texts[::-1])[::-1]
    assert [s.flags for s in forward] == [s.flags for s in backward]
    assert "self_harm" in forward[5].flags


def test_a_text_scores_the_same_alone_as_in_a_batch(classifier):
    texts = [*ORDINARY, DANGER, *HOSTILE.values()]
    together = classifier.score(texts)
    for text, score in zip(texts, together, strict=True):
        [alone] = classifier.score([text])
        assert alone.scores == pytest.approx(score.scores, abs=1e-3)
        assert alone.flags == score.flags


def test_many_texts_do_not_change_the_scores_of_any(classifier, monkeypatch):
    expected = classifier.score(ORDINARY)
    monkeypatch.setattr("models.classifier.PENDING_CHUNKS", 3)
    for found, wanted in zip(classifier.score(ORDINARY), expected, strict=True):
        assert found.scores == pytest.approx(wanted.scores, abs=1e-3)


def test_one_dangerous_sentence_inside_a_long_document_is_found_where_it_stands(classifier):
    filler = FILLER * 60
    text = filler + DANGER + " " + filler
    [score] = classifier.score([text], channel="document")
    assert score.flags == ("self_harm",)
    marked = {place for span in score.spans for place in range(span.start, span.end)}
    start = text.index("I want to kill")
    assert start in marked
    assert len(marked) <= len(DANGER) + 5


def test_a_text_of_many_windows_loses_what_their_number_is_worth(classifier, tokenizer, tmp_path):
    plain = shutil.copytree(SHIPPED, tmp_path / "plain")
    change_manifest(plain, chances=0.0)
    without = load_classifier(plain, precision=classifier.precision)
    texts = [DANGER, f"{FILLER * 12}{DANGER}", FILLER * 400]
    numbers = [len(chunk_text(text, tokenizer)) for text in texts]
    assert numbers[0] == 1 < numbers[1] < MOST_CHANCES < numbers[2]
    taken = [CHANCES * math.log(min(number, MOST_CHANCES)) for number in numbers]
    assert without.logits(texts) - classifier.logits(texts) == pytest.approx(np.tile(taken, (4, 1)).T, abs=0.02)
    for score, column in zip(classifier.score(texts), classifier.logits(texts), strict=True):
        calibrated = [read_manifest(SHIPPED).calibration[c](x) for c, x in zip(CATEGORIES, column, strict=True)]
        assert list(score.scores.values()) == pytest.approx(calibrated, rel=0.05)


def test_what_crossed_in_one_of_many_windows_alone_is_no_flag_and_has_no_span(classifier, tmp_path):
    strict = shutil.copytree(SHIPPED, tmp_path / "strict")
    change_manifest(strict, chances=20.0)
    text = f"{DANGER} {FILLER * 12}"
    [flagged], [not_flagged] = classifier.score([text]), load_classifier(strict).score([text])
    assert flagged.flags == ("self_harm",)
    assert not_flagged.flags == not_flagged.spans == ()
    assert not_flagged.levels == {}


def test_spans_belong_to_flagged_categories_only_and_point_into_the_text(classifier):
    for score, text in zip(classifier.score([*ORDINARY, DANGER]), [*ORDINARY, DANGER], strict=True):
        assert {span.category for span in score.spans} == set(score.flags)
        assert all(text[span.start : span.end].strip() == text[span.start : span.end] for span in score.spans)


def test_whatever_is_flagged_is_also_for_review(classifier):
    for score in classifier.score([*ORDINARY, DANGER]):
        assert set(score.flags) <= set(score.reviews)


def test_every_category_has_both_operating_points_in_order(classifier):
    assert tuple(classifier.thresholds) == CHANNELS
    for points in (points for channel in classifier.thresholds.values() for points in channel.values()):
        assert 0 < points["review"] < points["alert"] < 1


def test_an_unknown_channel_is_refused_with_the_known_ones(classifier):
    with pytest.raises(ClassifierError, match="mail, document, chat"):
        classifier.score(["hello"], channel="fax")


def test_threads_share_one_classifier(classifier):
    expected = [score.scores for score in classifier.score(ORDINARY)]
    found: list[list[dict[str, float]]] = []
    threads = [
        threading.Thread(target=lambda: found.append([s.scores for s in classifier.score(ORDINARY)])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == 4
    assert all(
        mine == pytest.approx(wanted, abs=1e-3) for run in found for mine, wanted in zip(run, expected, strict=True)
    )


def test_a_level_of_sensitivity_moves_the_alert_threshold_and_the_id_and_no_score(classifier):
    text = "nobody wants you here, loser"
    keen = classifier.at({"bullying": "higher", "violence": "standard"})
    assert classifier.at({}) is classifier
    assert keen.id == f"{classifier.id}+bullying-higher"
    for channel in CHANNELS:
        assert keen.thresholds[channel]["bullying"]["alert"] == classifier.thresholds[channel]["bullying"]["higher"]
        assert keen.thresholds[channel]["violence"] == classifier.thresholds[channel]["violence"]
        assert keen.thresholds[channel]["bullying"]["alert"] < classifier.thresholds[channel]["bullying"]["alert"]
    assert keen.score([text])[0].scores == classifier.score([text])[0].scores


@pytest.mark.parametrize("wish", [{"bullying": "loudest"}, {"rudeness": "higher"}])
def test_a_sensitivity_that_is_not_there_is_refused(wish, classifier):
    with pytest.raises(ClassifierError, match="has no sensitivity"):
        classifier.at(wish)
