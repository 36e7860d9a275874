"""Shells around the functions of this room."""

from celery import shared_task

from monitor.insights.ahead import count_ahead as count_figures
from monitor.insights.readings import count_readings as count_some


@shared_task(name="insights.count_readings")
def count_readings() -> None:
    """Count what was read."""
    count_some()


@shared_task(name="insights.count_ahead")
def count_ahead() -> None:
    """Count the whole district's figures before anybody asks."""
    count_figures()
