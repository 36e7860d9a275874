"""Charts are whole SVG, can be read by a screen reader, tell what their table tells, and need no style attribute."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.insights.charts import Chart, bar_chart, heat_map, interval_chart, line_chart, nice_ceiling, shade
from monitor.insights.tables import Table, csv_lines

NASTY = '<script>alert("x")</script> & "O\'Neill"'
OVER_TIME = Table("Cases by category", ("week", "bullying", NASTY), (("2026-11-02", 3, 0), ("2026-11-09", 5, 12)))
BY_SITE = Table(
    "Cases by site", ("site", "bullying", "violence"), ((NASTY, 3, None), ("Elm", None, None), ("Oak", 7, 2))
)
HOURS = Table("By hour", ("weekday", "00", "01"), (("Monday", 0, 4), ("Tuesday", 1, None)))
PRECISION = Table(
    "Precision",
    ("category", "site", "judgements", "useful", "useful low", "useful high"),
    (("bullying", "all", 40, 0.5, 0.35, 0.65), ("violence", "all", 0, None, 0.0, 1.0)),
)
COLUMNS = ("useful", "useful low", "useful high")
CHARTS = {
    "line": line_chart(OVER_TIME, "one"),
    "bar": bar_chart(BY_SITE, "two"),
    "heat": heat_map(HOURS, "three"),
    "interval": interval_chart(PRECISION, "four", COLUMNS),
}


def parsed(chart: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg)


def titles(chart: Chart) -> list[str]:
    return [element.text for element in parsed(chart).iter("title")]


@pytest.mark.parametrize("kind", CHARTS)
def test_every_chart_has_a_title_and_a_description_that_it_points_to(kind: str):
    chart = CHARTS[kind]
    root = parsed(chart)
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    named = [ids[ident] for ident in root.get("aria-labelledby").split()]
    assert root.get("role") == "img"
    assert [element.tag for element in named] == ["title", "desc"]
    assert named[0].text == chart.table.title
    assert "table" in named[1].text


@pytest.mark.parametrize("kind", CHARTS)
def test_no_chart_needs_anything_that_a_strict_policy_forbids(kind: str):
    for element in parsed(CHARTS[kind]).iter():
        assert element.tag in {"svg", "title", "desc", "line", "polyline", "circle", "rect", "text"}
        for name in element.attrib:
            assert name != "style"
            assert not name.startswith("on")
            assert "href" not in name


def share(element: ElementTree.Element, name: str) -> float:
    """A place across, in percent of the width."""
    given = element.get(name)
    assert given.endswith("%") or given == "0", ElementTree.tostring(element)
    return float(given.removesuffix("%"))


@pytest.mark.parametrize("kind", CHARTS)
def test_nothing_is_drawn_outside_however_narrow_the_page_is(kind: str):
    root = parsed(CHARTS[kind])
    height = float(root.get("height"))
    for element in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            if element.get(name) is not None:
                assert 0 <= share(element, name) <= 100, ElementTree.tostring(element)
        for name in ("y", "y1", "y2", "cy"):
            if element.get(name) is not None:
                assert 0 <= float(element.get(name)) <= height, ElementTree.tostring(element)
        if element.tag == "rect":
            assert share(element, "x") + share(element, "width") <= 100.01


def test_every_figure_of_the_table_is_told():
    assert {"bullying, 2026-11-02: 3", f"{NASTY}, 2026-11-09: 12"} <= set(titles(CHARTS["line"]))
    assert {"Oak, violence: 2", "Elm, bullying: not shown"} <= set(titles(CHARTS["bar"]))
    assert {"Monday, 01: 4", "Tuesday, 01: not shown"} <= set(titles(CHARTS["heat"]))
    assert "bullying all: 50% (35% to 65%)" in titles(CHARTS["interval"])
    assert "not known" in CHARTS["interval"].svg


def test_longer_bars_and_darker_squares_stand_for_more():
    widths = {element[0].text: share(element, "width") for element in parsed(CHARTS["bar"]).iter("rect")}
    assert widths["Oak, bullying: 7"] > widths[f"{NASTY}, bullying: 3"] > widths["Elm, bullying: not shown"] == 0
    classes = {element[0].text: element.get("class") for element in parsed(CHARTS["heat"]).iter("rect")}
    assert (classes["Monday, 01: 4"], classes["Tuesday, 00: 1"], classes["Monday, 00: 0"]) == (
        "shade-5",
        "shade-2",
        "shade-0",
    )


def test_empty_tables_make_charts_that_say_so():
    for draw in (line_chart, bar_chart, heat_map):
        chart = draw(Table("Nothing", ("week", "cases"), ()), "x")
        assert "Nothing to show" in parsed(chart).find("desc").text


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        interval_chart(PRECISION, "x", ("useful", "low", "high"))


def test_many_points_have_few_names():
    rows = tuple((f"2026-{number}", number) for number in range(200))
    chart = line_chart(Table("Long", ("day", "cases"), rows), "x")
    below = [element for element in parsed(chart).iter("text") if element.get("text-anchor") == "middle"]
    assert 4 <= len(below) <= 5
    assert below[-1].text == "2026-199"  # the newest always


def test_a_line_goes_through_its_points_when_it_is_stretched():
    drawn = parsed(CHARTS["line"]).find("svg")
    left, width, top = share(drawn, "x"), share(drawn, "width"), float(drawn.get("y"))
    across = float(drawn.get("viewBox").split()[2])
    line = [tuple(map(float, pair.split(","))) for pair in drawn[0].get("points").split()]
    points = [element for element in parsed(CHARTS["line"]).iter("circle") if element.get("class") == "series-1"]
    for (x, y), point in zip(line, points, strict=True):
        assert left + width * x / across == pytest.approx(share(point, "cx"), abs=0.05)
        assert top + y == pytest.approx(float(point.get("cy")), abs=0.11)


@given(st.floats(0, 1e9))
def test_a_ceiling_is_never_too_low_and_never_far_off(value: float):
    assert value <= nice_ceiling(value) <= max(4, 2.5 * value)
    assert nice_ceiling(value) / 4 == int(nice_ceiling(value) / 4)  # no half of a case stands beside the grid


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_shades_are_those_that_the_style_sheet_has(value: float, peak: float):
    assert 0 <= shade(min(value, peak), peak) <= 5


def test_tables_are_written_as_csv_and_no_cell_becomes_a_formula():
    table = Table("=SUM(A1)", ("site", "share"), (("+1 Oak, High", 0.123456), ("Elm", None)), "a note")
    lines = list(csv_lines([table, table]))
    assert lines[:5] == ["'=SUM(A1)\r\n", "a note\r\n", "site,share\r\n", '"\'+1 Oak, High",0.1235\r\n', "Elm,\r\n"]
    assert lines[5] == "\r\n"
    assert len(lines) == 11
