"""Spreads a folder of real mails over the students' mailboxes; the bytes stay on disk until they are asked for."""

import random
from pathlib import Path

MOST_FILES = 1_000_000


def spread(folder: Path, students: list[str], seed: int) -> dict[str, list[Path]]:
    """Each student's files: all regular files below `folder`, sorted, dealt round-robin in an order the seed decides.

    Raises `ValueError` when there is nothing to read.
    """
    if not folder.is_dir():
        message = f"--mail {folder}: no such folder"
        raise ValueError(message)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())[:MOST_FILES]
    if not paths:
        message = f"--mail {folder}: there are no files in it"
        raise ValueError(message)
    order = list(students)
    random.Random(f"mail:{seed}").shuffle(order)  # noqa: S311 - who gets which test mail
    dealt: dict[str, list[Path]] = {}
    for number, path in enumerate(paths):
        dealt.setdefault(order[number % len(order)], []).append(path)
    return dealt
