"""Counts the whole district's figures before anybody asks, as far as a page shows them unasked or by one choice."""

from monitor.insights.coverage import coverage
from monitor.insights.fairness import fairness
from monitor.insights.kept import keep, let_go
from monitor.insights.overview import overview
from monitor.insights.periods import last_days
from monitor.insights.quality import quality
from monitor.insights.readings import district_zone
from monitor.insights.scope import whole_district
from monitor.insights.themes import ThemesBy, quarters_offered, themes
from monitor.insights.trends import trends
from monitor.lib import clock

DAYS_OFFERED = (30, 90, 365)


def count_ahead() -> int:
    """Count and write down; how many figures were counted. Nothing without a school."""
    scope = whole_district()
    if not scope.sites:
        return 0
    today, counted = clock.now().astimezone(district_zone()).date(), 1
    keep(overview, scope)
    for days in DAYS_OFFERED:
        for ask in (trends, quality, coverage, fairness):
            keep(ask, scope, last_days(today, days))
            counted += 1
    newest = quarters_offered()[0]
    for ask in (quality, fairness):  # those who may not open cases are told whole quarters
        keep(ask, scope, newest)
    for by in ThemesBy:
        keep(themes, scope, newest, by)
    let_go()
    return counted + 2 + len(ThemesBy)
