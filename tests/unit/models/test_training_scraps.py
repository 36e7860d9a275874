"""Harmless scraps: nothing dangerous goes in, and what comes out is as little trusted as its pieces."""

import pytest

from models.categories import CATEGORIES
from models.training.chance import seeded
from models.training.rows import Row
from models.training.scraps import PROSE, SCRAPS, scraps

HARMLESS = dict.fromkeys(CATEGORIES, (0.0, 1.0))


def words(mark: str, count: int) -> str:
    return " ".join(f"{mark}{i}" for i in range(count))


def rows() -> list[Row]:
    prose = [Row(words(f"p{i}x", 60), source, f"g{i}", HARMLESS) for i, source in enumerate(PROSE)]
    doubted = {**HARMLESS, "bullying": (0.0, 0.5)}
    return [*prose, Row(words("post", 20), "goemotions", "g8", doubted)]


def test_scraps_are_pieces_of_harmless_text_and_fit_a_window():
    made = scraps(rows(), seeded(1), 200)
    assert len(made) == 200
    assert {row.source for row in made} == {"scraps"}
    for row in made:
        assert 1 <= len(row.text.split()) <= 130
        assert set(row.targets) == set(CATEGORIES)
        assert all(value == 0.0 for value, _ in row.targets.values())
    assert any("p0x" in row.text and "p1x" in row.text for row in made)


def test_a_scrap_is_trusted_as_little_as_its_least_trusted_piece():
    for row in scraps(rows(), seeded(2), 200):
        doubted = "post" in row.text.casefold()
        assert row.targets["bullying"][1] == (0.5 if doubted else 1.0)
        assert row.targets["violence"][1] == 1.0


@pytest.mark.parametrize(
    "left_out",
    [
        Row(words("danger", 30), "literature", "g", {**HARMLESS, "violence": (1.0, 1.0)}),
        Row(words("danger", 30), "mail_ham", "g", {"bullying": (0.0, 1.0)}),
        Row(words("danger", 30), "synthetic", "g", HARMLESS),
    ],
    ids=["dangerous", "not known to be harmless", "look-alikes of our own"],
)
def test_what_is_not_plainly_harmless_never_goes_in(left_out):
    made = scraps([*rows(), left_out], seeded(3), 300)
    assert not any("danger" in row.text.casefold() for row in made)
    assert scraps([left_out], seeded(3)) == []


def test_the_same_chance_makes_the_same_scraps():
    one, again, other = (scraps(rows(), seeded(seed), 50) for seed in (4, 4, 5))
    assert one == again != other


def test_an_epoch_holds_them():
    from models.training.sampling import draw_epoch

    drawn = draw_epoch(rows() * 5, [], 0, 17)
    assert sum(row.source == "scraps" for row in drawn) == min(SCRAPS, 20)
