"""`worker.py demo`: a simulated district, the worker and the console together, from nothing."""

import argparse
import os
import shutil
from pathlib import Path

DEMO_POLL_SECONDS = "3"
PEOPLE = (
    ("Ada Ferris", "ada", "site_administrator", ["oak-high", "maple-middle"]),
    ("Bo Lindqvist", "bo", "counselor", ["oak-high"]),
    ("Ingrid Tao", "it", "it", []),
)
STUDENTS = 25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--port", type=int, default=8000, help="of the console")
    parser.add_argument("--fast", action="store_true", help="the whole school day at once instead of in 45 seconds")


def run(arguments: argparse.Namespace) -> int:
    """Start everything, print the address and the sign-ins, and run until stopped."""
    from monitor.simulator.serve import start_in_process

    home = _fresh_home()
    with start_in_process(students=STUDENTS, seed=1, out=home / "workspace") as workspace:
        _set_environment(home, workspace.endpoint, arguments.port)
        return _run_demo(workspace, home, arguments)


def _run_demo(workspace: "object", home: Path, arguments: argparse.Namespace) -> int:
    raise NotImplementedError


def _fresh_home() -> Path:
    """An empty folder for the demo; never one that an installation uses."""
    home = Path(os.environ.get("HEED_HOME", "var")).expanduser().absolute() / "demo"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home
