"""The stored passage scored again without its strongest sentence."""

import pytest

from monitor.triage.passages import unseal_finding
from monitor.triage.trying import NoTrial, try_without_strongest
from tests.rooms import factories
from tests.rooms.detection.marker import MarkerClassifier

TEXT = "We met at noon. In the yard sign-violence! Then sign-violence again. The end of it."
MARKED = [[16, len("We met at noon. In the yard sign-violence! Then sign-violence again.")]]


def finding(school, text=TEXT, marks=MARKED, **fields):
    given = {"category": factories.Category.VIOLENCE, "classifier_id": "marker-1", "threshold": 0.8}
    return factories.make_finding(school.account, text=text, marks=marks, **(given | fields))


def test_the_strongest_sentence_is_left_out_and_the_rest_is_scored(school):
    marker = MarkerClassifier()
    trial = try_without_strongest(finding(school), marker)
    assert [(one.text, one.probability, one.is_strongest) for one in trial.sentences] == [
        ("In the yard sign-violence!", 0.999, True),
        ("Then sign-violence again.", 0.9, False),
    ]
    assert (trial.whole, trial.without, trial.would_flag) == (0.999, 0.9, True)
    assert "We met at noon." in marker.texts[-1]
    assert "In the yard" not in marker.texts[-1]


def test_where_one_sentence_carries_it_nothing_is_left(school):
    text = "Nothing here. Once sign-violence!"
    trial = try_without_strongest(finding(school, text, [[14, len(text)]]), MarkerClassifier())
    assert (trial.without, trial.would_flag) == (0.1, False)


def test_levels_of_sensitivity_change_the_id_but_not_the_scores(school):
    assert try_without_strongest(finding(school), MarkerClassifier("marker-1+violence-lower")).whole == 0.999


def test_another_classifier_says_nothing_and_reads_nothing(school):
    marker = MarkerClassifier("marker-2")
    with pytest.raises(NoTrial, match="other_classifier"):
        try_without_strongest(finding(school), marker)
    assert marker.texts == []


def test_a_passage_without_marks_has_no_strongest_sentence(school):
    with pytest.raises(NoTrial, match="no_marks"):
        try_without_strongest(finding(school, marks=[]), MarkerClassifier())


def test_nothing_is_kept_of_it(school):
    found = finding(school)
    before = unseal_finding(found).segments
    try_without_strongest(found, MarkerClassifier())
    found.refresh_from_db()
    assert unseal_finding(found).segments == before
