"""Makes the room known to Django."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The room `monitor.audit`."""

    name = "monitor.audit"
