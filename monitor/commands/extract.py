"""`worker.py extract PATH…`: one JSON line of text spans for each file."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract.sandbox import extract_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder for all files in it")


def run(arguments: argparse.Namespace) -> int:
    """Extract each file; exit status 0 whatever the files are."""
    for path in _files(arguments.paths):
        extraction = _read(path)
        line = {
            "path": str(path),
            "status": extraction.status.value,
            "media_type": extraction.media_type,
            "spans": [{"kind": span.kind.value, "text": span.text} for span in extraction.spans],
            "detail": extraction.detail,
        }
        print(json.dumps(line), flush=True)
    return 0


def _read(path: Path) -> Extraction:
    """What is in the file; that no reader could be started is said of it as well, and the next file is tried."""
    try:
        return extract_path(path)
    except OSError as error:
        return Extraction(ExtractStatus.BROKEN, "application/octet-stream", (), f"no reader: {error}")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - unlike Path.is_dir it answers for impossible paths as well
            yield from _inside(path)
        else:
            yield path


def _tell(error: OSError) -> None:
    print(f"extract: {error.filename} cannot be read: {error.strerror}", file=sys.stderr)


def _inside(folder: Path) -> Iterator[Path]:
    """Every file below `folder` in order; links to folders are not followed, so that a loop of them ends."""
    for place, folders, names in os.walk(folder, onerror=_tell):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]  # noqa: PTH114, PTH118
        for name in sorted([*names, *links]):
            yield Path(place, name)
