"""Makes the room known to Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The room `monitor.accounts`."""

    name = "monitor.accounts"
