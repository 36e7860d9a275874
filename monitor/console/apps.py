"""Makes the room known to Django."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The room `monitor.console`."""

    name = "monitor.console"
