"""Makes the room known to Django."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The room `monitor.alerts`."""

    name = "monitor.alerts"
