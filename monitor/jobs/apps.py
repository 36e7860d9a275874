"""Makes the room known to Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The room `monitor.jobs`."""

    name = "monitor.jobs"
