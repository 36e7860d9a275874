"""The page of a case says at which level something was flagged and whom the words are about."""

from html import unescape

from monitor.domain.category import Category
from monitor.domain.role import Role
from monitor.domain.source import Direction
from tests.rooms.console.conftest import address, open_case, signed_in


def page(cast, **finding: object) -> str:
    case = open_case(cast.pine, category=Category.SELF_HARM, **finding)
    return unescape(signed_in(cast.bo).get(address(case)).content.decode())


def test_level_and_speaker_stand_beside_the_reason(cast):
    text = page(cast, level=2, direction=Direction.RECEIVED, role=Role.RECEIVED)
    for words in (
        "Looks like self-harm or suicide (preparation or self-injury)",
        "The worry is about whoever wrote it, not about this student.",
        "2 of 3: preparation or self-injury",
    ):
        assert words in text


def test_a_finding_without_a_level_shows_none(cast):
    text = page(cast)
    assert "Looks like self-harm or suicide, just over" in text
    assert "of 3:" not in text
