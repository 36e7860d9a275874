"""Tables from which nobody can be picked out: small groups are hidden, and so is what would give them away.

Hiding the one small cell of a row is not enough where the row's total is shown: subtraction gives it back. So further
cells are hidden (complementary suppression) until

* no shown figure lies between 1 and `smallest - 1`,
* no hidden cell follows from what is shown, even by combining several rows and columns,
* and where a line's total is shown, its hidden cells add up to at least `smallest`.

A hidden cell follows from the shown ones exactly if, in the graph that has a node for each row and column (the totals
among them) and an edge for each hidden cell, its edge lies on no cycle. That is what is tested here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ProtectedCounts:
    """Counts with what is hidden as None: `cells` row by row, a total for each row and column, and the total of all."""

    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None

    @property
    def hidden(self) -> int:
        """How many figures are hidden, totals among them."""
        every = [*(cell for row in self.cells for cell in row), *self.row_totals, *self.column_totals, self.total]
        return sum(1 for cell in every if cell is None)


def protect(counts: Sequence[Sequence[int]], smallest: int) -> ProtectedCounts:
    """Hide what lies under `smallest` and what would give it away. `counts` is rows of equal length; zeros are shown.

    Raises `ValueError` for negative counts or ragged rows.
    """
    if any(count < 0 for row in counts for count in row) or len({len(row) for row in counts}) > 1:
        message = "counts are whole numbers from 0, in rows of equal length"
        raise ValueError(message)
    columns = len(counts[0]) if counts else 0
    table = [[*row, sum(row)] for row in counts]
    table.append([sum(row[column] for row in table) for column in range(columns + 1)])
    hidden = {(r, c) for r, row in enumerate(table) for c, count in enumerate(row) if 0 < count < smallest}
    while (more := _next(table, hidden, smallest)) is not None:
        hidden.add(more)
    shown = [[None if (r, c) in hidden else count for c, count in enumerate(row)] for r, row in enumerate(table)]
    return ProtectedCounts(
        cells=tuple(tuple(row[:-1]) for row in shown[:-1]),
        row_totals=tuple(row[-1] for row in shown[:-1]),
        column_totals=tuple(shown[-1][:-1]),
        total=shown[-1][-1],
    )


def _next(table: list[list[int]], hidden: set[Cell], smallest: int) -> Cell | None:
    """One more cell to hide, or None where all is safe."""
    for line in _lines(table):
        if not _is_safe(line, table, hidden, smallest) and (cell := _cheapest(line, table, hidden)) is not None:
            return cell
    for row, column in _bridges(hidden):
        lines = [line for line in _lines(table) if (row, column) in line]
        for line in lines:
            if (cell := _cheapest(line, table, hidden)) is not None:
                return cell
    return None


def _lines(table: list[list[int]]) -> Iterator[list[Cell]]:
    """Each row and each column as its cells, the total last."""
    for row in range(len(table)):
        yield [(row, column) for column in range(len(table[0]))]
    for column in range(len(table[0])):
        yield [(row, column) for row in range(len(table))]


def _is_safe(line: list[Cell], table: list[list[int]], hidden: set[Cell], smallest: int) -> bool:
    inside = [cell for cell in line if cell in hidden]
    if not inside:
        return True
    if len(inside) == 1:
        return False
    return line[-1] in hidden or sum(table[r][c] for r, c in inside) >= smallest


def _cheapest(line: list[Cell], table: list[list[int]], hidden: set[Cell]) -> Cell | None:
    """What to hide next in `line`: the smallest part that is not zero, else its total, else a zero."""
    parts = [cell for cell in line[:-1] if cell not in hidden]
    filled = [cell for cell in parts if table[cell[0]][cell[1]]]
    if filled:
        return min(filled, key=lambda cell: (table[cell[0]][cell[1]], cell))
    if line[-1] not in hidden:
        return line[-1]
    return parts[0] if parts else None


def _bridges(hidden: set[Cell]) -> list[Cell]:
    """The hidden cells that follow from what is shown: the edges that lie on no cycle."""
    return [cell for cell in sorted(hidden) if not _connected(cell, hidden - {cell})]


def _connected(cell: Cell, edges: set[Cell]) -> bool:
    """Whether the row and the column of `cell` are connected by `edges`."""
    rows, columns = {cell[0]}, set[int]()
    grew = True
    while grew:
        more_columns = {c for r, c in edges if r in rows} - columns
        columns |= more_columns
        more_rows = {r for r, c in edges if c in columns} - rows
        rows |= more_rows
        grew = bool(more_columns or more_rows)
    return cell[1] in columns
