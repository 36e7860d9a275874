"""Makes the room known to Django."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """The room `monitor.insights`."""

    name = "monitor.insights"
