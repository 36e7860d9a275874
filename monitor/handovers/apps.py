"""Makes the room known to Django."""

from django.apps import AppConfig


class HandoversConfig(AppConfig):
    """The room `monitor.handovers`."""

    name = "monitor.handovers"
