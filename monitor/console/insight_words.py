"""Tables of figures in people's words, in their language: `insights` names columns and rows by codes."""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitor.console.words import (
    CATEGORY_WORDS,
    ISO_DAY,
    SEVERITY_WORDS,
    day_and_month,
    month_and_year,
    with_dates,
)
from monitor.insights.tables import Cell, Table

WORDS: Mapping[str, str | Promise] = {
    **{one.value: words for one, words in CATEGORY_WORDS.items()},
    **{one.value: words for one, words in SEVERITY_WORDS.items()},
}
COLUMN_WORDS: Mapping[str, str | Promise] = {
    "all": _("all"),
    "accounts not watched": _("accounts not watched"),
    "accounts watched": _("accounts watched"),
    "cases": _("cases"),
    "category": _("category"),
    "day": _("day"),
    "done": _("done"),
    "false": _("false"),
    "false high": _("false high"),
    "false low": _("false low"),
    "figure": _("figure"),
    "flagged": _("flagged"),
    "flagged high": _("flagged high"),
    "flagged low": _("flagged low"),
    "grade": _("grade"),
    "half": _("half"),
    "hours": _("hours"),
    "hours asleep": _("hours asleep"),
    "hours with nobody on duty": _("hours with nobody on duty"),
    "items dated in a break": _("items dated in a break"),
    "items in languages not understood": _("items in languages not understood"),
    "items parked": _("items parked"),
    "items read": _("items read"),
    "judgements": _("judgements"),
    "month": _("month"),
    "nine tenths": _("nine tenths"),
    "not false": _("not false"),
    "not false high": _("not false high"),
    "not false low": _("not false low"),
    "severity": _("severity"),
    "site": _("site"),
    "somebody is told": _("somebody is told"),
    "stands out": _("stands out"),
    "useful": _("useful"),
    "useful high": _("useful high"),
    "useful low": _("useful low"),
    "value": _("value"),
    "watched": _("watched"),
    "week": _("week"),
    "weekday": _("weekday"),
    "what": _("what"),
    "within": _("within"),
}
STEP_WORDS: Mapping[str, str | Promise] = {
    "look": _("look"),
    "acknowledge": _("acknowledge"),
    "close": _("close"),
}


def worded(table: Table) -> Table:
    """`table` with columns, categories, severities and days as people say them, also where one ends a cell."""
    name_day = month_and_year if table.columns[0] == "month" else day_and_month
    rows = tuple((_day(row[0], name_day), *map(_cell, row[1:])) for row in table.rows)
    columns = tuple(column_words(name) for name in table.columns)
    return Table(with_dates(table.title), columns, rows, table.note)


def _day(cell: Cell, name_day: Callable[[date], str]) -> Cell:
    if isinstance(cell, str) and ISO_DAY.fullmatch(cell):
        return name_day(date.fromisoformat(cell))
    return _cell(cell)


def column_words(name: str) -> str:
    """The head of a column; a name that is no code of ours stays as it is."""
    return str(WORDS.get(name) or COLUMN_WORDS.get(name) or name)


def _cell(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    start, space, last = cell.rpartition(" ")
    if start and last in WORDS:
        return f"{start}{space}{str(WORDS[last]).lower()}"
    return str(WORDS.get(cell) or STEP_WORDS.get(cell) or cell)
