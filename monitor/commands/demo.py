"""`worker.py demo`: a simulated district, the worker and the console together, from nothing.

It uses the same commands that a district would use, each in a process of its own, on a home that is made anew.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from monitor.commands.family import WORKER_FILE, Child, run_family
from monitor.simulator.handle import Control, Simulation, start_in_process
from monitor.simulator.story import play, prepare

STUDENTS = 25
SEED = 1
STORY_SECONDS = 45.0
CONTACT_SECONDS = 120.0  # how long the story waits for the worker to have taken every baseline
PEOPLE = (
    ("ada@cedarvalley.example", "Ada Ferris", "site_administrator", ("oak-high", "maple-middle")),
    ("bo@cedarvalley.example", "Bo Lindqvist", "counselor", ("oak-high",)),
    ("lea@cedarvalley.example", "Lea Moreno", "safety_lead", ()),
    ("ingrid@cedarvalley.example", "Ingrid Tao", "it", ()),
)


class DemoFailed(Exception):
    """A step of the demo did not work; the message names it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--port", type=int, default=8000, help="of the console")
    parser.add_argument("--fast", action="store_true", help="the whole school day at once instead of in 45 seconds")


def run(arguments: argparse.Namespace) -> int:
    """Start everything, print the address and the sign-ins, and run until stopped."""
    home = _fresh_home()
    try:
        with start_in_process(students=STUDENTS, seed=SEED, out=home / "workspace") as simulation:
            drives = prepare(simulation.control)
            os.environ.update(_environment(home, simulation, arguments.port))
            _command("config", "apply", str(simulation.district_file))
            password = secrets.token_urlsafe(9)
            for email, name, role, sites in PEOPLE:
                options = [word for site in sites for word in ("--site", site)]
                _command(
                    "user", "add", email, "--name", name, "--role", role, "--password-stdin", *options, given=password
                )
            _announce(arguments.port, password, home)
            seconds = 0.0 if arguments.fast else STORY_SECONDS
            threading.Thread(target=_tell, args=(simulation.control, seconds, drives), daemon=True).start()
            return run_family([Child("console", ["serve", "--port", str(arguments.port)]), Child("worker", ["work"])])
    except DemoFailed as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _fresh_home() -> Path:
    """An empty folder of the demo's own; never the one that an installation uses."""
    home = Path(os.environ.get("HEED_HOME", "var")).expanduser().absolute() / "demo"
    shutil.rmtree(home, ignore_errors=True)
    (home / "workspace").mkdir(parents=True)
    return home


def _environment(home: Path, simulation: Simulation, port: int) -> dict[str, str]:
    return {
        "HEED_HOME": str(home),
        "HEED_DATABASE_URL": "",
        "HEED_BROKER_URL": "",
        "HEED_GOOGLE_ENDPOINT": simulation.endpoint,
        "HEED_CONSOLE_URL": f"http://127.0.0.1:{port}",
        "HEED_MAIL_FOLDER": str(home / "alert-mails"),
        "HEED_GMAIL_POLL_SECONDS": "3",
        "HEED_DRIVE_POLL_SECONDS": "4",
        "HEED_TICK_SECONDS": "2",
        "HEED_LOG_LEVEL": os.environ.get("HEED_LOG_LEVEL", "WARNING"),
    }


def _command(*words: str, given: str = "") -> None:
    finished = subprocess.run(
        [sys.executable, str(WORKER_FILE), *words], input=given, text=True, capture_output=True, check=False
    )
    if finished.returncode:
        message = f"`worker.py {' '.join(words[:2])}` failed:\n{finished.stderr or finished.stdout}"
        raise DemoFailed(message)


def _announce(port: int, password: str, home: Path) -> None:
    print(f"\nHeed watches a simulated district of {STUDENTS} students. Everybody in it is invented.\n")
    print(f"  Console     http://127.0.0.1:{port}/")
    for email, name, role, sites in PEOPLE:
        where = f" at {', '.join(sites)}" if sites else ""
        print(f"  Sign in as  {email:<28} {name}, {role.replace('_', ' ')}{where}")
    print(f"  Password    {password}")
    print(f"  Alerts      are written to {home / 'alert-mails'}")
    print("\nThe first cases appear within a minute. Stop with Ctrl-C.\n", flush=True)


def _tell(control: Control, seconds: float, drives: dict[str, str]) -> None:
    """Play the school day once the worker has taken every account's baseline: what is older is never read."""
    until = time.monotonic() + CONTACT_SECONDS
    while time.monotonic() < until and not _all_contacted(control):
        time.sleep(0.5)
    play(control, seconds, drives=drives)


def _all_contacted(control: Control) -> bool:
    first = {"gmail.users.getProfile", "drive.changes.getStartPageToken"}
    seen = {(call["method"], call["subject"]) for call in control.calls()}
    return seen >= {(method, student) for method in first for student in control.students()}
