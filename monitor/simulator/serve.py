"""Starts the simulator: as `worker.py simulate`, or for a test or demo in a child process of its own."""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from monitor.simulator.district import write_files
from monitor.simulator.faults import KINDS, read_spec
from monitor.simulator.http_server import SimulatorServer
from monitor.simulator.loading import spread
from monitor.simulator.people import SCHOOLS
from monitor.simulator.quota import MODES
from monitor.simulator.school_day import Traffic
from monitor.simulator.world import World

MOST_STUDENTS = 100_000
_FAULTS_HELP = (
    "trouble to inject: a JSON file with a list of rules, such a list itself, or rules as name=value pairs, "
    'e.g. "kind=503,match=gmail.users.messages.get,count=3;kind=slow,seconds=0.5,match=drive,probability=0.1". '
    f"Kinds: {', '.join(KINDS)}. Fields: match (regular expression on method id and path; 'token' for sign-in), "
    "subject, org_unit, count, rate, seconds; with kind=status also status, reason, message"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options of `worker.py simulate`."""
    parser.add_argument(
        "--students", type=int, required=True, metavar="N", help=f"student accounts, 1 to {MOST_STUDENTS}"
    )
    parser.add_argument("--schools", type=int, default=2, metavar="N", help=f"schools, 1 to {len(SCHOOLS)} (default 2)")
    parser.add_argument(
        "--traffic", action="store_true", help="school days from the start: mail, documents, comments, chat"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same names and ids (default 1)")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--mail", type=Path, metavar="DIR", help="RFC 822 files, delivered after an account's first contact"
    )
    parser.add_argument("--faults", default="", metavar="SPEC", help=_FAULTS_HELP)
    parser.add_argument(
        "--quota",
        choices=MODES,
        default="off",
        help="refuse calls above Google's limits: of projects made since May 2026, or of older ones (default: off; "
        "units are counted either way)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the key and the district file go (default: temporary)"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT; 0 then, 2 for options that cannot be used."""
    try:
        rules = read_spec(arguments.faults) if arguments.faults else []
        with _out_folder(arguments.out) as folder:
            return _serve(arguments, folder, rules)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"simulate: {error}\n")
        return 2


def main(argv: list[str] | None = None) -> int:
    """The command by itself: `python -m monitor.simulator.serve --students 25`."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))


def _serve(arguments: argparse.Namespace, folder: Path, rules: list[dict[str, object]]) -> int:
    if not 1 <= arguments.students <= MOST_STUDENTS:
        message = f"--students must be from 1 to {MOST_STUDENTS}"
        raise ValueError(message)
    if not 1 <= arguments.schools <= len(SCHOOLS):
        message = f"--schools must be from 1 to {len(SCHOOLS)}"
        raise ValueError(message)
    with SimulatorServer(arguments.port) as server:
        world = World(arguments.students, arguments.seed, server.endpoint, arguments.quota, arguments.schools)
        world.faults.add(rules)
        if arguments.mail:
            world.pending = spread(arguments.mail, [person.email for person in world.students()], arguments.seed)
        if arguments.traffic:
            world.traffic = Traffic(world, world.now())
        server.world, world.folder = world, folder
        # From here on a signal ends the command in order, so that the key does not stay behind.
        stop = _stop_event(arguments.until_stdin_closes)
        key_file, district_file = write_files(folder, world.key, server.endpoint, arguments.schools)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        _announce(server.endpoint, key_file, district_file, arguments.students)
        stop.wait()
        server.shutdown()
        thread.join(timeout=5)
    return 0


def _announce(endpoint: str, key_file: Path, district_file: Path, accounts: int) -> None:
    line = {
        "endpoint": endpoint,
        "control": f"{endpoint}/control",
        "key_file": str(key_file.resolve()),
        "district_file": str(district_file.resolve()),
        "accounts": accounts,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _stop_event(until_stdin_closes: bool) -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        # A child must not outlive a parent that was killed; the parent's end of this pipe then closes by itself.
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    return stop


def _watch_stdin(stop: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    stop.set()


@contextlib.contextmanager
def _out_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="heed-simulator-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
