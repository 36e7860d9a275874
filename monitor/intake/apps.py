"""Makes the room known to Django."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room `monitor.intake`."""

    name = "monitor.intake"
