"""Makes the room known to Django."""

from django.apps import AppConfig


class TipsConfig(AppConfig):
    """The room `monitor.tips`."""

    name = "monitor.tips"
