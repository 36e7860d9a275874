"""Nobody can be picked out of a protected table, not even by an attacker who does sums."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.insights.small_groups import ProtectedCounts, protect

K = 10
TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.one_of(st.just(0), st.integers(1, 14), st.integers(15, 200)), min_size=columns, max_size=columns),
        min_size=1,
        max_size=6,
    )
)


def whole(found: ProtectedCounts) -> list[list[int | None]]:
    """Cells and totals as one table, totals last."""
    rows = [[*cells, total] for cells, total in zip(found.cells, found.row_totals, strict=True)]
    return [*rows, [*found.column_totals, found.total]]


def lines(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    across = [[(r, c) for c in range(columns)] for r in range(rows)]
    return across + [[(r, c) for r in range(rows)] for c in range(columns)]


def followed(table: list[list[int | None]]) -> set[tuple[int, int]]:
    """The hidden cells that an attacker can compute: exact elimination over all rows and columns."""
    unknown = [(r, c) for r, row in enumerate(table) for c, cell in enumerate(row) if cell is None]
    matrix = []
    for line in lines(len(table), len(table[0])):
        signs = {cell: (-1 if cell == line[-1] else 1) for cell in line}
        matrix.append([Fraction(signs.get(cell, 0)) for cell in unknown])
    pivots = reduce(matrix)
    return {
        unknown[place]
        for place, row in pivots.items()
        if all(value == 0 for other, value in enumerate(row) if other != place)
    }


def reduce(matrix: list[list[Fraction]]) -> dict[int, list[Fraction]]:
    """Reduced row echelon form: pivot column to its row."""
    pivots: dict[int, list[Fraction]] = {}
    rows = [row[:] for row in matrix]
    for column in range(len(rows[0]) if rows else 0):
        found = next((row for row in rows if row[column] != 0), None)
        if found is None:
            continue
        rows.remove(found)
        scaled = [value / found[column] for value in found]
        for others in (rows, *[list(pivots.values())]):
            for row in others:
                factor = row[column]
                if factor:
                    row[:] = [value - factor * own for value, own in zip(row, scaled, strict=True)]
        pivots[column] = scaled
    return pivots


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_an_attacker_who_does_sums_learns_no_hidden_figure(counts: list[list[int]]):
    found = protect(counts, K)
    table = whole(found)
    assert followed(table) == set()
    for row in table:
        assert not [cell for cell in row if cell is not None and 0 < cell < K]


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_what_is_shown_is_true_and_what_is_hidden_together_is_no_small_group(counts: list[list[int]]):
    found = protect(counts, K)
    table = whole(found)
    true = [[*row, sum(row)] for row in counts]
    true.append([sum(column) for column in zip(*true, strict=True)])
    for row, real in zip(table, true, strict=True):
        assert all(cell in (None, value) for cell, value in zip(row, real, strict=True))
    for line in lines(len(table), len(table[0])):
        hidden = [(r, c) for r, c in line if table[r][c] is None]
        if hidden and line[-1] not in hidden:
            assert sum(true[r][c] for r, c in hidden) >= K


def test_large_groups_hide_nothing():
    assert protect([[10, 20], [30, 0]], K).hidden == 0


def test_one_small_group_takes_a_neighbour_in_its_row_and_its_column_along():
    found = protect([[3, 20, 50], [40, 50, 60], [70, 80, 90]], K)
    assert found.cells == ((None, None, 50), (None, None, 60), (70, 80, 90))
    assert (found.row_totals, found.total) == ((73, 150, 240), 463)


def test_a_row_that_is_small_as_a_whole_hides_its_total_and_the_next_smallest_row():
    found = protect([[2, 1], [40, 50], [60, 70]], K)
    assert found.row_totals[0] is None
    assert found.cells[0] == (None, None)
    assert found.cells[2] == (60, 70)


def test_zeros_are_shown_and_an_empty_table_is_one():
    assert protect([[0, 0], [0, 0]], K).hidden == 0
    assert protect([], K) == ProtectedCounts((), (), (), 0)


def test_two_hidden_blocks_joined_by_one_hidden_cell_do_not_give_that_cell_away():
    """Every row and column has two hidden cells, and yet the cell in between follows: a bridge of the graph."""
    counts = [
        [1, 2, 50, 50],
        [2, 1, 5, 50],
        [50, 50, 3, 4],
        [50, 50, 4, 3],
    ]
    assert followed(whole(protect(counts, K))) == set()


@pytest.mark.parametrize("counts", [[[1, -1]], [[1], [1, 2]]])
def test_what_is_no_table_of_counts_is_refused(counts: list[list[int]]):
    with pytest.raises(ValueError, match="counts are whole numbers"):
        protect(counts, K)
