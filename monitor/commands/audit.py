"""`worker.py audit verify`: is the audit chain whole?"""

import argparse
import sys

from monitor.audit.chain import ChainBroken, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=["verify"])


def run(_arguments: argparse.Namespace) -> int:
    """Walk the chain; exit status 1 when it was altered."""
    try:
        count = verify()
    except ChainBroken as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The chain is whole: {count} events.")
    return 0
