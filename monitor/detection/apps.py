"""Makes the room known to Django."""

from django.apps import AppConfig


class DetectionConfig(AppConfig):
    """The room `monitor.detection`."""

    name = "monitor.detection"
