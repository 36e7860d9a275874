"""Figures as plain tables: what a page shows beside a chart, and what is exported."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.lib.spreadsheet import plain_cell

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; the first column names the row. None is a figure that is not known or not shown.

    `title` says what it is, `note` what a reader must know of how it was counted.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def csv_lines(tables: Iterable[Table]) -> Iterator[str]:
    """`tables` as lines of CSV (RFC 4180), each ending in CRLF, with a blank line between two tables."""
    for number, table in enumerate(tables):
        if number:
            yield "\r\n"
        yield _line([table.title])
        if table.note:
            yield _line([table.note])
        yield _line(table.columns)
        for row in table.rows:
            yield _line(row)


def _line(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return line.getvalue()


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 4)
    return plain_cell(cell) if isinstance(cell, str) else cell
