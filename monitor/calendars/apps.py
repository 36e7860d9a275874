"""Makes the room known to Django."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    """The room `monitor.calendars`."""

    name = "monitor.calendars"
