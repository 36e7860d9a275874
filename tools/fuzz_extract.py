"""Damages real files and reads them in the sandbox until the time is up: `python tools/fuzz_extract.py FOLDER MINUTES`.

Prints a line of JSON for each finding: a reader lost, out of time or memory, or an error that no reader foresaw. The
seed of each try is in it, so that `--seed N` repeats it. Exit status 1 where there was any.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract import sandbox
from monitor.extract.limits import Limits

MAX_FILE = 2_000_000
LIMITS = Limits(max_seconds=10)
INTERESTING = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff",
    b"\x80",
    b"\0\0\0\0",
    b"<",
    b">",
    b"{",
    b"\\",
    b"--",
    b"\n",
)


def damage(data: bytes, dice: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled, or the end torn off."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 16, 64))):
        if not out:
            break
        at = dice.randrange(len(out))
        length = min(len(out) - at, dice.choice((1, 2, 4, 8, 64, 512)))
        action = dice.randrange(6)
        if action == 0:
            out[at] ^= 1 << dice.randrange(8)
        elif action == 1:
            out[at : at + length] = dice.randbytes(length)
        elif action == 2:
            del out[at : at + length]
        elif action == 3:
            out[at:at] = out[at : at + length] * dice.choice((1, 2, 50))
        elif action == 4:
            piece = dice.choice(INTERESTING)
            out[at : at + len(piece)] = piece
        elif dice.random() < 0.1:
            del out[at:]
    return bytes(out[: 2 * MAX_FILE])


def is_finding(extraction: Extraction) -> bool:
    """Whether the sandbox had to step in, or a reader met what it did not foresee."""
    if extraction.status is ExtractStatus.TIMEOUT or "memory" in extraction.detail:
        return True
    return extraction.detail.startswith(("its reader was lost", "cannot be read: ")) or "Error" in extraction.detail


def main() -> int:
    """Try until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=0, help="the first try's seed; the following ones count up")
    arguments = parser.parse_args()
    files = [path for path in sorted(arguments.folder.rglob("*")) if path.is_file() and path.stat().st_size <= MAX_FILE]
    until = time.monotonic() + 60 * arguments.minutes
    tries = findings = 0
    while time.monotonic() < until and files:
        seed = arguments.seed + tries
        dice = random.Random(seed)
        path = dice.choice(files)
        extraction = sandbox.extract(damage(path.read_bytes(), dice), name=path.name, limits=LIMITS)
        tries += 1
        if is_finding(extraction):
            findings += 1
            line = {"seed": seed, "file": path.name, "status": extraction.status.value, "detail": extraction.detail}
            print(json.dumps(line), flush=True)
    print(json.dumps({"tries": tries, "findings": findings, "files": len(files)}))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
