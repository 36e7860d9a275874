"""Gets the tables ready for a command."""

import sys

from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError


def prepare() -> None:
    """Bring the tables to this version. Ends the program with a clear message if it cannot."""
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        settings = connection.settings_dict
        place = settings["NAME"] if connection.vendor == "sqlite" else f"{settings['HOST']}:{settings['PORT']}"
        print(f"The database at {place} cannot be used: {error}".strip(), file=sys.stderr)
        print("Check HEED_DATABASE_URL (or HEED_HOME for SQLite) and that the database runs.", file=sys.stderr)
        raise SystemExit(3) from None
