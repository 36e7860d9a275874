"""`worker.py poll`: one full pass to quiescence in this process, by the same functions as the tasks."""

import argparse
import json
import sys

from monitor.commands.run_through import UnknownAccount, run_through
from monitor.google.credentials import KeyFileError
from monitor.google.errors import GoogleError
from monitor.roster.district import NoDistrict
from monitor.roster.sync import DoubtfulDirectory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--account", metavar="EMAIL", help="only this monitored account")


def run(arguments: argparse.Namespace) -> int:
    """Poll, score, group and tell; print the summary as JSON."""
    try:
        summary = run_through(arguments.account)
    except (NoDistrict, UnknownAccount, DoubtfulDirectory, KeyFileError, GoogleError) as error:
        print(f"poll: {error}", file=sys.stderr)
        return 2
    print(json.dumps(summary))
    return 0
