"""Charts as SVG, drawn on the server from a table: pure functions, no script, no style attribute, no request.

Each chart has a title and a description for screen readers and is made of the table that stands beside it, so that
nothing is told by colour or shape alone. Places across are shares of the width and places down are pixels, so that a
chart is as wide as its card, on a phone as at a desk, and its letters keep their size. Colours come from the page's own
style sheet by class: `series-1` to `series-6` for lines and bars, `shade-0` to `shade-5` for a heat map, `grid`,
`label`, `line`, `whisker`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.translation import gettext

from monitor.insights.tables import Cell, Table

HEIGHT, TOP, BOTTOM = 240, 16, 32  # pixels, of a line chart
LEFT, RIGHT = 9.0, 7.0  # percent of the width, for what is written beside the grid
PLOT = (1000, HEIGHT - TOP - BOTTOM)  # the units in which lines are drawn before they are stretched
BAR_ROW, BAR = 44, 14  # pixels: a name, and under it its bar
BAR_REACH = 84.0  # percent: the longest bar; what it comes to is written behind it
HEAT_ROW, HEAT_NAMES, HEAT_HEADS = 26, 25.0, 9  # pixels, percent, how many columns have their name written above
SERIES, SHADES = 6, 6
LABELS_BELOW = 5  # as many as fit a phone without touching
NAME_CHARACTERS = 40


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
    tones = [tone_of(number, tones) for number in range(len(series))]
    body.append(_lines(series, ceiling, tones))
    for tone, name, line in zip(tones, table.columns[1:], series, strict=True):
        body += [
            f'<circle class="{tone}" cx="{_x(place, len(line)):.2f}%" cy="{_y(value, ceiling):.1f}" r="3">'
            f"<title>{escape(name)}, {escape(str(row[0]))}: {_plain(value)}</title></circle>"
            for place, (row, value) in enumerate(zip(table.rows, line, strict=True))
            if value or len(line) <= LABELS_BELOW * 2  # a long row of noughts is a line, not beads
        ]
    return _chart(table, ident, body, HEIGHT, _spread(table))


def bar_chart(table: Table, ident: str) -> Chart:
    """One bar for each row of `table`, made of its columns of figures on each other. Hidden figures have no bar."""
    sums = [sum(_number(cell) for cell in row[1:]) for row in table.rows]
    ceiling = nice_ceiling(max(sums, default=0.0))
    body: list[str] = []
    for place, row in enumerate(table.rows):
        top, start = place * BAR_ROW, 0.0
        body.append(_name(str(row[0]), top + 16))
        for number, cell in enumerate(row[1:]):
            width = BAR_REACH * _number(cell) / ceiling
            what = f"{escape(str(row[0]))}, {escape(table.columns[number + 1])}: {_cell_words(cell)}"
            body.append(
                f'<rect class="series-{_series(number)}" x="{start:.2f}%" y="{top + 22}" width="{width:.2f}%" '
                f'height="{BAR}"><title>{what}</title></rect>'
            )
            start += width
        total = escape(gettext("not shown")) if all(cell is None for cell in row[1:]) else _plain(sums[place])
        body.append(f'<text class="label" x="{start:.2f}%" dx="{6 if start else 0}" y="{top + 33}">{total}</text>')
    return _chart(table, ident, body, len(table.rows) * BAR_ROW, _spread(table))


def heat_map(table: Table, ident: str) -> Chart:
    """One square for each figure of `table`, darker where there is more; rows are named, columns are written above."""
    columns = max(len(table.columns) - 1, 1)
    size = (100 - HEAT_NAMES) / columns
    every = math.ceil(columns / HEAT_HEADS)
    top = 24
    peak = max((_number(cell) for row in table.rows for cell in row[1:]), default=0.0)
    body = [
        f'<text class="label" x="{HEAT_NAMES + place * size:.2f}%" y="16">{escape(name)}</text>'
        for place, name in enumerate(table.columns[1:])
        if place % every == 0
    ]
    for line, row in enumerate(table.rows):
        y = top + line * HEAT_ROW
        body.append(_name(str(row[0]), y + 17))
        for place, cell in enumerate(row[1:]):
            what = f"{escape(str(row[0]))}, {escape(table.columns[place + 1])}: {_cell_words(cell)}"
            body.append(
                f'<rect class="shade-{shade(_number(cell), peak)}" x="{HEAT_NAMES + place * size:.2f}%" y="{y}" '
                f'width="{size * 0.92:.2f}%" height="{HEAT_ROW - 2}"><title>{what}</title></rect>'
            )
    return _chart(table, ident, body, top + len(table.rows) * HEAT_ROW, _spread(table))


def interval_chart(table: Table, ident: str, columns: tuple[str, str, str]) -> Chart:
    """A point with its interval for each row of `table`, from 0 to 1. `columns` names point, low and high.

    A row without a point (nothing counted, or hidden) keeps its name and says so. Raises `ValueError` for a column that
    the table does not have.
    """
    point, low, high = (table.columns.index(name) for name in columns)
    names = [" ".join(str(cell) for cell in row[: min(point, 2)] if isinstance(cell, str)) for row in table.rows]
    height = len(table.rows) * BAR_ROW
    body = [*_shares_below(height)] if table.rows else []
    for place, (row, name) in enumerate(zip(table.rows, names, strict=True)):
        top = place * BAR_ROW
        body.append(_name(name, top + 16))
        if row[point] is None:
            body.append(f'<text class="label" x="0" y="{top + 33}">{escape(gettext("not known"))}</text>')
            continue
        at, start, end = (1 + 98 * min(_number(row[column]), 1.0) for column in (point, low, high))
        words = gettext("{point} ({low} to {high})").format(
            point=_percent(row[point]), low=_percent(row[low]), high=_percent(row[high])
        )
        body.append(
            f'<line class="whisker" x1="{start:.2f}%" x2="{end:.2f}%" y1="{top + 29}" y2="{top + 29}"></line>'
            f'<circle class="series-1" cx="{at:.2f}%" cy="{top + 29}" r="5">'
            f"<title>{escape(name)}: {words}</title></circle>"
        )
    return _chart(table, ident, body, height + BOTTOM, gettext("Points with their 95 % intervals."))


def nice_ceiling(value: float) -> float:
    """A round figure that is not below `value`, and whose quarters are whole: 4, 8, 12, 20, 40, 60, 80, 100, 200, …"""
    if value <= 20:
        return next(step for step in (4.0, 8.0, 12.0, 20.0) if step >= value)
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value)


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
        f'<svg class="chart" role="img" width="100%" height="{height}" aria-labelledby="{title} {says}">'
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
            f'<line class="grid" x1="{LEFT}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"></line>'
            f'<text class="label" x="{LEFT}%" dx="-6" y="{y + 4:.1f}" text-anchor="end">{_plain(value)}</text>'
        )
    return lines


def _shares_below(height: int) -> Iterable[str]:
    """A line up from 0, 50 and 100 percent, with its name below."""
    for share, anchor in ((0, "start"), (50, "middle"), (100, "end")):
        x = 1 + 0.98 * share
        yield (
            f'<line class="grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="20" y2="{height + 4}"></line>'
            f'<text class="label" x="{share}%" y="{height + 20}" text-anchor="{anchor}">{share}%</text>'
        )


def _labels_below(names: Sequence[str]) -> list[str]:
    """The last name always, for it is the newest, and others at even steps before it."""
    every = max(1, math.ceil(len(names) / LABELS_BELOW))
    last = len(names) - 1
    return [
        f'<text class="label" x="{_x(place, len(names)):.2f}%" y="{HEIGHT - BOTTOM + 20}" '
        f'text-anchor="middle">{escape(name)}</text>'
        for place, name in enumerate(names)
        if (last - place) % every == 0
    ]


def _lines(series: Sequence[Sequence[float]], ceiling: float, tones: Sequence[str]) -> str:
    """The lines in units of their own, stretched over the grid; the style sheet keeps their strokes from it."""
    across, down = PLOT
    drawn = []
    for line, tone in zip(series, tones, strict=True):
        steps = max(len(line) - 1, 1)
        path = " ".join(f"{across * n / steps:.0f},{down * (1 - v / ceiling):.1f}" for n, v in enumerate(line))
        drawn.append(f'<polyline class="line {tone}" points="{path}" fill="none"></polyline>')
    return (
        f'<svg class="plot" x="{LEFT}%" y="{TOP}" width="{100 - LEFT - RIGHT}%" height="{down}" '
        f'viewBox="0 0 {across} {down}" preserveAspectRatio="none">{"".join(drawn)}</svg>'
    )


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


def _name(name: str, baseline: int) -> str:
    short = name if len(name) <= NAME_CHARACTERS else f"{name[: NAME_CHARACTERS - 1]}…"
    return f'<text class="label" x="0" y="{baseline}">{escape(short)}<title>{escape(name)}</title></text>'


def _x(place: int, count: int) -> float:
    """Percent of the width."""
    return LEFT + (100 - LEFT - RIGHT) * (0.5 if count < 2 else place / (count - 1))


def _y(value: float, ceiling: float) -> float:
    """Pixels from the top."""
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
