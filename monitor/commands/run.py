"""`worker.py run`: the embedded default. SQLite, worker, schedule and console, nothing else to install."""

import argparse
import os
import sys

from monitor.commands.family import Child, run_family
from monitor.intake.google_checks import check_google
from monitor.roster.district import NoDistrict, get_district


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="where the console listens")
    parser.add_argument("--port", type=int, default=8000)


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
    url = os.environ.setdefault("HEED_CONSOLE_URL", f"http://{arguments.host}:{arguments.port}")  # for the children
    print(f"Watching {district.name}. The console is at {url}", flush=True)
    console = Child("console", ["serve", "--host", arguments.host, "--port", str(arguments.port)])
    return run_family([console, Child("worker", ["work"])])
