"""Damages real files and reads them in the sandbox until the time is up: `python tools/fuzz_extract.py FOLDER MINUTES`.

Every kind of file (by its extension) is tried as often as any other, and half of the tries on a zip archive damage a
member and pack it again: a flipped bit in compressed bytes hardly reaches the reader behind them.

Prints a line of JSON for each finding: a reader lost, out of time or memory, or an error that no reader foresaw. The
seed of each try is in it, so that `--seed N` repeats it; `--keep FOLDER` puts the damaged file there. Exit status 1
where there was any.
"""

import argparse
import io
import json
import random
import sys
import time
import warnings
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.domain.text import Extraction, ExtractStatus
from monitor.extract import sandbox
from monitor.extract.limits import Limits

MAX_FILE = 2_000_000
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
        out[at : at + length] = _instead(out[at : at + length], dice)
    if dice.random() < 0.05:
        del out[dice.randrange(len(out) + 1) :]
    return bytes(out[: 2 * MAX_FILE])


def damage_inside(data: bytes, dice: random.Random) -> bytes:
    """A zip archive with one or two of its members damaged; `data` itself damaged where it is no archive."""
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
            names = before.namelist()
            hit = set(dice.sample(names, min(len(names), dice.choice((1, 1, 2)))))
            for name in names:
                content = before.read(name)
                after.writestr(name, damage(content, dice) if name in hit else content)
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, NotImplementedError, RuntimeError, EOFError):
        return damage(data, dice)
    return buffer.getvalue()


def one_try(kinds: dict[str, list[Path]], dice: random.Random) -> tuple[Path, bytes]:
    """A file of some kind, and its bytes damaged."""
    path = dice.choice(kinds[dice.choice(sorted(kinds))])
    data = path.read_bytes()
    is_archive = data.startswith(b"PK") and dice.random() < 0.5
    return path, damage_inside(data, dice) if is_archive else damage(data, dice)


def by_kind(folder: Path) -> dict[str, list[Path]]:
    """The files below `folder` that are small enough, by their extension."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= MAX_FILE:
            kinds.setdefault(path.suffix.lower(), []).append(path)
    return kinds


def _instead(piece: bytearray, dice: random.Random) -> bytes:
    """What comes in place of `piece`."""
    choices = (
        bytes([piece[0] ^ 1 << dice.randrange(8)]) + bytes(piece[1:]),
        dice.randbytes(len(piece)),
        b"",
        bytes(piece) * dice.choice((2, 3, 50)),
        dice.choice(INTERESTING),
    )
    return dice.choice(choices)


def is_finding(extraction: Extraction) -> bool:
    """Whether the sandbox had to step in, or a reader met what it did not foresee.

    The decoders of pictures raise whatever they like; their reader expects that.
    """
    if extraction.detail.startswith("cannot be read as a picture: "):
        return False
    if extraction.status is ExtractStatus.TIMEOUT or "memory" in extraction.detail:
        return True
    return extraction.detail.startswith(("its reader was lost", "cannot be read: ")) or "Error" in extraction.detail


def main() -> int:
    """Try until the time is up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=0, help="the first try's seed; the following ones count up")
    parser.add_argument("--keep", type=Path, help="folder for the damaged files of findings")
    parser.add_argument(
        "--seconds", type=int, default=10, help="for one file; more on a busy machine, where waiting counts"
    )
    arguments = parser.parse_args()
    limits = Limits(max_seconds=arguments.seconds, item_seconds=2 * arguments.seconds)
    warnings.simplefilter("ignore")
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    kinds = by_kind(arguments.folder)
    until = time.monotonic() + 60 * arguments.minutes
    tries = findings = 0
    slowest = 0.0
    while time.monotonic() < until and kinds:
        seed = arguments.seed + tries
        path, data = one_try(kinds, random.Random(seed))
        began = time.monotonic()
        extraction = sandbox.extract(data, name=path.name, limits=limits)
        slowest = max(slowest, time.monotonic() - began)
        tries += 1
        if is_finding(extraction):
            findings += 1
            line = {"seed": seed, "file": path.name, "status": extraction.status.value, "detail": extraction.detail}
            print(json.dumps(line), flush=True)
            if arguments.keep:
                (arguments.keep / f"{seed}-{path.name}").write_bytes(data)
    print(json.dumps({"tries": tries, "findings": findings, "kinds": len(kinds), "slowest_s": round(slowest, 2)}))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
