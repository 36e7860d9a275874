"""`worker.py bench NAME`: how fast something is, as ratios against a named baseline inside one run."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor.commands.bench_extract import bench_extract
from monitor.commands.bench_scoring import Sizes, bench_scoring
from monitor.simulator.handle import start_in_process

STUDENTS = 50  # of the simulated Workspace from which reading is measured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", choices=["scoring", "extract", "console", "intake"], help="what to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--texts", type=Path, help='JSON lines {"text":…} to measure with instead of invented messages')
    parser.add_argument("--cases", type=int, default=100_000, help="console: how many cases (default 100,000)")
    parser.add_argument("--database", default="", help="console: postgresql://… of an empty database, not SQLite")
    parser.add_argument("--files", type=Path, help="extract: a folder of files to read instead of invented ones")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default 3)")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; nothing is judged. 2 where the classifier or the texts cannot be read."""
    try:
        figures = _MEASURES[arguments.name](arguments)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return _print(figures, arguments.json)


def _print(figures: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(json.dumps(figures))
        return 0
    for name, value in flattened(figures):
        print(f"{name:<36} {value}")
    return 0


def _scoring(arguments: argparse.Namespace) -> dict[str, Any]:
    texts = None if arguments.texts is None else read_texts(arguments.texts)
    return bench_scoring(Sizes(rounds=max(1, arguments.rounds)), texts)


def _console(arguments: argparse.Namespace) -> dict[str, Any]:
    """No real installation is read or filled with invented cases."""
    with _new_installation(HEED_DATABASE_URL=arguments.database):
        bench = importlib.import_module("monitor.commands.bench_console")
        if bench.is_in_use():
            message = "the database holds schools already: give an empty one"
            raise RuntimeError(message)
        size = bench.Size(cases=max(100, arguments.cases), rounds=max(1, arguments.rounds))
        return dict(bench.measure(size))


def _intake(_arguments: argparse.Namespace) -> dict[str, Any]:
    with (
        start_in_process(students=STUDENTS, seed=7) as simulation,
        _new_installation(HEED_DATABASE_URL="", HEED_GOOGLE_ENDPOINT=simulation.endpoint),
    ):
        bench = importlib.import_module("monitor.commands.bench_intake")
        bench.watch(simulation)
        return dict(bench.measure(simulation))


@contextmanager
def _new_installation(**settings: str) -> Iterator[None]:
    """An installation of its own in a temporary folder, with these settings."""
    with TemporaryDirectory(prefix="heed-bench-") as home:
        os.environ |= {"HEED_HOME": home, "HEED_LOG_LEVEL": "ERROR", **settings}
        for name in settings:
            os.environ.pop(name + "_FILE", None)
        importlib.import_module("django").setup()
        importlib.import_module("monitor.commands.tables").prepare()
        yield


def _extract(arguments: argparse.Namespace) -> dict[str, Any]:
    return bench_extract(arguments.files, max(1, arguments.rounds))


_MEASURES = {"scoring": _scoring, "console": _console, "extract": _extract, "intake": _intake}


def read_texts(path: Path) -> list[str]:
    """The texts of JSON lines. Raises `OSError` or `ValueError` where there are none to be had."""
    texts = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        record = json.loads(line)
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            message = f'{path.name}, line {number}: not a line {{"text": …}}'
            raise ValueError(message)
        texts.append(record["text"])
    if not texts:
        message = f"{path.name} holds no text"
        raise ValueError(message)
    return texts


def flattened(figures: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested figures as lines: names joined by a space."""
    lines: list[tuple[str, Any]] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += flattened(value, f"{prefix}{name} ")
        else:
            lines.append((prefix + name, value))
    return lines
