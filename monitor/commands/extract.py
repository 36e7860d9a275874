"""`worker.py extract PATH…`: one JSON line of text spans for each file."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from monitor.extract.files import extract_path

MAX_FILES = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder for all files in it")


def run(arguments: argparse.Namespace) -> int:
    """Extract each file; exit status 0 whatever the files are."""
    for path in _files(arguments.paths):
        extraction = extract_path(path)
        line = {
            "path": str(path),
            "status": extraction.status.value,
            "media_type": extraction.media_type,
            "spans": [{"kind": span.kind.value, "text": span.text} for span in extraction.spans],
            "detail": extraction.detail,
        }
        print(json.dumps(line), flush=True)
    return 0


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inside for inside in path.rglob("*") if not inside.is_dir())[:MAX_FILES]
        else:
            yield path
