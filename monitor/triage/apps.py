"""Makes the room known to Django."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """The room `monitor.triage`."""

    name = "monitor.triage"
