"""The one command: `python worker.py …`, and the Celery application: `celery -A worker …`."""

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Read when torch loads: its threads then sleep between two steps instead of spinning on a core that others need.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).resolve().parent))

WITHOUT_TABLES = {
    "demo": ("monitor.commands.demo", "a simulated district, the worker and the console together"),
    "score": ("monitor.commands.score", "JSON lines of text in, JSON lines of scores out"),
    "extract": ("monitor.commands.extract", "one JSON line of text spans for each file"),
    "train": ("models.training.command", "reproduce the shipped weights from named data"),
    "evaluate": ("models.evaluation.command", "figures on labelled JSON lines"),
    "bench": ("monitor.commands.bench", "ratios against a named baseline inside one run"),
    "simulate": ("monitor.simulator.serve", "the simulated Workspace alone"),
}
WITH_TABLES = {
    "run": ("monitor.commands.run", "worker and console against the configured Workspace, nothing else to install"),
    "poll": ("monitor.commands.poll", "one full pass to quiescence, then a JSON summary"),
    "doctor": ("monitor.commands.doctor", "check everything that must be right, and say what to do"),
    "config": ("monitor.commands.config", "check, apply or export the district file"),
    "calendar": ("monitor.commands.calendar", "see, preview and read the calendars that breaks are imported from"),
    "user": ("monitor.commands.user", "add people who sign in to the console"),
    "contacts": ("monitor.commands.contacts", "who would be told now, whether each can be reached, and bounces"),
    "drill": ("monitor.commands.drill", "a test alert that goes the whole way, and who answered it when"),
    "tips": ("monitor.commands.tips", "the phone numbers that take tips, and where the forms are"),
    "policy": ("monitor.commands.policy", "see the policy of an account, try a change against 30 days, apply it"),
    "parked": ("monitor.commands.parked", "list items that could not be read, or let them be tried again"),
    "backfill": ("monitor.commands.backfill", "read a site's mail from before its baseline: estimate, start, cancel"),
    "roster": ("monitor.commands.roster", "who is watched and why; with --dry-run what a sync would change"),
    "audit": ("monitor.commands.audit", "verify the audit chain"),
    "serve": ("monitor.commands.serve", "the console alone"),
    "work": ("monitor.commands.work", "worker and schedule alone, without a broker"),
}


def main(argv: list[str]) -> int:
    """Run the command that `argv` (without the program's name) asks for; its exit status."""
    parser = argparse.ArgumentParser(prog="worker.py", description="Heed: notices signs of danger in school accounts.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in argv if not word.startswith("-")), None)
    command = None
    if wanted in WITH_TABLES and not _has_settings():
        return 2
    for name, (module_name, summary) in (WITHOUT_TABLES | WITH_TABLES).items():
        subparser = subparsers.add_parser(name, help=summary, description=summary)
        if name == wanted:  # the others are not imported: `score` must not wait for the console, nor the reverse
            command = importlib.import_module(module_name)
            command.add_arguments(subparser)
    arguments = parser.parse_args(argv)
    if wanted in WITH_TABLES:
        importlib.import_module("monitor.commands.tables").prepare()
    try:
        return int(command.run(arguments)) if command else 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away: no second complaint
        return 128 + signal.SIGPIPE


def _has_settings() -> bool:
    """Read the settings; a wrong one is told in a sentence instead of a stack."""
    env = importlib.import_module("config.env")
    try:
        importlib.import_module("django").setup()
    except env.SettingError as error:
        print(f"worker.py: {error}", file=sys.stderr)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
else:
    from config.celery_app import app

    __all__ = ["app", "main"]
