"""`worker.py run`: the embedded default. SQLite, worker, schedule and console, nothing else to install."""

import argparse
import sys
from urllib.parse import urlsplit

from django.conf import settings

from monitor.commands.doctor import check_google
from monitor.commands.family import Child, run_family
from monitor.roster.district import NoDistrict, get_district


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    port = urlsplit("http://127.0.0.1:8000").port
    parser.add_argument("--host", default="127.0.0.1", help="where the console listens")
    parser.add_argument("--port", type=int, default=port)


def run(arguments: argparse.Namespace) -> int:
    """Run until stopped. Refuses to start without a district, and says what of Google does not work."""
    try:
        district = get_district()
    except NoDistrict as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    for check in check_google():
        if not check.is_good:
            print(f"run: {check.name}: {check.finding}\n     {check.remedy}", file=sys.stderr)
    print(f"Watching {district.name}. The console is at {settings.HEED_CONSOLE_URL}", flush=True)
    console = Child("console", ["serve", "--host", arguments.host, "--port", str(arguments.port)])
    return run_family([console, Child("worker", ["work"])])
