"""The running figures of quality as a page shows them: tables in people's words, shares in percent."""

from monitor.console.insight_pages import Shown, cell_words
from monitor.console.insight_words import worded
from monitor.insights.quality import Quality, quality_tables
from monitor.insights.tables import Table


def shown_quality(found: Quality) -> list[Shown]:
    """Running precision, the same by site, and the waits."""
    *precision, waits = [worded(table) for table in quality_tables(found)]
    return [*(_shown(table, shares=True) for table in precision), _shown(waits, shares=False)]


def _shown(table: Table, *, shares: bool) -> Shown:
    return Shown(table, tuple(tuple(cell_words(cell, shares=shares) for cell in row) for row in table.rows))
