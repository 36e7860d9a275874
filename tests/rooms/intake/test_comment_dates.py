"""A comment is dated by itself. Google dates it by its newest answer, and that must neither wake nor repeat it."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.domain.source import Source
from monitor.intake.poll import PollState, poll_account
from tests.rooms.detection.marker import MarkerClassifier, score_all

NOON = datetime(2026, 10, 6, 19, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTSIDER = "pal@elsewhere.example"


def said(watched) -> list[str]:
    """What one poll and one pass of scoring read of the owner's comments."""
    assert poll_account(watched.account(0), Source.DRIVE).state is PollState.READ
    classifier = MarkerClassifier()
    score_all(classifier)
    return sorted(text.strip() for text in classifier.texts)


@pytest.fixture
def commented(watched):
    """A file of the first student, read before."""
    with watched.at(NOON):
        poll_account(watched.account(0), Source.DRIVE)
        watched.file = watched.control.write_file(watched.addresses[0], "Essay", "Text.")["id"]
        said(watched)
    return watched


def comment(watched, author: str, text: str, answers: str | None = None) -> str:
    return watched.control.do("comment", id=watched.file, author=author, text=text, reply_to=answers)["id"]


def test_a_comment_that_is_answered_is_not_read_again(commented):
    owner = commented.addresses[0]
    with commented.at(NOON + HOUR):
        first = comment(commented, owner, "First.")
        assert said(commented) == ["First."]
    with commented.at(NOON + 2 * HOUR):
        comment(commented, owner, "Answer.", first)
        assert said(commented) == ["Answer."]


def test_a_comment_of_a_break_stays_unread_when_it_is_answered_after_it(commented):
    owner = commented.addresses[0]
    commented.put_to_sleep(NOON + HOUR, NOON + 3 * HOUR)
    with commented.at(NOON + 2 * HOUR):
        first = comment(commented, owner, "In the break.")
    with commented.at(NOON + 4 * HOUR):
        comment(commented, OUTSIDER, "After it.", first)
        assert said(commented) == ["After it."]


def test_a_comment_that_was_changed_is_read_again(commented):
    owner = commented.addresses[0]
    with commented.at(NOON + HOUR):
        first = comment(commented, owner, "First.")
        assert said(commented) == ["First."]
    with commented.at(NOON + 2 * HOUR):
        commented.control.do("change_comment", id=commented.file, comment=first, text="Changed.")
        assert said(commented) == ["Changed."]
        comment(commented, owner, "Answer.", first)
        assert said(commented) == ["Answer."]


def test_a_comment_changed_and_answered_round_a_break_counts_as_of_the_break(commented):
    owner = commented.addresses[0]
    with commented.at(NOON + HOUR):
        first = comment(commented, owner, "First.")
        assert said(commented) == ["First."]
    commented.put_to_sleep(NOON + 2 * HOUR, NOON + 4 * HOUR)
    with commented.at(NOON + 3 * HOUR):
        commented.control.do("change_comment", id=commented.file, comment=first, text="Changed in the break.")
    with commented.at(NOON + 5 * HOUR):
        comment(commented, OUTSIDER, "After it.", first)
        assert said(commented) == ["After it."]
