"""Makes the room known to Django."""

from django.apps import AppConfig


class RosterConfig(AppConfig):
    """The room `monitor.roster`."""

    name = "monitor.roster"
