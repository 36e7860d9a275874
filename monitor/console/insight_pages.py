"""What stands on each page of figures: tables in people's words, each with the chart that is drawn from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from monitor.accounts.models import User
from monitor.console.insight_words import column_words, worded
from monitor.insights.ahead import DAYS_OFFERED
from monitor.insights.charts import Chart, bar_chart, heat_map, interval_chart, line_chart, tone_of
from monitor.insights.coverage import Coverage, coverage, coverage_table
from monitor.insights.fairness import fairness, fairness_tables
from monitor.insights.kept import kept
from monitor.insights.periods import Period, last_days, month_words
from monitor.insights.quality import edge_words, precision_table, quality, waits_table
from monitor.insights.scope import SEES_FIGURES, NoFigures, Scope, coverage_scope_for, protected_scope_for, scope_for
from monitor.insights.tables import Cell, Table
from monitor.insights.themes import ThemesBy, quarters_offered, themes, themes_table
from monitor.insights.trends import trend_tables, trends
from monitor.triage.precision import Precision
from monitor.triage.times import EDGES, WAITS, Waits

LEGEND_FROM = 2  # a chart of one series needs none
WAIT_WORDS = {"look": _("First look"), "acknowledge": _("Acknowledged"), "close": pgettext_lazy("case", "Closed")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as people read it, its chart as SVG ("" for none), and the names of the chart's series."""

    table: Table
    cells: tuple[tuple[str, ...], ...]
    svg: str = ""
    legend: tuple[tuple[str, str], ...] = ()  # (class of its colour, name)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked for. `sees_small` is whether they may open the cases behind the figures anyway."""

    scope: Scope
    period: Period
    by: ThemesBy
    sees_small: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The tables as they are exported, the same as they are shown, and when they were counted."""

    tables: Sequence[Table]
    shown: Sequence[Shown]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Section:
    """One page of figures. `by_site` is whether one school of several may be asked for."""

    title: str | Promise
    scope: Callable[[User], Scope]
    answer: Callable[[Question], Answer]
    in_quarters: bool = False  # for everybody
    in_quarters_unless_small: bool = False  # for those from whom small groups are hidden
    by_site: bool = True


def is_in_quarters(section: Section, user: User) -> bool:
    """Whether `user` may ask for finished quarters only: free dates could be subtracted from each other."""
    return section.in_quarters or (section.in_quarters_unless_small and user.role not in SEES_FIGURES)


def periods_for(section: Section, user: User, today: date) -> dict[str, tuple[str, Period]]:
    """The periods that `user` may ask for: name in the address, words, and the days."""
    if is_in_quarters(section, user):
        quarters = quarters_offered()
        return {f"{one.since:%Y-%m}": (month_words(one), one) for one in quarters}
    return {
        str(days): (gettext("Last {count} days").format(count=days), last_days(today, days)) for days in DAYS_OFFERED
    }


def _trends(question: Question) -> Answer:
    found = kept(trends, question.scope, question.period)
    tables = trend_tables(found.figures)
    over_time = [
        _with_legend(line_chart(worded(tables[0]), "chart-0")),
        _with_legend(
            line_chart(worded(tables[1]), "chart-1", _tones(tables[1].columns)), tones=_tones(tables[1].columns)
        ),
    ]
    bars = [bar_chart(worded(table), f"chart-{number}") for number, table in enumerate(tables[2:4], 2)]
    shown = [*over_time, *map(_with_legend, bars), _shown(heat_map(worded(tables[4]), "chart-4"))]
    return Answer(tables, shown, found.as_of)


def _precision(question: Question) -> Answer:
    found = kept(quality, question.scope, question.period)
    quality_found = found.figures
    overall: Sequence[Precision] = quality_found.overall
    tables = [precision_table(gettext("Running precision"), overall, {})]
    if question.sees_small:
        tables.append(
            precision_table(gettext("Running precision by site"), quality_found.by_site, quality_found.site_names)
        )
    else:
        tables = [_without_few(tables[0])]
    columns = _columns("useful")
    charts = [interval_chart(worded(table), f"chart-{number}", columns) for number, table in enumerate(tables)]
    return Answer(tables, [_shown(chart, shares=True) for chart in charts], found.as_of)


def _waits(question: Question) -> Answer:
    found = kept(quality, question.scope, question.period)
    waits = found.figures.waits
    of_each = [[wait for wait in waits if wait.what == what] for what in WAITS]
    shares = [_share_within(what, found) for what, found in zip(WAITS, of_each, strict=True)]
    tones = [tuple(f"is-{wait.severity.value}" for wait in found) for found in of_each]
    charts = [line_chart(worded(table), f"chart-{n}", tones[n]) for n, table in enumerate(shares)]
    drawn = [_with_legend(chart, tones=tones[n]) for n, chart in enumerate(charts)]
    table = waits_table(waits)
    return Answer([table, *shares], [*drawn, _plain(worded(table))], found.as_of)


def _coverage(question: Question) -> Answer:
    found = kept(coverage, question.scope, question.period)
    table = coverage_table(found.figures)
    chart = bar_chart(worded(_hours(found.figures)), "chart-0")
    return Answer([table], [_with_legend(chart), _plain(worded(table))], found.as_of)


def _fairness(question: Question) -> Answer:
    found = kept(fairness, question.scope, question.period)
    tables = fairness_tables(found.figures)
    columns = _columns("false")
    charts = [interval_chart(worded(table), f"chart-{number}", columns) for number, table in enumerate(tables)]
    return Answer(tables, [_shown(chart, shares=True) for chart in charts], found.as_of)


def _themes(question: Question) -> Answer:
    found = kept(themes, question.scope, question.period, question.by)
    table = worded(themes_table(found.figures))
    without_sums = Table(table.title, table.columns[:-1], tuple(row[:-1] for row in table.rows[:-1]), table.note)
    chart = bar_chart(without_sums, "chart-0")
    return Answer(
        [themes_table(found.figures)], [_with_legend(Chart(chart.svg, table), table.columns[1:-1])], found.as_of
    )


SECTIONS: Mapping[str, Section] = {
    "trends": Section(_("Trends"), scope_for, _trends),
    "precision": Section(_("Precision"), protected_scope_for, _precision, in_quarters_unless_small=True, by_site=False),
    "waits": Section(_("Waits"), scope_for, _waits),
    "coverage": Section(_("Coverage"), coverage_scope_for, _coverage),
    "fairness": Section(_("Fairness"), protected_scope_for, _fairness, in_quarters_unless_small=True, by_site=False),
    "themes": Section(_("Themes"), protected_scope_for, _themes, in_quarters=True, by_site=False),
}


def sections_of(user: User) -> list[tuple[str, str]]:
    """Name and title of the pages that `user` may open."""
    return [(name, str(one.title)) for name, one in SECTIONS.items() if _may(one, user)]


def _may(one: Section, user: User) -> bool:
    try:
        one.scope(user)
    except NoFigures:
        return False
    return True


def cell_words(cell: Cell, *, shares: bool = False) -> str:
    """A cell as people read it; `shares` says that fractions are shares of 1."""
    if cell is None:
        return gettext("not shown")
    if isinstance(cell, float):
        return f"{cell:.0%}" if shares else f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _without_few(table: Table) -> Table:
    """Rows of fewer judgements or cases than may be shown keep their name only."""
    smallest = settings.HEED_SMALLEST_GROUP
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        few = any(isinstance(count, int) and count < smallest for count in row[2:4])
        rows.append((*row[:2], *(None for _ in row[2:])) if few else row)
    also = gettext("Where fewer than {smallest} were judged nothing is shown.").format(smallest=smallest)
    note = f"{table.note} {also}"
    return Table(table.title, table.columns, tuple(rows), note)


def _columns(name: str) -> tuple[str, str, str]:
    """The heads of a share's columns: the point and the ends of its interval."""
    return column_words(name), column_words(f"{name} low"), column_words(f"{name} high")


def _share_within(what: str, waits: Sequence[Waits]) -> Table:
    """Percent of the cases of each severity for which it was done within each time."""
    rows: list[tuple[Cell, ...]] = [
        (edge_words(edge), *(round(100 * wait.within[number] / wait.cases) for wait in waits))
        for number, edge in enumerate(EDGES)
    ]
    columns = ("within", *(wait.severity.value for wait in waits))
    return Table(gettext("{what}, percent of cases").format(what=WAIT_WORDS[what]), columns, tuple(rows))


def _hours(found: Coverage) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (row.site.name, round(row.hours_asleep, 1), round(row.hours_nobody_on_duty, 1)) for row in found.sites
    ]
    return Table(
        gettext("Hours that nobody watches"), ("site", "hours asleep", "hours with nobody on duty"), tuple(rows)
    )


def _with_legend(chart: Chart, names: tuple[str, ...] | None = None, tones: Sequence[str] = ()) -> Shown:
    names = chart.table.columns[1:] if names is None else names
    legend = tuple((tone_of(number, tones), name) for number, name in enumerate(names))
    return _shown(chart, legend if len(names) >= LEGEND_FROM else ())


def _tones(columns: Sequence[str]) -> tuple[str, ...]:
    """The classes of severities, for columns that are named after them."""
    return tuple(f"is-{name}" for name in columns[1:])


def _shown(chart: Chart, legend: tuple[tuple[str, str], ...] = (), *, shares: bool = False) -> Shown:
    drawn = mark_safe(chart.svg)  # noqa: S308 - drawn by `insights.charts`, which escapes every word
    return Shown(chart.table, _cells(chart.table, shares=shares), drawn, legend)


def _plain(table: Table) -> Shown:
    return Shown(table, _cells(table, shares=False))


def _cells(table: Table, *, shares: bool) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell_words(cell, shares=shares) for cell in row) for row in table.rows)
