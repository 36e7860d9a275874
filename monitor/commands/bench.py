"""`worker.py bench NAME`: how fast something is, as ratios against a named baseline inside one run."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from monitor.commands.bench_extract import bench_extract
from monitor.commands.bench_scoring import Sizes, bench_scoring


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("name", choices=["scoring", "extract"], help="what to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument("--texts", type=Path, help='JSON lines {"text":…} to measure with instead of invented messages')
    parser.add_argument(
        "--files", type=Path, help="extract: a folder of files to measure with instead of invented ones"
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default 3)")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; nothing is judged. 2 where the classifier or the texts cannot be read."""
    try:
        figures = measure(arguments)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(figures))
        return 0
    for name, value in flattened(figures):
        print(f"{name:<36} {value}")
    return 0


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures that were asked for. Raises as `run` catches."""
    rounds = max(1, arguments.rounds)
    if arguments.name == "extract":
        return bench_extract(arguments.files, rounds)
    texts = None if arguments.texts is None else read_texts(arguments.texts)
    return bench_scoring(Sizes(rounds=rounds), texts)


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
