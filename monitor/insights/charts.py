"""Charts as SVG, drawn on the server from a table: pure functions, no script, no style attribute, no request.

Each chart has a title and a description for screen readers and is made of the table that stands beside it, so that
nothing is told by colour or shape alone. Colours come from the page's own style sheet by class: `series-1` to
`series-6` for lines and bars, `shade-0` to `shade-5` for a heat map, `grid`, `label`, `line`, `whisker`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext

from monitor.insights.tables import Cell, Table

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 40
ROW_HEIGHT, NAME_WIDTH = 26, 180
SERIES, SHADES = 6, 6
LABELS_BELOW = 8  # as many as fit without touching
NAME_CHARACTERS = 26


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG element as text, safe to put into a page, and the table that says the same."""

    svg: str
    table: Table


def line_chart(table: Table, ident: str, tones: Sequence[str] = ()) -> Chart:
    """One line for each column of figures over the rows of `table`. `ident` makes the ids of this chart unique.

    `tones` are the classes that colour the lines, where they mean something of their own, such as a severity.
    """
    series = [[_number(row[column]) for row in table.rows] for column in range(1, len(table.columns))]
    ceiling = nice_ceiling(max((value for line in series for value in line), default=0.0))
    body = [*_grid(ceiling), *_labels_below([str(row[0]) for row in table.rows])]
    for number, line in enumerate(series):
        points = [(_x(place, len(line)), _y(value, ceiling)) for place, value in enumerate(line)]
        tone = tone_of(number, tones)
        body.append(_lines(points, tone))
        name = escape(table.columns[number + 1])
        marks = zip(points, table.rows, line, strict=True)
        body += [
            f'<circle class="{tone}" cx="{x:.1f}" cy="{y:.1f}" r="3">'
            f"<title>{name}, {escape(str(row[0]))}: {_plain(value)}</title></circle>"
            for (x, y), row, value in marks
        ]
    return _chart(table, ident, body, HEIGHT, _spread(table))


def bar_chart(table: Table, ident: str) -> Chart:
    """One bar for each row of `table`, made of its columns of figures on each other. Hidden figures have no bar."""
    sums = [sum(_number(cell) for cell in row[1:]) for row in table.rows]
    ceiling = nice_ceiling(max(sums, default=0.0))
    body: list[str] = []
    for place, row in enumerate(table.rows):
        top, start = TOP + place * ROW_HEIGHT, float(NAME_WIDTH)
        body.append(_name(str(row[0]), top))
        for number, cell in enumerate(row[1:]):
            width = (WIDTH - NAME_WIDTH - LEFT) * _number(cell) / ceiling
            what = f"{escape(str(row[0]))}, {escape(table.columns[number + 1])}: {_cell_words(cell)}"
            body.append(
                f'<rect class="series-{_series(number)}" x="{start:.1f}" y="{top + 4}" width="{width:.1f}" '
                f'height="{ROW_HEIGHT - 8}"><title>{what}</title></rect>'
            )
            start += width
        total = escape(gettext("not shown")) if all(cell is None for cell in row[1:]) else _plain(sums[place])
        body.append(f'<text class="label" x="{start + 6:.1f}" y="{top + 17}">{total}</text>')
    return _chart(table, ident, body, TOP + len(table.rows) * ROW_HEIGHT + TOP, _spread(table))


def heat_map(table: Table, ident: str) -> Chart:
    """One square for each figure of `table`, darker where there is more; rows are named, columns are written above."""
    columns = max(len(table.columns) - 1, 1)
    size = (WIDTH - 100 - RIGHT) / columns
    top = 24
    peak = max((_number(cell) for row in table.rows for cell in row[1:]), default=0.0)
    body = [
        f'<text class="label" x="{100 + (place + 0.5) * size:.1f}" y="16" text-anchor="middle">{escape(name)}</text>'
        for place, name in enumerate(table.columns[1:])
    ]
    for line, row in enumerate(table.rows):
        y = top + line * ROW_HEIGHT
        body.append(_name(str(row[0]), y))
        for place, cell in enumerate(row[1:]):
            what = f"{escape(str(row[0]))}, {escape(table.columns[place + 1])}: {_cell_words(cell)}"
            body.append(
                f'<rect class="shade-{shade(_number(cell), peak)}" x="{100 + place * size:.1f}" y="{y}" '
                f'width="{size - 1:.1f}" height="{ROW_HEIGHT - 2}"><title>{what}</title></rect>'
            )
    return _chart(table, ident, body, top + len(table.rows) * ROW_HEIGHT + 4, _spread(table))


def interval_chart(table: Table, ident: str, columns: tuple[str, str, str]) -> Chart:
    """A point with its interval for each row of `table`, from 0 to 1. `columns` names point, low and high.

    A row without a point (nothing counted, or hidden) keeps its name and says so. Raises `ValueError` for a column that
    the table does not have.
    """
    point, low, high = (table.columns.index(name) for name in columns)
    reach = WIDTH - NAME_WIDTH - LEFT
    names = [" ".join(str(cell) for cell in row[: min(point, 2)] if isinstance(cell, str)) for row in table.rows]
    body: list[str] = []
    for place, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        top = TOP + place * ROW_HEIGHT
        body.append(_name(name, top))
        if row[point] is None:
            body.append(f'<text class="label" x="{NAME_WIDTH}" y="{top + 17}">{escape(gettext("not known"))}</text>')
            continue
        at, start, end = (NAME_WIDTH + reach * _number(row[column]) for column in (point, low, high))
        words = gettext("{point} ({low} to {high})").format(
            point=_percent(row[point]), low=_percent(row[low]), high=_percent(row[high])
        )
        body.append(
            f'<line class="whisker" x1="{start:.1f}" x2="{end:.1f}" y1="{top + 12}" y2="{top + 12}"></line>'
            f'<circle class="series-1" cx="{at:.1f}" cy="{top + 12}" r="4">'
            f"<title>{escape(name)}: {words}</title></circle>"
        )
    return _chart(
        table, ident, body, TOP + len(table.rows) * ROW_HEIGHT + TOP, gettext("Points with their 95 % intervals.")
    )


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten (at least 4) that is not below `value`."""
    if value <= 4:
        return 4.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def tone_of(number: int, tones: Sequence[str] = ()) -> str:
    """The class that colours series `number` (0 is the first): its own tone, else the one of its place."""
    return escape(tones[number]) if number < len(tones) else f"series-{_series(number)}"


def shade(value: float, peak: float) -> int:
    """0 for nothing, else 1 to 5: how dark a square is beside the darkest."""
    return 0 if value <= 0 or peak <= 0 else max(1, math.ceil(value / peak * (SHADES - 1)))


def _chart(table: Table, ident: str, body: Iterable[str], height: int, description: str) -> Chart:
    beside = gettext("The table beside it has all figures.")
    title, says = escape(f"{ident}-title"), escape(f"{ident}-says")
    svg = (
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {height}" aria-labelledby="{title} {says}">'
        f'<title id="{title}">{escape(table.title)}</title>'
        f'<desc id="{says}">{escape(description)} {escape(beside)}</desc>'
        f"{''.join(body)}</svg>"
    )
    return Chart(svg, table)


def _grid(ceiling: float) -> list[str]:
    lines = []
    for step in range(5):
        value = ceiling * step / 4
        y = _y(value, ceiling)
        lines.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"></line>'
            f'<text class="label" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_plain(value)}</text>'
        )
    return lines


def _labels_below(names: Sequence[str]) -> list[str]:
    every = max(1, math.ceil(len(names) / LABELS_BELOW))
    return [
        f'<text class="label" x="{_x(place, len(names)):.1f}" y="{HEIGHT - BOTTOM + 20}" '
        f'text-anchor="middle">{escape(name)}</text>'
        for place, name in enumerate(names)
        if place % every == 0
    ]


def _lines(points: Sequence[tuple[float, float]], tone: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="line {tone}" points="{path}" fill="none"></polyline>'


def _spread(table: Table) -> str:
    """What a chart says in a sentence: how much there is, from the least to the most."""
    values = [_number(cell) for row in table.rows for cell in row[1:] if cell is not None]
    names = (
        ", ".join(table.columns[1:])
        if len(table.columns) <= SERIES + 2
        else gettext("{count} columns").format(count=len(table.columns) - 1)
    )
    if not values:
        return gettext("Nothing to show of {names}.").format(names=names)
    words = gettext("{names}; figures from {least} to {most}.")
    return words.format(names=names, least=_plain(min(values)), most=_plain(max(values)))


def _name(name: str, top: int) -> str:
    short = name if len(name) <= NAME_CHARACTERS else f"{name[: NAME_CHARACTERS - 1]}…"
    return f'<text class="label" x="4" y="{top + 17}">{escape(short)}<title>{escape(name)}</title></text>'


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (0.5 if count < 2 else place / (count - 1))


def _y(value: float, ceiling: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / ceiling


def _series(number: int) -> int:
    return number % SERIES + 1


def _number(cell: Cell) -> float:
    """A cell as a finite figure; what is not one counts as nothing."""
    return float(cell) if isinstance(cell, int | float) and math.isfinite(cell) else 0.0


def _cell_words(cell: Cell) -> str:
    return escape(gettext("not shown")) if cell is None else _plain(_number(cell))


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _percent(cell: Cell) -> str:
    return f"{_number(cell):.0%}"
